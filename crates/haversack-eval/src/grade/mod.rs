//! Graders: what an answer is worth.
//!
//! A [`Grader`] is a table of `suite.toml`, of one of ten kinds, each with a type of its own here; [`grade_all`] has all
//! graders of a task grade an answer. What each looks for, and what it does with abstentions, stands in `docs/graders.md`.

mod abstained;
mod citation;
pub(crate) mod command;
mod contains;
mod error;
mod exact;
mod f1;
mod fence;
mod grader;
mod grading;
pub(crate) mod json_path;
mod judge;
mod models;
mod number;
mod numeric;
pub(crate) mod pattern;
mod squad;
#[cfg(test)]
mod testing;
pub(crate) mod verdict;

use haversack_model::Pack;
use serde::{Deserialize, Serialize};

pub use abstained::Abstained;
pub use citation::Citation;
pub use command::Command;
pub use contains::Contains;
pub use error::{GradeError, GradingError, ProgramError};
pub use exact::Exact;
pub use f1::F1;
pub use grader::Grader;
pub use grading::{Grading, grade_all, graders_identity};
pub use json_path::{JsonPath, Select};
pub use judge::{JUDGE_PROMPT, JUDGE_PROMPT_ID, Judge};
pub use models::Models;
pub use number::Decimal;
pub use numeric::{Numeric, Pick};
pub use pattern::Pattern;
pub use squad::Normalise;
pub use verdict::VerdictError;

use crate::{Answer, Gold, Task};

/// What a grader says of one answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// From 0, worthless, to 1.
    pub score: f64,
    /// Whether it is good enough.
    pub passed: bool,
    /// Why, in a few words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl Grade {
    /// All or nothing.
    pub(crate) fn of(passed: bool, reason: impl Into<String>) -> Self {
        Self { score: if passed { 1.0 } else { 0.0 }, passed, reason: reason.into() }
    }

    /// A share, which passes from a threshold on.
    pub(crate) fn share(score: f64, threshold: f64, reason: impl Into<String>) -> Self {
        Self { score, passed: score >= threshold, reason: reason.into() }
    }
}

/// What a grader looks at.
#[derive(Debug, Clone, Copy)]
pub struct Graded<'a> {
    /// The task, with its gold facts.
    pub task: &'a Task,
    /// What a good answer rests on, as [`Suite::gold`](crate::Suite::gold) gives it: the task's own facts, and
    /// documents that are judged relevant where it names none.
    pub gold: &'a Gold,
    /// The context that the agent had.
    pub pack: &'a Pack,
    /// What it said.
    pub answer: &'a Answer,
}

/// A server that completes chats: what a model judge, and an agent, speak to.
pub trait ChatModel: Send + Sync {
    /// The next message after `messages`, with what it cost.
    ///
    /// # Errors
    /// As [`Agent::answer`](crate::Agent::answer).
    fn complete(&self, messages: &[Message]) -> Result<(String, crate::Usage), crate::AgentError>;

    /// The identity of the model with its settings, without secrets.
    fn fingerprint(&self) -> haversack_model::Digest;
}

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `system`, `user` or `assistant`.
    pub role: String,
    /// Its text.
    pub content: String,
}
