use std::collections::{BTreeMap, BTreeSet};

use haversack_model::{CorpusSource, Label, Trust};

use crate::inline::one_line;
use crate::scan::SourceFile;

use super::language;

/// The value of one key of front matter, or of one cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fact {
    Nothing,
    One(String),
    Many(Vec<String>),
    Other,
}

/// What is known of a document besides its text.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) title: Option<String>,
    pub(super) language: Option<String>,
    pub(super) labels: BTreeSet<Label>,
    pub(super) trust: Trust,
    pub(super) metadata: BTreeMap<String, String>,
}

impl Facts {
    /// What the corpus and its matching rules say, later rules over earlier ones.
    pub(super) fn of(source: &CorpusSource, file: &SourceFile) -> Self {
        let mut facts = Self {
            title: None,
            language: language::code(&source.language),
            labels: source.labels.clone(),
            trust: source.trust,
            metadata: source.metadata.clone(),
        };
        for rule in file.rules.iter().filter_map(|&rule| source.rules.get(rule)) {
            facts.labels.extend(rule.labels.iter().cloned());
            facts.metadata.extend(rule.metadata.clone());
            facts.trust = rule.trust.unwrap_or(facts.trust);
            facts.language = rule.language.as_deref().and_then(language::code).or(facts.language);
        }
        facts
    }

    /// Adds what the document says of itself. It may add labels and lower its trust, never the reverse.
    pub(super) fn add(&mut self, key: &str, fact: Fact) -> Result<(), String> {
        match (key, fact) {
            (_, Fact::Nothing) => {}
            ("labels", Fact::Other) => return Err("`labels` is neither a list nor words".to_owned()),
            ("labels", Fact::One(names)) => self.add_labels(names.split(',')),
            ("labels", Fact::Many(names)) => self.add_labels(names.iter().map(String::as_str)),
            ("trust", Fact::One(name)) => self.trust = self.trust.min(trust(&name)?),
            ("trust", _) => return Err("`trust` is not a word".to_owned()),
            ("title", Fact::One(title)) => {
                let title = one_line(&title);
                self.title = if title.is_empty() { self.title.take() } else { Some(title) };
            }
            ("language" | "lang", Fact::One(name)) => {
                self.language = language::code(&name).or(self.language.take());
            }
            (_, Fact::One(value)) => self.note(key, &value),
            (_, Fact::Many(values)) => self.note(key, &values.join(", ")),
            (_, Fact::Other) => {}
        }
        Ok(())
    }

    pub(super) fn note(&mut self, key: &str, value: &str) {
        let value = value.trim();
        if !value.is_empty() {
            self.metadata.insert(key.to_owned(), value.to_owned());
        }
    }

    pub(super) fn add_labels<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.labels.extend(names.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned));
    }
}

fn trust(name: &str) -> Result<Trust, String> {
    match name.trim().to_ascii_lowercase().as_str() {
        "untrusted" => Ok(Trust::Untrusted),
        "standard" => Ok(Trust::Standard),
        "trusted" => Ok(Trust::Trusted),
        other => Err(format!("unknown trust `{other}` (known: untrusted, standard, trusted)")),
    }
}
