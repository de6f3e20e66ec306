/// Why causes could not be looked for. `E` is the oracle's own error.
#[derive(Debug, thiserror::Error)]
pub enum CauseError<E> {
    /// A context could not be made, or the run was stopped.
    #[error("the context between two versions cannot be asked")]
    Oracle(#[source] E),
    /// Not one factor for each change.
    #[error("{given} factors are named, and there are {changes} changes")]
    Factors {
        /// Factors given.
        given: usize,
        /// Changes that the oracle has.
        changes: usize,
    },
    /// Not one id for each task.
    #[error("{given} tasks are named, and there are {tasks}")]
    Tasks {
        /// Ids given.
        given: usize,
        /// Tasks that the oracle has.
        tasks: usize,
    },
    /// A task that is not there.
    #[error("there is no task number {task}: there are {tasks}")]
    NoSuchTask {
        /// Its number, from 0.
        task: usize,
        /// Tasks that the oracle has.
        tasks: usize,
    },
    /// No task to look at, or fewer than two versions.
    #[error("there is nothing to ask: no {what}")]
    Nothing {
        /// What is missing.
        what: &'static str,
    },
    /// Hints of a task, or of too few tasks, name what is not there.
    #[error("hints of what touches task number {task} do not fit {tasks} tasks and {changes} changes")]
    Hints {
        /// Number of the first task whose hints are wrong or missing.
        task: usize,
        /// Tasks that the oracle has.
        tasks: usize,
        /// Changes that the oracle has.
        changes: usize,
    },
    /// An option that is out of its range.
    #[error("option `{option}` is {value}, not within {range}")]
    Option {
        /// Its name.
        option: &'static str,
        /// What it is.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
    /// An oracle that gave fewer answers than it was asked for, or a score that is not from 0 to 1.
    #[error("the oracle gave {given} for {asked} probes, or a score that is not from 0 to 1")]
    Answers {
        /// Probes asked.
        asked: usize,
        /// Answers given.
        given: usize,
    },
}

/// That an option lies within its range.
pub(crate) fn within<E>(
    option: &'static str,
    value: f64,
    range: (f64, f64, &'static str),
) -> Result<(), CauseError<E>> {
    if value >= range.0 && value <= range.1 {
        return Ok(());
    }
    Err(CauseError::Option { option, value, range: range.2 })
}
