use std::collections::BTreeMap;

use haversack_model::{Digest, Principal};
use serde::{Deserialize, Serialize};

use super::graders::{self, GRADER_KEYS};
use super::settings::{self, RunSettings};
use super::tomlfile::{self, Keys, line_of};
use crate::text::{at, is_id, nearest};
use crate::{AgentSpec, BUILT_IN_AGENT, EvalError, Grader, LineError, Measure};

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
    /// Names of the graders of tasks that name none.
    #[serde(default, rename = "graders", skip_serializing_if = "Vec::is_empty")]
    pub default_graders: Vec<String>,
    /// Who asks, where a task says nothing; nobody means a principal without labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// How tasks are put to an agent.
    #[serde(default, skip_serializing_if = "RunSettings::is_default")]
    pub run: RunSettings,
    /// Graders by name: the tables `[grader.NAME]`.
    #[serde(default, rename = "grader", skip_serializing_if = "BTreeMap::is_empty")]
    pub graders: BTreeMap<String, Grader>,
    /// Agents that can be put under test, by name.
    #[serde(default, rename = "agent", skip_serializing_if = "BTreeMap::is_empty")]
    pub agents: BTreeMap<String, AgentSpec>,
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
    ("graders", Keys::Leaf),
    ("run", settings::KEYS),
    ("grader", Keys::Any(&GRADER_KEYS)),
    ("agent", Keys::Any(&AgentSpec::KEYS)),
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
            default_graders: Vec::new(),
            principal: None,
            run: RunSettings::default(),
            graders: BTreeMap::new(),
            agents: BTreeMap::new(),
            digests: BTreeMap::new(),
        }
    }

    /// Reads `suite.toml`; `file` is the name that errors give.
    ///
    /// # Errors
    /// On bad TOML, an unknown key, measure or grader, a wrong type, a setting out of range, or an empty name.
    pub fn parse(text: &str, file: &str) -> Result<Self, EvalError> {
        let header: Self = tomlfile::parse(text, file, &KEYS)?;
        if !is_id(&header.name) {
            return Err(at(file, 1, LineError::Id { what: "name" }));
        }
        header.run.check(text, file)?;
        header.check_agent(text, file)?;
        graders::check_header(&header, text, file)?;
        // A digest names a file beside suite.toml, never one elsewhere.
        if header.digests.keys().any(|name| name.contains(['/', '\\']) || name.starts_with('.')) {
            return Err(at(file, 1, LineError::Id { what: "file name under `digests`" }));
        }
        Ok(header)
    }

    /// The agent of `[run]` is one of the suite's, or the built-in one.
    fn check_agent(&self, text: &str, file: &str) -> Result<(), EvalError> {
        match &self.run.agent {
            Some(name) if name != BUILT_IN_AGENT && !self.agents.contains_key(name) => {
                let known = self.agents.keys().map(String::as_str).chain([BUILT_IN_AGENT]);
                let suggestion = nearest(name, known).map(str::to_owned);
                let source = LineError::NoSuch { what: "agent", name: name.clone(), suggestion };
                Err(at(file, line_of(text, &["run", "agent"]), source))
            }
            _ => Ok(()),
        }
    }

    /// The header as TOML.
    ///
    /// # Errors
    /// Never for a header that was read.
    pub fn to_toml(&self) -> Result<String, EvalError> {
        Ok(toml::to_string(self)?)
    }
}
