use std::collections::BTreeMap;

use haversack_model::Digest;
use serde::{Deserialize, Serialize};

use crate::{Entry, Outcome, Recording, RunHeader, RunId};

/// Under what an outcome can be used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeKey {
    /// Fingerprint of the agent.
    pub agent: Digest,
    /// Identity of the graders.
    pub graders: Digest,
    /// What the task asks and what a good answer holds; see [`task_digest`](crate::task_digest).
    pub task: Digest,
    /// What the agent had.
    pub pack: Digest,
    /// Which repetition, from 0.
    pub trial: u32,
}

impl OutcomeKey {
    /// The key of a task and trial of a run on a pack; none when the run has no such task.
    #[must_use]
    pub fn of(header: &RunHeader, task: &str, trial: u32, pack: Digest) -> Option<Self> {
        let (agent, graders) = (header.agent.fingerprint, header.graders);
        Some(Self { agent, graders, task: header.tasks.get(task)?.digest, pack, trial })
    }
}

/// Outcomes of earlier runs, to be used again where nothing that matters differs.
///
/// Of several outcomes under one key the earliest run's is taken, so that the answer does not depend on what ran since.
/// Calls that failed or took too long are made again.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OutcomeCache {
    outcomes: BTreeMap<OutcomeKey, (RunId, Outcome)>,
}

impl OutcomeCache {
    /// The outcomes of some runs, in whatever order they come.
    #[must_use]
    pub fn new<'r>(runs: impl IntoIterator<Item = &'r Recording>) -> Self {
        let mut cache = Self::default();
        runs.into_iter().for_each(|run| cache.add(run));
        cache
    }

    /// Takes the outcomes of one more run in.
    pub fn add(&mut self, run: &Recording) {
        for ((task, trial), entry) in &run.entries {
            if !entry.outcome.status.is_said() {
                continue;
            }
            if let Some(key) = OutcomeKey::of(&run.header, task, *trial, entry.outcome.pack_id) {
                // An outcome that was itself used again counts as that of the run that made the call.
                let from = entry.reused_from.as_ref().unwrap_or(&run.header.run);
                self.insert(key, from, &entry.outcome);
            }
        }
    }

    fn insert(&mut self, key: OutcomeKey, from: &RunId, outcome: &Outcome) {
        let known = self.outcomes.get(&key);
        if known.is_none_or(|(run, _)| from < run) {
            let outcome = Outcome { millis: 0, ..outcome.clone() };
            self.outcomes.insert(key, (from.clone(), outcome));
        }
    }

    /// Takes in an outcome that belongs to no run.
    pub fn keep(&mut self, key: OutcomeKey, outcome: &Outcome) {
        self.insert(key, &RunId::of_probes(), outcome);
    }

    /// The outcome under a key, as an entry of a run that uses it again.
    #[must_use]
    pub fn get(&self, key: &OutcomeKey) -> Option<Entry> {
        let (run, outcome) = self.outcomes.get(key)?;
        Some(Entry { outcome: outcome.clone(), reused_from: Some(run.clone()) })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }
}
