//! Graders: what an answer is worth.

use haversack_model::Pack;
use serde::{Deserialize, Serialize};

use crate::{Answer, Task};

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

/// What a grader looks at.
#[derive(Debug, Clone, Copy)]
pub struct Graded<'a> {
    /// The task, with its gold facts.
    pub task: &'a Task,
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
