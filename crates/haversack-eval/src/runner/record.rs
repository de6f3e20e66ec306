use serde::{Deserialize, Serialize};

use super::RunError;
use crate::{Entry, Recording, RunHeader, Status, Stop, Usage};

/// A run as it stands: its outcomes and what they come to.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// What the run is of.
    pub header: RunHeader,
    /// Outcomes by task id, then trial.
    pub outcomes: Vec<Entry>,
    /// Counts.
    pub totals: Totals,
    /// Whether every trial of every task has an outcome. Numbers of a run that is not complete are not those of the suite.
    pub complete: bool,
    /// Why it is not complete, if it was stopped and not killed.
    pub stopped: Option<Stop>,
}

/// Counts of a run. Those of outcomes are over every trial.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Tasks of the run.
    pub tasks: u64,
    /// Questions that went to the agent, those included whose answer a crash lost.
    pub calls: u64,
    /// Outcomes that were taken from earlier runs.
    pub reused: u64,
    /// Outcomes of calls that failed.
    pub failed: u64,
    /// Outcomes of calls that took too long.
    pub timed_out: u64,
    /// Outcomes in which the agent said that it cannot know.
    pub abstained: u64,
    /// Outcomes with which every grader was content.
    pub passed: u64,
    /// What the answers of this run cost; what was used again cost nothing.
    pub usage: Usage,
    /// What the judges of this run cost.
    pub judging: Usage,
    /// Tasks that lack an outcome.
    pub missing: u64,
}

impl RunRecord {
    /// The record of what a journal says.
    #[must_use]
    pub fn of(recording: &Recording) -> Self {
        let outcomes: Vec<Entry> = recording.entries.values().cloned().collect();
        let mut totals = Totals { calls: recording.calls, ..Totals::default() };
        outcomes.iter().for_each(|entry| totals.count(entry));
        recording.judging.values().for_each(|usage| totals.judging += *usage);
        let complete = outcomes.len() as u64 == recording.header.planned();
        let stopped = recording.stopped.clone().filter(|_| !complete);
        let mut record = Self { header: recording.header.clone(), outcomes, totals, complete, stopped };
        record.totals.tasks = record.header.tasks.len() as u64;
        record.totals.missing = record.missing().len() as u64;
        record
    }

    /// Tasks that lack the outcome of a trial, ascending by id.
    #[must_use]
    pub fn missing(&self) -> Vec<&str> {
        let trials = self.header.trials as usize;
        let ids = self.header.tasks.keys().map(String::as_str);
        ids.filter(|id| self.of_task(id).len() < trials).collect()
    }

    /// The outcomes of one task by trial.
    #[must_use]
    pub fn of_task(&self, task: &str) -> &[Entry] {
        let from = self.outcomes.partition_point(|entry| entry.outcome.task.as_str() < task);
        let to = self.outcomes.partition_point(|entry| entry.outcome.task.as_str() <= task);
        self.outcomes.get(from..to).unwrap_or_default()
    }

    /// The same record with only some of its tasks.
    #[must_use]
    pub fn only(&self, tasks: &std::collections::BTreeSet<&str>) -> Self {
        let mut some = self.clone();
        some.header.tasks.retain(|task, _| tasks.contains(task.as_str()));
        some.outcomes.retain(|entry| tasks.contains(entry.outcome.task.as_str()));
        some
    }

    /// This run, if it is complete.
    ///
    /// # Errors
    /// When it lacks outcomes.
    pub fn require_complete(&self) -> Result<&Self, RunError> {
        if self.complete {
            return Ok(self);
        }
        let Totals { missing, tasks, .. } = self.totals;
        Err(RunError::Incomplete {
            run: self.header.run.clone(),
            missing,
            tasks,
            stopped: self.stopped.clone(),
        })
    }
}

impl Totals {
    fn count(&mut self, entry: &Entry) {
        match entry.outcome.status {
            Status::Answered => {}
            Status::Abstained => self.abstained += 1,
            Status::Failed => self.failed += 1,
            Status::TimedOut => self.timed_out += 1,
        }
        self.passed += u64::from(entry.outcome.passed);
        if entry.reused_from.is_some() {
            self.reused += 1;
        } else if let Some(answer) = &entry.outcome.answer {
            self.usage += answer.usage;
        }
    }
}
