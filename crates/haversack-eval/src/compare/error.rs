use std::fmt;

/// Why outcomes cannot be compared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CompareError {
    /// There is nothing to compare.
    #[error("no tasks to compare")]
    NoPairs,
    /// A task was not tried in one of the versions.
    #[error("task `{task}` has no trial in {side}")]
    NoTrials {
        /// The task.
        task: String,
        /// The version.
        side: Side,
    },
    /// The same task twice: each may count once only.
    #[error("task `{task}` stands twice")]
    DuplicateTask {
        /// The task.
        task: String,
    },
    /// A score that is no number from 0 to 1.
    #[error("task `{task}` has a score of {score} in trial {trial} of {side}, but scores are from 0 to 1")]
    Score {
        /// The task.
        task: String,
        /// The version.
        side: Side,
        /// Number of the trial, from 0.
        trial: usize,
        /// The score.
        score: f64,
    },
    /// Scores and verdicts do not belong together.
    #[error("task `{task}` has {scores} scores and {passed} verdicts in {side}")]
    Verdicts {
        /// The task.
        task: String,
        /// The version.
        side: Side,
        /// Trials with a score.
        scores: usize,
        /// Trials with a verdict.
        passed: usize,
    },
    /// An option outside of its range.
    #[error("`{option}` is {value}, but must be {expected}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// What was given.
        value: f64,
        /// Its range.
        expected: &'static str,
    },
}

/// One of the two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one that is compared with.
    A,
    /// The one that may be better.
    B,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::B => "B",
        })
    }
}
