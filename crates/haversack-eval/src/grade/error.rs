use std::path::PathBuf;

use haversack_model::canonical::CanonicalError;

use super::VerdictError;
use crate::AgentError;
use crate::program::Unreadable;

/// Why there is no grade.
#[derive(Debug, thiserror::Error)]
pub enum GradeError {
    /// A name that names no grader of the suite.
    #[error("no grader `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A task that nobody grades.
    #[error("task `{task}` has no grader")]
    NoGrader {
        /// The task.
        task: String,
    },
    /// One grader of several failed.
    #[error("grader `{name}`: {source}")]
    Named {
        /// Its name in the suite.
        name: String,
        /// Why.
        source: Box<Self>,
    },
    /// The task lacks what the grader compares with.
    #[error("the task has no {0}")]
    Lacks(&'static str),
    /// A gold answer holds several numbers, so that none is meant.
    #[error("answer `{answer}` holds {count} numbers; give the right one as `expect.number`")]
    Ambiguous {
        /// The answer (at most 80 characters).
        answer: String,
        /// How many it holds.
        count: usize,
    },
    /// A setting is out of range.
    #[error("`{key}` is not {expected}")]
    Setting {
        /// The key.
        key: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A pattern that is none, or that compiles to too much.
    #[error("pattern: {}", last_line(.0))]
    Pattern(#[source] Box<regex::Error>),
    /// A path that is none.
    #[error("`{path}` is no JSON path: {source}")]
    Path {
        /// The path (at most 80 characters).
        path: String,
        /// Why.
        source: serde_json_path::ParseError,
    },
    /// A path that is too long, or nests too deep, to be read.
    #[error("JSON path `{path}` is longer than {longest} bytes or nests deeper than {deepest}")]
    PathTooLarge {
        /// The path (at most 80 characters).
        path: String,
        /// Most bytes.
        longest: usize,
        /// Most open brackets.
        deepest: usize,
    },
    /// The program that grades failed.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A file that a program is made of cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nobody speaks for the model of a judge.
    #[error("no model `{name}` to judge with")]
    NoModel {
        /// Its name.
        name: String,
    },
    /// The model that judges failed.
    #[error("the judge: {0}")]
    Model(#[from] AgentError),
    /// The model that judges said something else than a verdict.
    #[error("the judge's verdict cannot be read: {0}")]
    Verdict(#[from] VerdictError),
    /// The settings hold a number that has no identity.
    #[error("the settings have no canonical form: {0}")]
    Canonical(#[from] CanonicalError),
    /// A task does not serialise, which is a bug.
    #[error("cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Why a program gave no grade.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It could not be started.
    #[error("cannot start `{program}`: {source}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// It took too long, and was killed.
    #[error("`{program}` gave no grade within {seconds} s")]
    TimedOut {
        /// The program.
        program: String,
        /// The limit.
        seconds: f64,
    },
    /// It ended otherwise than with 0.
    #[error("`{program}` ended with {status}")]
    Status {
        /// The program.
        program: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// It said more than a grade can be.
    #[error("`{program}` wrote more than {limit} bytes")]
    TooLong {
        /// The program.
        program: String,
        /// Most bytes.
        limit: usize,
    },
    /// What it said is not one line of JSON with a grade.
    #[error("`{program}` gave no grade: {source}")]
    Json {
        /// The program.
        program: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A score that is none.
    #[error("`{program}` gave the score {score}, which is not from 0 to 1")]
    Score {
        /// The program.
        program: String,
        /// The score.
        score: f64,
    },
}

impl From<Unreadable> for GradeError {
    fn from(Unreadable { path, source }: Unreadable) -> Self {
        Self::Read { path, source }
    }
}

/// Why an answer has no grading.
#[derive(Debug, thiserror::Error)]
pub enum GradingError {
    /// A grader failed.
    #[error("not graded: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A grader that costs something may cost no more.
    #[error("the graders' budget is spent: {what}")]
    Budget {
        /// Which limit.
        what: String,
    },
    /// A score that is none.
    #[error("not graded: a score of {0} is not between 0 and 1")]
    OutOfRange(f64),
    /// A cost that is none.
    #[error("not graded: a cost of {0}")]
    Cost(f64),
}

/// The line of a pattern's error that says what is wrong; those before it draw where.
fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
