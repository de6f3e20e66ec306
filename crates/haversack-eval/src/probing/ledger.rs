use std::collections::{HashMap, HashSet};

use haversack_model::Digest;

use super::CauseError;
use crate::{Oracle, Probe, Subset};

/// An oracle with what it was asked so far: nothing is asked twice, and the budget of calls is kept.
pub(crate) struct Ledger<'a, O: Oracle> {
    oracle: &'a mut O,
    before: u64,
    limit: u64,
    packs: u64,
    scores: HashMap<(usize, Digest, u32), f64>,
}

/// An outcome that is wanted, with the pack that its context gives.
#[derive(Debug, Clone)]
pub(crate) struct Want {
    pub(crate) task: usize,
    pub(crate) changes: Subset,
    pub(crate) pack: Digest,
    pub(crate) trial: u32,
}

/// Why a search cannot go on right now.
pub(crate) enum Halt<E> {
    /// It needs these outcomes first.
    Wants(Vec<Want>),
    /// It failed.
    Failed(CauseError<E>),
}

impl<E> From<CauseError<E>> for Halt<E> {
    fn from(error: CauseError<E>) -> Self {
        Self::Failed(error)
    }
}

impl<'a, O: Oracle> Ledger<'a, O> {
    /// A ledger of an oracle that may be called `limit` times more.
    pub(crate) fn new(oracle: &'a mut O, limit: Option<u64>) -> Self {
        let before = oracle.calls();
        Self { oracle, before, limit: limit.unwrap_or(u64::MAX), packs: 0, scores: HashMap::new() }
    }

    pub(crate) fn changes(&self) -> usize {
        self.oracle.changes()
    }

    pub(crate) fn tasks(&self) -> usize {
        self.oracle.tasks()
    }

    /// Calls since the ledger was opened.
    pub(crate) fn calls(&self) -> u64 {
        self.oracle.calls().saturating_sub(self.before)
    }

    /// Packs made since the ledger was opened.
    pub(crate) fn packs_made(&self) -> u64 {
        self.packs
    }

    /// The packs of a task in contexts; they are not kept.
    pub(crate) fn packs(
        &mut self,
        task: usize,
        contexts: &[Subset],
    ) -> Result<Vec<Digest>, CauseError<O::Error>> {
        if contexts.is_empty() {
            return Ok(Vec::new());
        }
        self.packs += contexts.len() as u64;
        let packs = self.oracle.packs(task, contexts).map_err(CauseError::Oracle)?;
        if packs.len() == contexts.len() {
            return Ok(packs);
        }
        Err(CauseError::Answers { asked: contexts.len(), given: packs.len() })
    }

    /// A score that is known already.
    pub(crate) fn score(&self, task: usize, pack: Digest, trial: u32) -> Option<f64> {
        self.scores.get(&(task, pack, trial)).copied()
    }

    /// Asks what is not known yet, all at once. Nothing is asked, and the answer is false, when that could take more than `share`
    /// (from 0 to 1) of the budget.
    pub(crate) fn ask(&mut self, wants: &[Want], share: f64) -> Result<bool, CauseError<O::Error>> {
        let mut named = HashSet::new();
        let new: Vec<&Want> = wants
            .iter()
            .filter(|want| {
                let key = (want.task, want.pack, want.trial);
                !self.scores.contains_key(&key) && named.insert(key)
            })
            .collect();
        let limit = if share < 1.0 { (self.limit as f64 * share) as u64 } else { self.limit };
        if new.is_empty() {
            return Ok(true);
        }
        if self.calls().saturating_add(new.len() as u64) > limit {
            return Ok(false);
        }
        let probes: Vec<Probe> = new
            .iter()
            .map(|want| Probe { task: want.task, changes: want.changes.clone(), trial: want.trial })
            .collect();
        let scores = self.oracle.outcomes(&probes).map_err(CauseError::Oracle)?;
        if scores.len() != probes.len() || scores.iter().any(|score| !(0.0..=1.0).contains(score)) {
            return Err(CauseError::Answers { asked: probes.len(), given: scores.len() });
        }
        for (want, score) in new.iter().zip(scores) {
            self.scores.insert((want.task, want.pack, want.trial), score);
        }
        Ok(true)
    }
}
