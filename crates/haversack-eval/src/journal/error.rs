use std::path::PathBuf;

use super::RunId;

/// Why a recorded run cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A file or folder could not be used.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is not what was written, and whole lines follow it.
    #[error("{}:{line}: damaged: the checksum does not match", file.display())]
    Damaged {
        /// The journal.
        file: PathBuf,
        /// Number of the line, from 1.
        line: usize,
    },
    /// A line is whole, but stands where another should: lines were lost, doubled or moved.
    #[error("{}:{line}: damaged: this was written as line {found}", file.display())]
    Misplaced {
        /// The journal.
        file: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// The number that it says.
        found: u64,
    },
    /// A line is whole, but no event that this program knows.
    #[error("{}:{line}: no event of a run: {source}", file.display())]
    Event {
        /// The journal.
        file: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The first line is not whole, so there is nothing to go on from.
    #[error("{}:1: no run begins here", file.display())]
    NoStart {
        /// The journal.
        file: PathBuf,
    },
    /// A run begins twice.
    #[error("{}:{line}: a run begins where another goes on", file.display())]
    SecondStart {
        /// The journal.
        file: PathBuf,
        /// Number of the line, from 1.
        line: usize,
    },
    /// The journal is of a newer program.
    #[error("{}: format {found} is newer than this program reads ({known}); use a newer haversack", file.display())]
    Newer {
        /// The journal.
        file: PathBuf,
        /// Its format.
        found: u32,
        /// The newest known.
        known: u32,
    },
    /// An outcome of a task or trial that the run does not have.
    #[error("task `{task}`, trial {trial}, is no part of the run")]
    NotPlanned {
        /// The task.
        task: String,
        /// Which repetition.
        trial: u32,
    },
    /// As [`JournalError::NotPlanned`], in a journal that is read.
    #[error("{}:{line}: task `{task}`, trial {trial}, is no part of the run", file.display())]
    Unplanned {
        /// The journal.
        file: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// The task.
        task: String,
        /// Which repetition.
        trial: u32,
    },
    /// A number that has no JSON form.
    #[error("task `{task}`, trial {trial}: {what} is not a finite number")]
    NotFinite {
        /// The task.
        task: String,
        /// Which repetition.
        trial: u32,
        /// Which number.
        what: &'static str,
    },
    /// The folder is that of another run.
    #[error("{} is the journal of run {run}", file.display())]
    OtherRun {
        /// The journal.
        file: PathBuf,
        /// The run that it says.
        run: RunId,
    },
    /// Another process, or another part of this one, appends to the run.
    #[error("run {run} is being written by another process")]
    Locked {
        /// The run.
        run: RunId,
    },
    /// The run is there.
    #[error("run {run} exists")]
    Exists {
        /// The run.
        run: RunId,
    },
    /// Nothing is named so.
    #[error("no run `{prefix}`")]
    NoRun {
        /// What was asked for.
        prefix: String,
        /// The newest runs, newest first, at most 5.
        known: Vec<RunId>,
    },
    /// Several runs are named so.
    #[error("`{prefix}` names {} runs", candidates.len())]
    Ambiguous {
        /// What was asked for.
        prefix: String,
        /// Those that it names, oldest first.
        candidates: Vec<RunId>,
    },
    /// An earlier write failed, so the end of the journal is unknown; resuming the run repairs it.
    #[error("run {run} could not be written before; resume it")]
    Broken {
        /// The run.
        run: RunId,
    },
    /// An event has no JSON form, which is a bug.
    #[error("cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl JournalError {
    pub(super) fn io(
        what: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }
}
