//! The threads of a run: each takes the next question, and one at a time they write what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use haversack_model::{Digest, Pack};

use super::answering::Came;
use super::packing::Packing;
use super::{RunError, RunPlan, RunProgress, Runner};
use crate::{Entry, Journal, JournalError, OutcomeKey, Recording, RunHeader, Stop, Task, Ungraded};

/// One task and trial that has no outcome yet.
pub(super) struct Job<'a> {
    /// Number of the task in the plan.
    number: usize,
    pub task: &'a Task,
    pub trial: u32,
    /// What the agent said before, where only the graders are wanting.
    pub said: Option<Ungraded>,
}

/// Why no further question is asked.
enum End {
    Stop(Stop),
    Error(RunError),
}

impl<E: Into<RunError>> From<E> for End {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

struct Desk<'j> {
    journal: &'j mut Journal,
    end: Option<End>,
}

pub(super) struct Work<'a> {
    pub runner: &'a Runner<'a>,
    pub plan: &'a RunPlan<'a>,
    header: &'a RunHeader,
    jobs: Vec<Job<'a>>,
    next: AtomicUsize,
    packing: Packing<'a>,
    /// Packs of tasks of which something stands in the journal.
    before: BTreeMap<String, Digest>,
    desk: Mutex<Desk<'a>>,
}

/// Does what the journal lacks; says why not all of it, if so.
pub(super) fn work<'a>(
    runner: &'a Runner<'a>,
    plan: &'a RunPlan<'a>,
    header: &'a RunHeader,
    journal: &'a mut Journal,
) -> Result<Option<Stop>, RunError> {
    let jobs = jobs(plan, journal.recording(), runner.options.retry_failed);
    let before = packs(journal.recording());
    let threads = runner.options.concurrency.min(runner.agent.concurrency()).min(jobs.len());
    let packing = Packing::new(runner.packs, plan, jobs.iter().map(|job| job.number));
    let (next, desk) = (AtomicUsize::new(0), Mutex::new(Desk { journal, end: None }));
    let work = Work { runner, plan, header, jobs, next, packing, before, desk };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| work.until_end());
        }
        work.until_end();
    });
    match work.desk.into_inner().unwrap_or_else(PoisonError::into_inner).end {
        Some(End::Error(error)) => Err(error),
        Some(End::Stop(stop)) => Ok(Some(stop)),
        None => Ok(None),
    }
}

/// Tasks in the order of the plan, each once, with its trials together.
fn jobs<'a>(plan: &RunPlan<'a>, recording: &Recording, retry_failed: bool) -> Vec<Job<'a>> {
    let mut jobs = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, task) in plan.tasks.iter().enumerate().filter(|(_, task)| seen.insert(&task.id)) {
        for trial in 0..recording.header.trials {
            let key = (task.id.clone(), trial);
            let entry = recording.entries.get(&key);
            if entry.is_some() && (!retry_failed || recording.succeeded(&task.id, trial)) {
                continue;
            }
            let graded = entry.and_then(|entry| Ungraded::of(&entry.outcome));
            let said = recording.ungraded.get(&key).cloned().or(graded);
            jobs.push(Job { number, task, trial, said });
        }
    }
    jobs
}

fn packs(recording: &Recording) -> BTreeMap<String, Digest> {
    let graded = recording.entries.values().map(|entry| &entry.outcome);
    let graded = graded.map(|outcome| (outcome.task.clone(), outcome.pack_id));
    let waiting = recording.ungraded.values().map(|said| (said.task.clone(), said.pack_id));
    graded.chain(waiting).collect()
}

impl Work<'_> {
    fn until_end(&self) {
        while let Some(job) = self.next_job() {
            if let Err(end) = self.finish(job) {
                self.end(end);
            }
        }
    }

    fn next_job(&self) -> Option<&Job<'_>> {
        let job = self.jobs.get(self.next.fetch_add(1, Ordering::Relaxed))?;
        if self.runner.options.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
            self.end(End::Stop(Stop::Cancelled));
        }
        self.at_desk(|desk| desk.end.is_none()).then_some(job)
    }

    /// The first reason counts, but a failure to write counts most.
    fn end(&self, end: End) {
        self.at_desk(|desk| match (&desk.end, &end) {
            (None, _) | (Some(End::Stop(_)), End::Error(_)) => desk.end = Some(end),
            _ => {}
        });
    }

    fn at_desk<T>(&self, act: impl FnOnce(&mut Desk<'_>) -> T) -> T {
        act(&mut self.desk.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn write<T>(
        &self,
        act: impl FnOnce(&mut Journal) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        self.at_desk(|desk| act(desk.journal))
    }

    fn finish(&self, job: &Job<'_>) -> Result<(), End> {
        let pack = self.packing.pack(job.number, job.task)?;
        self.check_pack(job, &pack)?;
        let entry = match self.known(job, &pack) {
            Some(entry) => entry,
            None => match self.answer(job, &pack)? {
                Came::Outcome(outcome) => Entry { outcome, reused_from: None },
                Came::Ungraded(said, stop) => {
                    self.write(|journal| journal.ungraded(said))?;
                    return Err(End::Stop(stop));
                }
                Came::Nothing(stop) => return Err(End::Stop(stop)),
            },
        };
        Ok(self.record(entry)?)
    }

    fn check_pack(&self, job: &Job<'_>, pack: &Pack) -> Result<(), RunError> {
        match self.before.get(&job.task.id) {
            Some(before) if *before != pack.pack_id => {
                Err(RunError::PackChanged { task: job.task.id.clone(), before: *before, now: pack.pack_id })
            }
            _ => Ok(()),
        }
    }

    fn known(&self, job: &Job<'_>, pack: &Pack) -> Option<Entry> {
        if job.said.is_some() {
            return None;
        }
        let key = OutcomeKey::of(self.header, &job.task.id, job.trial, pack.pack_id)?;
        self.runner.cache.get(&key)
    }

    fn record(&self, entry: Entry) -> Result<(), JournalError> {
        let planned = self.header.planned();
        self.write(|journal| {
            journal.record(entry.clone())?;
            if let Some(progress) = self.runner.options.progress {
                let done = journal.recording().entries.len() as u64;
                progress(&RunProgress { done, planned, entry: &entry });
            }
            Ok(())
        })
    }
}
