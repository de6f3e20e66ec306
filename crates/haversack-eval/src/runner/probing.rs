//! Single packs put to an agent: what the search for causes asks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use haversack_model::{Digest, Pack};

use super::answering::Came;
use super::{OutcomeKey, RunError, Runner, task_digest};
use crate::{OnError, Outcome, ProbeLog, Stop, Suite, Task};

/// One pack that is put to the agent.
#[derive(Debug, Clone)]
pub struct ProbeJob<'t> {
    /// The task.
    pub task: &'t Task,
    /// The context to answer from.
    pub pack: Arc<Pack>,
    /// Which repetition, from 0.
    pub trial: u32,
}

/// What came of probes.
#[derive(Debug, Clone, PartialEq)]
pub struct Probed {
    /// The outcomes in the order of the jobs; fewer when it was stopped.
    pub outcomes: Vec<Outcome>,
    /// What was not known before, with the key under which it can be used again; failed calls are not among them.
    pub fresh: Vec<(OutcomeKey, Outcome)>,
    /// How often the agent was asked.
    pub calls: u64,
    /// Why not all was asked, if so.
    pub stopped: Option<Stop>,
}

/// Threads take turns at it.
struct Desk {
    outcomes: BTreeMap<usize, Outcome>,
    fresh: Vec<(OutcomeKey, Outcome)>,
    calls: u64,
    end: Option<Result<Stop, RunError>>,
}

impl Runner<'_> {
    /// Puts packs to the agent, without a run: each outcome that is new stands in `log` before the next question.
    ///
    /// `graders` is the identity of the graders. Jobs of the same task, pack and trial are asked once.
    ///
    /// # Errors
    /// When an outcome cannot be recorded.
    pub fn probe(
        &self,
        suite: &Suite,
        jobs: &[ProbeJob<'_>],
        (graders, on_error): (Digest, OnError),
        log: &Mutex<ProbeLog>,
    ) -> Result<Probed, RunError> {
        let agent = self.agent.fingerprint();
        let key = |job: &ProbeJob<'_>| {
            let task = task_digest(job.task, &suite.gold(job.task)).map_err(RunError::from)?;
            Ok(OutcomeKey { agent, graders, task, pack: job.pack.pack_id, trial: job.trial })
        };
        let keys: Vec<OutcomeKey> = jobs.iter().map(key).collect::<Result<_, RunError>>()?;
        let mut first: BTreeMap<OutcomeKey, usize> = BTreeMap::new();
        let known = |key: &OutcomeKey| self.cache.get(key).map(|entry| entry.outcome);
        let mut desk = Desk { outcomes: BTreeMap::new(), fresh: Vec::new(), calls: 0, end: None };
        let mut wanted = Vec::new();
        for (number, key) in keys.iter().enumerate() {
            if *first.entry(*key).or_insert(number) != number {
                continue;
            }
            match known(key) {
                Some(outcome) => {
                    desk.outcomes.insert(number, outcome);
                }
                None => wanted.push(number),
            }
        }
        let desk = Mutex::new(desk);
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(number) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                if !self.probe_one(&jobs[*number], (*number, keys[*number]), on_error, (&desk, log)) {
                    return;
                }
            }
        };
        let threads = self.options.concurrency.min(self.agent.concurrency()).min(wanted.len());
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        let desk = desk.into_inner().unwrap_or_else(PoisonError::into_inner);
        let stopped = desk.end.transpose()?;
        let of = |key: &OutcomeKey| desk.outcomes.get(first.get(key)?).cloned();
        let outcomes = keys.iter().map_while(of).collect();
        Ok(Probed { outcomes, fresh: desk.fresh, calls: desk.calls, stopped })
    }

    /// Asks one question; whether to go on.
    fn probe_one(
        &self,
        job: &ProbeJob<'_>,
        (number, key): (usize, OutcomeKey),
        on_error: OnError,
        (desk, log): (&Mutex<Desk>, &Mutex<ProbeLog>),
    ) -> bool {
        let at_desk = |act: &mut dyn FnMut(&mut Desk)| {
            act(&mut desk.lock().unwrap_or_else(PoisonError::into_inner));
        };
        let mut ended = false;
        at_desk(&mut |desk| ended = desk.end.is_some());
        if !ended && self.options.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
            at_desk(&mut |desk| desk.end = Some(Ok(Stop::Cancelled)));
            ended = true;
        }
        if ended {
            return false;
        }
        let came = match self.ask((job.task, job.trial), &job.pack, on_error) {
            Ok(said) => self.mark(job.task, &job.pack, said, on_error).0,
            Err(came) => *came,
        };
        let mut end = None;
        let outcome = match came {
            Came::Outcome(outcome) => Some(outcome),
            Came::Ungraded(_, stop) | Came::Nothing(stop) => {
                end = Some(Ok(stop));
                None
            }
        };
        let lasting = |outcome: &Outcome| outcome.status.is_said();
        if let Some(outcome) = outcome.as_ref().filter(|outcome| lasting(outcome)) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = log.append(&key, outcome) {
                end = Some(Err(error.into()));
            }
        }
        let go_on = end.is_none();
        let mut end = Some(end);
        at_desk(&mut |desk| {
            desk.calls += 1;
            if let Some(outcome) = &outcome {
                desk.outcomes.insert(number, outcome.clone());
                if lasting(outcome) {
                    desk.fresh.push((key, outcome.clone()));
                }
            }
            if let Some(end) = end.take().flatten()
                && desk.end.is_none()
            {
                desk.end = Some(end);
            }
        });
        go_on
    }
}
