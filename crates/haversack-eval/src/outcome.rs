use std::collections::BTreeMap;

use haversack_model::Digest;
use serde::{Deserialize, Serialize};

use crate::{Answer, Grade};

/// What came of one trial of one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Id of the task.
    pub task: String,
    /// Which repetition, from 0.
    pub trial: u32,
    /// The pack that the agent had.
    pub pack_id: Digest,
    /// How the call ended.
    pub status: Status,
    /// The mean of the graders' scores, from 0 to 1; of a call without an answer what the suite says, mostly 0.
    pub score: f64,
    /// Whether every grader was content.
    pub passed: bool,
    /// What each grader said, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub grades: BTreeMap<String, Grade>,
    /// What the agent said; none when the call failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// Why there is no answer, or no grade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Milliseconds that the call took; 0 for an outcome that was used again.
    pub millis: u64,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// With an answer.
    Answered,
    /// The agent said that it cannot know.
    Abstained,
    /// The agent, or a grader, failed.
    Failed,
    /// Time ran out.
    TimedOut,
}

impl Status {
    /// Whether the agent said something, be it that it cannot know; else the call, or a grader, failed or took too long.
    #[must_use]
    pub fn is_said(self) -> bool {
        matches!(self, Self::Answered | Self::Abstained)
    }
}
