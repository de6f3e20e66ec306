use std::path::{Path, PathBuf};
use std::time::Duration;

use haversack_model::canonical::CanonicalError;

use crate::EvalError;
use crate::program::Unreadable;

/// What an agent needs from outside: libraries look nothing up by themselves.
#[derive(Clone, Copy)]
pub struct AgentSetting<'a> {
    /// The suite's folder, to which relative paths belong.
    pub folder: &'a Path,
    /// The value of an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

impl AgentSetting<'_> {
    /// The value of a variable that must be set and not empty; `key` is the key that names it.
    pub(super) fn required(&self, key: &str, name: &str) -> Result<String, AgentSpecError> {
        let value = (self.variable)(name).map(|value| value.trim().to_owned());
        value
            .filter(|value| !value.is_empty())
            .ok_or_else(|| AgentSpecError::NoVariable { key: key.to_owned(), name: name.to_owned() })
    }
}

/// Why an agent cannot be made of what the suite says.
#[derive(Debug, thiserror::Error)]
pub enum AgentSpecError {
    /// A value that cannot be meant.
    #[error("`{key}` must be {expected}")]
    Value {
        /// The key.
        key: String,
        /// What it should be.
        expected: &'static str,
    },
    /// One key makes no sense without another.
    #[error("`{key}` needs `{needs}`")]
    Needs {
        /// The key.
        key: &'static str,
        /// What is not there.
        needs: &'static str,
    },
    /// An environment variable is not set, or empty.
    #[error("`{key}` names the environment variable {name}, which is not set")]
    NoVariable {
        /// The key that names it.
        key: String,
        /// Its name.
        name: String,
    },
    /// A secret stands in the suite's file, where it would be committed.
    #[error("`{key}` would hold a secret; name an environment variable under `{instead}`")]
    SecretInFile {
        /// The key.
        key: String,
        /// Where to name the variable.
        instead: &'static str,
    },
    /// A prompt holds a placeholder that nothing is known of.
    #[error("unknown placeholder `{{{name}}}` in `{key}`{}", suggestion.map_or(String::new(), |s| format!("; did you mean `{{{s}}}`?")))]
    Placeholder {
        /// The key of the template.
        key: &'static str,
        /// What stands in braces.
        name: String,
        /// The nearest known one, if one is near.
        suggestion: Option<&'static str>,
    },
    /// The program is not there.
    #[error("no program `{program}`")]
    NoProgram {
        /// As the suite writes it.
        program: String,
    },
    /// A file that the agent is made of cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Recorded answers cannot be read.
    #[error(transparent)]
    Recording(#[from] EvalError),
    /// A setting that has no place in a fingerprint.
    #[error("the agent has no fingerprint")]
    Fingerprint(#[from] CanonicalError),
}

impl From<Unreadable> for AgentSpecError {
    fn from(Unreadable { path, source }: Unreadable) -> Self {
        Self::Read { path, source }
    }
}

/// A number of seconds as a duration: above 0 and at most a day.
pub(super) fn seconds(key: &str, value: f64) -> Result<Duration, AgentSpecError> {
    if value > 0.0 && value <= 86_400.0 {
        return Ok(Duration::from_secs_f64(value));
    }
    Err(AgentSpecError::Value {
        key: key.to_owned(),
        expected: "a number of seconds, above 0 and at most 86400",
    })
}

/// An error for a value that is not as expected, if it is not.
pub(super) fn check(fine: bool, key: &str, expected: &'static str) -> Result<(), AgentSpecError> {
    if fine { Ok(()) } else { Err(AgentSpecError::Value { key: key.to_owned(), expected }) }
}
