use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use haversack_eval::{Oracle, Probe, ProbeJob, Stop, Subset, Task};
use haversack_model::{Digest, Pack};
use rayon::prelude::*;

use super::{Between, EvaluateError, Evaluator};
use crate::Context;

/// Contexts that are kept open: each is an index in memory.
const CONTEXTS: usize = 256;
/// Packs that are kept with their text; more are made again when they are asked for.
const PACKS: usize = 4_096;

/// An agent's outcomes on the contexts between two versions.
pub(super) struct ContextOracle<'e> {
    evaluator: &'e Evaluator<'e>,
    between: &'e Between,
    tasks: Vec<&'e Task>,
    contexts: HashMap<Subset, Context>,
    packed: HashMap<(usize, Subset), Digest>,
    packs: HashMap<(usize, Digest), Arc<Pack>>,
    scores: HashMap<(usize, Digest, u32), f64>,
    calls: u64,
}

impl<'e> ContextOracle<'e> {
    pub fn new(evaluator: &'e Evaluator<'e>, between: &'e Between, tasks: Vec<&'e Task>) -> Self {
        Self {
            evaluator,
            between,
            tasks,
            contexts: HashMap::new(),
            packed: HashMap::new(),
            packs: HashMap::new(),
            scores: HashMap::new(),
            calls: 0,
        }
    }

    fn context(&mut self, changes: &Subset) -> Result<Context, EvaluateError> {
        if let Some(context) = self.contexts.get(changes) {
            return Ok(context.clone());
        }
        if self.contexts.len() >= CONTEXTS {
            self.contexts.clear();
        }
        let context = self.between.context(changes)?;
        self.contexts.insert(changes.clone(), context.clone());
        Ok(context)
    }

    /// Makes the packs that are not known yet.
    fn pack(&mut self, wanted: impl Iterator<Item = (usize, Subset)>) -> Result<(), EvaluateError> {
        let mut new: BTreeMap<(usize, Subset), Context> = BTreeMap::new();
        for (task, changes) in wanted {
            let key = (task, changes);
            if !self.packed.contains_key(&key) && !new.contains_key(&key) {
                let context = self.context(&key.1)?;
                new.insert(key, context);
            }
        }
        let new: Vec<((usize, Subset), Context)> = new.into_iter().collect();
        let made: Vec<Result<Pack, EvaluateError>> = new
            .par_iter()
            .map(|((task, _), context)| self.evaluator.pack(context, self.tasks[*task]))
            .collect();
        for ((key, _), pack) in new.into_iter().zip(made) {
            if self.evaluator.watch.cancelled() {
                return Err(EvaluateError::Stopped(Stop::Cancelled));
            }
            let pack = pack?;
            self.packed.insert(key.clone(), pack.pack_id);
            if self.packed.len().is_multiple_of(64)
                && let Some(probed) = self.evaluator.watch.probed
            {
                probed(self.packed.len() as u64, self.calls);
            }
            if self.packs.len() < PACKS {
                self.packs.entry((key.0, pack.pack_id)).or_insert_with(|| Arc::new(pack));
            }
        }
        Ok(())
    }

    fn packed(&self, task: usize, changes: &Subset) -> Digest {
        // Made just before.
        self.packed.get(&(task, changes.clone())).copied().unwrap_or_else(|| Digest::of(b""))
    }
}

impl Oracle for ContextOracle<'_> {
    type Error = EvaluateError;

    fn changes(&self) -> usize {
        self.between.factors().len()
    }

    fn tasks(&self) -> usize {
        self.tasks.len()
    }

    fn packs(&mut self, task: usize, contexts: &[Subset]) -> Result<Vec<Digest>, EvaluateError> {
        self.pack(contexts.iter().map(|changes| (task, changes.clone())))?;
        Ok(contexts.iter().map(|changes| self.packed(task, changes)).collect())
    }

    fn outcomes(&mut self, probes: &[Probe]) -> Result<Vec<f64>, EvaluateError> {
        self.pack(probes.iter().map(|probe| (probe.task, probe.changes.clone())))?;
        let keys: Vec<(usize, Digest, u32)> = probes
            .iter()
            .map(|probe| (probe.task, self.packed(probe.task, &probe.changes), probe.trial))
            .collect();
        let mut new: Vec<(usize, Digest, u32)> =
            keys.iter().copied().filter(|key| !self.scores.contains_key(key)).collect();
        new.sort_unstable();
        new.dedup();
        let origin: HashMap<(usize, Digest), &Subset> = keys
            .iter()
            .zip(probes)
            .map(|((task, pack, _), probe)| ((*task, *pack), &probe.changes))
            .collect();
        let mut jobs = Vec::with_capacity(new.len());
        for (task, pack, trial) in &new {
            let pack = match (self.packs.get(&(*task, *pack)), origin.get(&(*task, *pack))) {
                (None, Some(changes)) => {
                    let context = self.context(changes)?;
                    Arc::new(self.evaluator.pack(&context, self.tasks[*task])?)
                }
                (known, _) => known.cloned().ok_or(EvaluateError::Stopped(Stop::Cancelled))?,
            };
            jobs.push(ProbeJob { task: self.tasks[*task], pack, trial: *trial });
        }
        let (outcomes, calls) = self.evaluator.probe(&jobs)?;
        self.calls += calls;
        for (key, outcome) in new.into_iter().zip(outcomes) {
            self.scores.insert(key, outcome.score);
        }
        Ok(keys.iter().filter_map(|key| self.scores.get(key).copied()).collect())
    }

    fn calls(&self) -> u64 {
        self.calls
    }
}
