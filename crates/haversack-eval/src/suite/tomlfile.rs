//! Reading a TOML file whose every key is known.

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use crate::text::{at, nearest};
use crate::{EvalError, LineError};

/// The keys of a table and of the tables below it.
pub(crate) enum Keys {
    /// A value.
    Leaf,
    /// A table (or a list of tables) with these keys.
    Table(&'static [(&'static str, Keys)]),
    /// A table with any keys, all of the same kind.
    Any(&'static Keys),
    /// A table whose keys depend on what its `kind` is.
    ByKind(&'static [(&'static str, Keys)]),
}

/// Reads a file; an unknown key is an error with its line and the nearest known key.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, file: &str, keys: &Keys) -> Result<T, EvalError> {
    toml::from_str(text).map_err(|error| {
        let table = toml::from_str::<Table>(text).ok();
        match table.and_then(|table| unknown(&Value::Table(table), keys, "")) {
            Some((mut path, unknown)) => {
                path.reverse();
                at(file, line_of(text, &path), unknown)
            }
            None => {
                let start = error.span().map_or(0, |span| span.start);
                at(file, line_at(text, start), LineError::Toml(Box::new(error)))
            }
        }
    })
}

/// The line of the key at a path (an item of a list goes by its number), or of the nearest key above it.
pub(super) fn line_of<S: AsRef<str>>(text: &str, path: &[S]) -> usize {
    let Ok(table) = DeTable::parse(text) else { return 1 };
    let mut start = 0;
    let mut value = &Spanned::new(0..0, DeValue::Table(table.into_inner()));
    for step in path {
        let below = match value.get_ref() {
            DeValue::Table(table) => {
                table.get_key_value(step.as_ref()).map(|(key, below)| (key.span(), below))
            }
            DeValue::Array(items) => {
                let item = step.as_ref().parse().ok().and_then(|number: usize| items.get(number));
                item.map(|item| (item.span(), item))
            }
            _ => None,
        };
        let Some((span, below)) = below else { break };
        (start, value) = (span.start, below);
    }
    line_at(text, start)
}

fn line_at(text: &str, byte: usize) -> usize {
    1 + text.as_bytes()[..byte.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

/// The path of the first unknown key or kind, last step first, and what is wrong with it.
fn unknown(value: &Value, keys: &Keys, under: &str) -> Option<(Vec<String>, LineError)> {
    let below = |step: &str, value: &Value, keys: &Keys, under: &str| {
        let (mut path, error) = unknown(value, keys, under)?;
        path.push(step.to_owned());
        Some((path, error))
    };
    match (value, keys) {
        (Value::Array(items), Keys::Table(_)) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(number, item)| below(&number.to_string(), item, keys, under))
        }
        (Value::Table(table), Keys::Any(keys)) => {
            table.iter().find_map(|(key, value)| below(key, value, keys, &format!("{under}{key}.")))
        }
        (Value::Table(table), Keys::Table(known)) => {
            table.iter().find_map(|(key, value)| match known.iter().find(|(name, _)| name == key) {
                Some((_, keys)) => below(key, value, keys, &format!("{under}{key}.")),
                None => {
                    Some((vec![key.clone()], unknown_key(key, under, known.iter().map(|(name, _)| *name))))
                }
            })
        }
        (Value::Table(table), Keys::ByKind(kinds)) => {
            let kind = table.get("kind")?.as_str()?;
            let Some((_, keys)) = kinds.iter().find(|(name, _)| *name == kind) else {
                let known: Vec<_> = kinds.iter().map(|(name, _)| *name).collect();
                let suggestion = nearest(kind, known.iter().copied());
                let error = LineError::NoSuchKind { kind: kind.to_owned(), suggestion, known };
                return Some((vec!["kind".to_owned()], error));
            };
            unknown(value, keys, under)
        }
        _ => None,
    }
}

fn unknown_key(key: &str, under: &str, known: impl Iterator<Item = &'static str>) -> LineError {
    let suggestion = nearest(key, known).map(|name| format!("{under}{name}"));
    LineError::UnknownKey { key: format!("{under}{key}"), suggestion }
}
