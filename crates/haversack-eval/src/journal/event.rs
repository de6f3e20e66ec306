use haversack_model::Digest;
use serde::{Deserialize, Serialize};

use super::{RunHeader, RunId};
use crate::{Answer, Outcome, Totals, Usage};

/// One event of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// It began; always the first, and only there.
    Started(Box<RunHeader>),
    /// A question goes to the agent.
    Asked(Asked),
    /// What came of it.
    Outcome(Outcome),
    /// An outcome of another run was used again.
    Reused(Reused),
    /// Judges graded an answer, and that cost something.
    Judged(Judged),
    /// There is an answer, but the graders stopped.
    Ungraded(Ungraded),
    /// It ended before its end.
    Stopped(Stopped),
    /// Another process goes on.
    Resumed(Resumed),
    /// Every outcome is there.
    Finished(Finished),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    pub task: String,
    pub trial: u32,
    pub pack_id: Digest,
    pub at: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reused {
    pub from: RunId,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Judged {
    pub task: String,
    pub trial: u32,
    pub usage: Usage,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stopped {
    pub at: u64,
    pub reason: Stop,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resumed {
    pub at: u64,
    /// Bytes of a torn tail that were dropped.
    #[serde(default)]
    pub torn: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finished {
    pub at: u64,
    pub totals: Totals,
}

/// An answer that no grader has looked at yet: it is graded when the run goes on, and not asked for again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ungraded {
    /// Id of the task.
    pub task: String,
    /// Which repetition, from 0.
    pub trial: u32,
    /// The pack that the agent had.
    pub pack_id: Digest,
    /// What it said.
    pub answer: Answer,
    /// Milliseconds that the call took.
    pub millis: u64,
}

/// An outcome of a run, and where it is from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// The outcome.
    pub outcome: Outcome,
    /// The run whose call it was, if not this one's.
    pub reused_from: Option<RunId>,
}

/// Why a run ended before its end. It can be resumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Stop {
    /// Somebody asked for it.
    Cancelled,
    /// A limit of calls, tokens or cost is reached.
    Budget {
        /// Which.
        what: String,
    },
    /// A call failed, and the suite says that this stops a run.
    Failed {
        /// The task.
        task: String,
        /// Which repetition.
        trial: u32,
        /// What happened.
        error: String,
    },
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cancelled => f.write_str("cancelled"),
            Self::Budget { what } => write!(f, "the budget is spent: {what}"),
            Self::Failed { task, trial, error } => write!(f, "task `{task}`, trial {trial}: {error}"),
        }
    }
}
