use haversack_model::Digest;

use crate::{EvalError, JournalError, RunId};

/// Why a pack could not be made, as its source says.
pub type PackError = Box<dyn std::error::Error + Send + Sync>;

/// Why a run could not go on, or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The journal could not be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The suite could not be hashed.
    #[error(transparent)]
    Suite(#[from] EvalError),
    /// The pack of a task could not be made.
    #[error("no pack for task `{task}`")]
    Pack {
        /// The task.
        task: String,
        /// Why.
        source: PackError,
    },
    /// The run was begun with something else.
    #[error("run {run} was begun with another {what}")]
    OtherPlan {
        /// The run.
        run: RunId,
        /// What differs: `suite`, `tasks`, `agent`, ...
        what: &'static str,
    },
    /// The same version packs a task otherwise than before.
    #[error("task `{task}` had pack {before} when the run was begun, and has {now}")]
    PackChanged {
        /// The task.
        task: String,
        /// The pack in the journal.
        before: Digest,
        /// The pack now.
        now: Digest,
    },
    /// A run lacks outcomes, so its numbers are not those of the suite.
    #[error("run {run} lacks the outcomes of {missing} of {tasks} tasks{}", stopped.as_ref().map_or(String::new(), |stop| format!(": {stop}")))]
    Incomplete {
        /// The run.
        run: RunId,
        /// Tasks that lack an outcome.
        missing: u64,
        /// Tasks of the run.
        tasks: u64,
        /// Why, where it was stopped.
        stopped: Option<crate::Stop>,
    },
    /// Two runs that were to be compared are not of the same thing.
    #[error("runs {a} and {b} have different {what}")]
    NotComparable {
        /// One run.
        a: RunId,
        /// The other.
        b: RunId,
        /// What differs: `tasks`, `trials` or `graders`.
        what: &'static str,
    },
}
