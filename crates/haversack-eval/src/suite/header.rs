use std::collections::BTreeMap;

use haversack_model::{Digest, Principal};
use serde::{Deserialize, Serialize};

use super::tomlfile::{self, Keys};
use crate::text::{at, is_id};
use crate::{EvalError, LineError, Measure};

/// What `suite.toml` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteHeader {
    /// Name of the suite.
    pub name: String,
    /// One line on what it asks.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The context it was written for, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The corpus it was written for, where any context over it will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpus: Option<String>,
    /// What stands before a document's id in `qrels.tsv` to make its id in the context:
    /// `cacm/corpus.jsonl#` makes `cacm/corpus.jsonl#17` of `17`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id_prefix: String,
    /// Budgets in tokens at which packs are looked at where nothing else is asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<u32>,
    /// Measures where nothing else is asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measure>,
    /// Who asks, where a task says nothing; nobody means a principal without labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// Hashes of the other files when the suite was last saved.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<String, Digest>,
}

const KEYS: Keys = Keys::Table(&[
    ("name", Keys::Leaf),
    ("description", Keys::Leaf),
    ("context", Keys::Leaf),
    ("corpus", Keys::Leaf),
    ("id_prefix", Keys::Leaf),
    ("budgets", Keys::Leaf),
    ("measures", Keys::Leaf),
    ("principal", Keys::Table(&[("name", Keys::Leaf), ("labels", Keys::Leaf)])),
    ("digests", Keys::Any(&Keys::Leaf)),
]);

impl SuiteHeader {
    /// A header that says only a name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            description: String::new(),
            context: None,
            corpus: None,
            id_prefix: String::new(),
            budgets: Vec::new(),
            measures: Vec::new(),
            principal: None,
            digests: BTreeMap::new(),
        }
    }

    /// Reads `suite.toml`; `file` is the name that errors give.
    ///
    /// # Errors
    /// On bad TOML, an unknown key or measure, a wrong type, or an empty name.
    pub fn parse(text: &str, file: &str) -> Result<Self, EvalError> {
        let header: Self = tomlfile::parse(text, file, &KEYS)?;
        if !is_id(&header.name) {
            return Err(at(file, 1, LineError::Id { what: "name" }));
        }
        // A digest names a file beside suite.toml, never one elsewhere.
        if header.digests.keys().any(|name| name.contains(['/', '\\']) || name.starts_with('.')) {
            return Err(at(file, 1, LineError::Id { what: "file name under `digests`" }));
        }
        Ok(header)
    }

    /// The header as TOML.
    ///
    /// # Errors
    /// Never for a header that was read.
    pub fn to_toml(&self) -> Result<String, EvalError> {
        Ok(toml::to_string(self)?)
    }
}
