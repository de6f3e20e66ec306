use std::collections::HashMap;

use haversack_model::Digest;

use super::{CauseError, Ledger, Want};
use crate::{Oracle, Subset};

/// A context of one task: for each change that touches it, whether the change is made.
pub(crate) type Local = Vec<bool>;

/// The contexts of one task: its touching changes vary, all others are as they are in `rest`.
#[derive(Debug, Clone)]
pub(crate) struct Cube {
    /// Number of the task.
    pub(crate) task: usize,
    /// Numbers of the changes that vary, ascending.
    pub(crate) touching: Vec<usize>,
    rest: Subset,
    packs: HashMap<Local, Digest>,
}

impl Cube {
    pub(crate) fn new(task: usize, touching: Vec<usize>, rest: Subset) -> Self {
        Self { task, touching, rest, packs: HashMap::new() }
    }

    /// Changes that vary.
    pub(crate) fn width(&self) -> usize {
        self.touching.len()
    }

    /// The whole context.
    pub(crate) fn context(&self, local: &[bool]) -> Subset {
        let mut context = self.rest.clone();
        for (number, made) in self.touching.iter().zip(local) {
            context.set(*number, *made);
        }
        context
    }

    /// The packs of contexts, made when they are not known.
    pub(crate) fn packs<O: Oracle>(
        &mut self,
        ledger: &mut Ledger<'_, O>,
        locals: &[Local],
    ) -> Result<Vec<Digest>, CauseError<O::Error>> {
        let mut new: Vec<&Local> =
            locals.iter().filter(|local| !self.packs.contains_key(local.as_slice())).collect();
        new.sort_unstable();
        new.dedup();
        let contexts: Vec<Subset> = new.iter().map(|local| self.context(local)).collect();
        let packs = ledger.packs(self.task, &contexts)?;
        for (local, pack) in new.into_iter().zip(packs) {
            self.packs.insert(local.clone(), pack);
        }
        Ok(locals.iter().filter_map(|local| self.packs.get(local).copied()).collect())
    }

    /// The pack of one context.
    pub(crate) fn pack<O: Oracle>(
        &mut self,
        ledger: &mut Ledger<'_, O>,
        local: &Local,
    ) -> Result<Digest, CauseError<O::Error>> {
        let packs = self.packs(ledger, std::slice::from_ref(local))?;
        packs.first().copied().ok_or(CauseError::Answers { asked: 1, given: 0 })
    }

    /// What to ask for a trial of a context.
    pub(crate) fn want(&self, local: &[bool], pack: Digest, trial: u32) -> Want {
        Want { task: self.task, changes: self.context(local), pack, trial }
    }
}

/// The changes in which two contexts differ.
pub(crate) fn differing(a: &[bool], b: &[bool]) -> Vec<usize> {
    (0..a.len()).filter(|at| a.get(*at) != b.get(*at)).collect()
}
