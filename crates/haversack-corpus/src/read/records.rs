use std::collections::HashMap;

use haversack_model::{Digest, Document, Records};
use serde_json::Value;

use crate::inline::one_line;
use crate::skip::SkipReason;

use super::build::Builder;
use super::facts::Facts;
use super::row::{Row, cell, is_scalar};

/// The column of a BEIR corpus that holds further facts as an object.
const BEIR_METADATA: &str = "metadata";

/// Longest value that `*` copies into the metadata while it is also part of the text.
const SHORT: usize = 256;

/// Turns the rows of one file into documents, and refuses an id that comes twice.
pub(super) struct Recorder<'a, 'b> {
    builder: &'a Builder<'b>,
    records: &'a Records,
    base: Facts,
    /// Row of each id by the first half of its hash, so that a million rows take 32 MB.
    seen: HashMap<[u8; 16], u64>,
    row: u64,
}

impl<'a, 'b> Recorder<'a, 'b> {
    pub(super) fn new(builder: &'a Builder<'b>) -> Self {
        let records = builder.records();
        Self { builder, records, base: builder.facts(), seen: HashMap::new(), row: 0 }
    }

    /// The number that the next row gets.
    pub(super) fn next_row(&self) -> u64 {
        self.row + 1
    }

    /// The document of the next row.
    pub(super) fn document(&mut self, row: &Row) -> Result<Document, SkipReason> {
        self.row += 1;
        let number = self.row;
        let bad = |error: String| SkipReason::BadRecord { row: number, error };
        let id = match row.get(&self.records.id) {
            Some(value) if is_scalar(value) => cell(value),
            Some(_) => return Err(bad(format!("`{}` is not a scalar", self.records.id))),
            None => None,
        };
        let id = id.map_or_else(|| number.to_string(), |id| id.trim().to_owned());
        self.claim(&id)?;
        let mut facts = self.base.clone();
        self.describe(row, &mut facts).map_err(bad)?;
        let mut text = self.text(row);
        if text.trim().is_empty() {
            // Many records of a bibliography are a title alone; they must be found all the same.
            text = facts.title.clone().unwrap_or_default();
        }
        self.builder.record(&id, text, facts).map_err(|error| bad(error.to_string()))
    }

    fn claim(&mut self, id: &str) -> Result<(), SkipReason> {
        let mut key = [0; 16];
        key.copy_from_slice(&Digest::of(id.as_bytes()).as_bytes()[..16]);
        match self.seen.insert(key, self.row) {
            Some(first) => Err(SkipReason::DuplicateRecord { id: id.to_owned(), first, second: self.row }),
            None => Ok(()),
        }
    }

    fn describe(&self, row: &Row, facts: &mut Facts) -> Result<(), String> {
        if let Some(title) = row.get(&self.records.title).and_then(cell) {
            facts.title = Some(one_line(&title)).filter(|title| !title.is_empty());
        }
        match row.get(&self.records.labels) {
            None | Some(Value::Null) => {}
            Some(Value::String(names)) => facts.add_labels(names.split(',')),
            Some(Value::Array(names)) => {
                let names: Option<Vec<_>> = names.iter().map(Value::as_str).collect();
                let names =
                    names.ok_or_else(|| format!("`{}` is not a list of names", self.records.labels))?;
                facts.add_labels(names.into_iter());
            }
            Some(_) => return Err(format!("`{}` is neither a list nor words", self.records.labels)),
        }
        for (column, value) in &row.0 {
            self.note(column, value, facts);
        }
        Ok(())
    }

    fn note(&self, column: &str, value: &Value, facts: &mut Facts) {
        if let (true, Value::Object(members)) = (self.is_beir_metadata(column), value) {
            for (name, value) in members {
                if let Some(value) = cell(value) {
                    facts.note(name, &value);
                }
            }
        } else if self.is_metadata(column, value)
            && let Some(value) = cell(value)
        {
            facts.note(column, &value);
        }
    }

    fn is_metadata(&self, column: &str, value: &Value) -> bool {
        let records = self.records;
        if records.metadata.iter().any(|name| name == column) {
            return true;
        }
        let all = records.metadata.iter().any(|name| name == "*");
        let elsewhere = [&records.id, &records.title, &records.labels].into_iter().any(|name| name == column)
            || records.text.iter().any(|name| name == column);
        let short = value.as_str().is_none_or(|text| text.len() <= SHORT) || !records.text.is_empty();
        all && is_scalar(value) && !elsewhere && short
    }

    fn is_beir_metadata(&self, column: &str) -> bool {
        column == BEIR_METADATA && !self.records.text.iter().any(|name| name == column)
    }

    /// The one text column alone, or `column: value` lines of several.
    fn text(&self, row: &Row) -> String {
        let records = self.records;
        let chosen: Vec<(&str, &Value)> = if records.text.is_empty() {
            row.0
                .iter()
                .filter(|(name, value)| self.is_text(name, value))
                .map(|(n, v)| (n.as_str(), v))
                .collect()
        } else {
            records.text.iter().filter_map(|name| row.get(name).map(|value| (name.as_str(), value))).collect()
        };
        match chosen.as_slice() {
            [(_, only)] => cell(only).unwrap_or_default(),
            several => {
                let lines =
                    several.iter().filter_map(|(name, value)| Some(format!("{name}: {}", cell(value)?)));
                lines.collect::<Vec<_>>().join("\n")
            }
        }
    }

    fn is_text(&self, column: &str, value: &Value) -> bool {
        let records = self.records;
        let named = [&records.id, &records.title, &records.labels].into_iter().any(|name| name == column);
        let metadata = records.metadata.iter().any(|name| name == column);
        let beir = self.is_beir_metadata(column) && value.is_object();
        !(named || metadata || beir)
    }
}
