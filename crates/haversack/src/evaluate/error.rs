use haversack_eval::{
    AgentSpecError, CauseError, CompareError, EvalError, GradeError, JournalError, RunError, RunId, Stop,
};

/// Why an evaluation could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// A version, its index or its packs.
    #[error(transparent)]
    Engine(#[from] Box<crate::Error>),
    /// A suite.
    #[error(transparent)]
    Suite(#[from] EvalError),
    /// No agent goes by this name.
    #[error("the suite describes no agent `{name}`")]
    NoAgent {
        /// The name.
        name: String,
        /// Agents that there are.
        known: Vec<String>,
    },
    /// An agent cannot be made of what the suite says.
    #[error("agent `{name}` cannot be used")]
    Agent {
        /// Its name.
        name: String,
        /// Why.
        source: Box<AgentSpecError>,
    },
    /// A suite whose tasks nobody can grade.
    #[error("suite `{suite}` has tasks without graders")]
    NoGraders {
        /// The suite.
        suite: String,
    },
    /// A suite that asks nothing, of which every number would be nothing.
    #[error("suite `{suite}` has no tasks")]
    NoTasks {
        /// The suite.
        suite: String,
    },
    /// More repetitions than anybody waits for, or none.
    #[error("{trials} trials of each task; there may be 1 to {most}")]
    Trials {
        /// As asked for.
        trials: u32,
        /// Most.
        most: u32,
    },
    /// No task goes by this id.
    #[error("the suite has no task `{task}`")]
    NoTask {
        /// The id.
        task: String,
        /// The nearest one, if one is near.
        suggestion: Option<String>,
    },
    /// Graders.
    #[error(transparent)]
    Grade(#[from] GradeError),
    /// Recorded runs.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Running.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Comparing.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// Looking for causes.
    #[error("causes cannot be looked for: {0}")]
    Cause(String),
    /// Settings of a sweep.
    #[error("`{setting}` cannot be varied: {reason}")]
    Setting {
        /// The setting.
        setting: String,
        /// Why not.
        reason: String,
    },
    /// A value that cannot be written as JSON, which is a bug.
    #[error("cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// Somebody asked to stop, a budget is spent, or a call failed and the suite stops there.
    #[error("stopped before the end: {0}")]
    Stopped(Stop),
    /// A call failed while causes were looked for: that says nothing of the context, so nothing is concluded from it.
    #[error("the agent failed on task `{task}` ({failed} calls failed in all): {error}")]
    FailedCalls {
        /// A task.
        task: String,
        /// What happened.
        error: String,
        /// Calls that failed in this step.
        failed: usize,
    },
}

impl From<crate::Error> for EvaluateError {
    fn from(error: crate::Error) -> Self {
        Self::Engine(Box::new(error))
    }
}

impl EvaluateError {
    pub(super) fn cause(error: CauseError<Self>) -> Self {
        match error {
            CauseError::Oracle(error) => error,
            other => Self::Cause(other.to_string()),
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Engine(error) => return error.hint(),
            Self::NoAgent { known, .. } => format!("agents here: {}", known.join(", ")),
            Self::NoGraders { .. } => {
                "add a table `[grader.NAME]` to suite.toml and name it under `graders`".to_owned()
            }
            Self::NoTasks { .. } => "add lines to its tasks.jsonl".to_owned(),
            Self::NoTask { suggestion: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::Stopped(Stop::Cancelled) | Self::Run(RunError::Incomplete { .. }) => {
                "run the same command again to go on: what was answered is recorded".to_owned()
            }
            Self::Stopped(_) | Self::FailedCalls { .. } => {
                "mend what stopped it and run the same command again: what was answered is recorded"
                    .to_owned()
            }
            Self::Journal(error) => return of_journal(error),
            Self::Run(RunError::Journal(error)) => return of_journal(error),
            _ => return None,
        })
    }
}

/// What a person can do about a run that is not found.
fn of_journal(error: &JournalError) -> Option<String> {
    let listed = |runs: &[RunId]| runs.iter().map(RunId::to_string).collect::<Vec<_>>().join(", ");
    match error {
        JournalError::NoRun { known, .. } if !known.is_empty() => {
            Some(format!("the newest are {}; `haversack eval runs` lists all", listed(known)))
        }
        JournalError::NoRun { .. } => Some("nothing was run yet: see `haversack eval run`".to_owned()),
        JournalError::Ambiguous { candidates, .. } => {
            let newest = candidates.len().saturating_sub(5);
            Some(format!("the newest of them are {}", listed(&candidates[newest..])))
        }
        _ => None,
    }
}
