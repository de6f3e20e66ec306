use serde::{Deserialize, Serialize};

use super::tomlfile::{Keys, line_of};
use crate::text::at;
use crate::{EvalError, LineError};

/// How a suite puts its tasks to an agent: the table `[run]` of `suite.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSettings {
    /// Name of the agent where nothing else is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Repetitions of each task, 1 or more.
    #[serde(default = "one")]
    pub trials: u32,
    /// Tokens of a pack where a task says nothing, 1 or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<u32>,
    /// What a call counts that failed or took too long.
    #[serde(default)]
    pub on_error: OnError,
}

/// What a call counts that failed or took too long. It is never left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// It is a wrong answer: score 0.
    #[default]
    Fail,
    /// It stops the run.
    Abort,
}

pub(super) const KEYS: Keys = Keys::Table(&[
    ("agent", Keys::Leaf),
    ("trials", Keys::Leaf),
    ("budget", Keys::Leaf),
    ("on_error", Keys::Leaf),
]);

const fn one() -> u32 {
    1
}

impl Default for RunSettings {
    /// One trial; a call that fails counts 0; the recipe's budget.
    fn default() -> Self {
        Self { agent: None, trials: one(), budget: None, on_error: OnError::default() }
    }
}

impl RunSettings {
    /// Whether nothing was set.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Refuses numbers of 0.
    pub(super) fn check(&self, text: &str, file: &str) -> Result<(), EvalError> {
        let numbers = [("run.trials", Some(self.trials)), ("run.budget", self.budget)];
        match numbers.iter().find(|(_, number)| *number == Some(0)) {
            Some((key, _)) => {
                let path: Vec<&str> = key.split('.').collect();
                Err(at(
                    file,
                    line_of(text, &path),
                    LineError::WrongType { key, expected: "a number above 0" },
                ))
            }
            None => Ok(()),
        }
    }
}
