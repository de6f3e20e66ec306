use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use haversack_model::{Pack, Principal};

use super::{PackError, RunError, RunPlan};
use crate::Task;

/// Makes packs: a version of a context. Any closure of this shape is one.
pub trait PackSource: Sync {
    /// The pack of a task under a budget in tokens, for who asks. Equal arguments give equal packs.
    ///
    /// # Errors
    /// When the version cannot be read.
    fn pack(&self, task: &Task, budget: u32, principal: &Principal) -> Result<Pack, PackError>;
}

impl<F: Fn(&Task, u32, &Principal) -> Result<Pack, PackError> + Sync> PackSource for F {
    fn pack(&self, task: &Task, budget: u32, principal: &Principal) -> Result<Pack, PackError> {
        self(task, budget, principal)
    }
}

/// Packs of a plan's tasks: each is made once, when it is first needed, and dropped after its last trial.
pub(super) struct Packing<'a> {
    source: &'a dyn PackSource,
    plan: &'a RunPlan<'a>,
    slots: Vec<Slot>,
}

#[derive(Default)]
struct Slot {
    pack: Mutex<Option<Arc<Pack>>>,
    left: AtomicUsize,
}

impl<'a> Packing<'a> {
    /// `tasks` names the task of each pack that will be asked for, by its number in the plan.
    pub fn new(
        source: &'a dyn PackSource,
        plan: &'a RunPlan<'a>,
        tasks: impl Iterator<Item = usize>,
    ) -> Self {
        let slots: Vec<Slot> = plan.tasks.iter().map(|_| Slot::default()).collect();
        for slot in tasks.filter_map(|task| slots.get(task)) {
            slot.left.fetch_add(1, Ordering::Relaxed);
        }
        Self { source, plan, slots }
    }

    /// The pack of a task.
    pub fn pack(&self, number: usize, task: &Task) -> Result<Arc<Pack>, RunError> {
        let make = || {
            let budget = task.budget.unwrap_or(self.plan.budget);
            let pack = self.source.pack(task, budget, &self.plan.suite.principal(task));
            pack.map(Arc::new).map_err(|source| RunError::Pack { task: task.id.clone(), source })
        };
        let Some(slot) = self.slots.get(number) else { return make() };
        // Held while the pack is made: who needs the same one waits for it.
        let mut held = slot.pack.lock().unwrap_or_else(PoisonError::into_inner);
        let pack = match held.take() {
            Some(pack) => pack,
            None => make()?,
        };
        if slot.left.fetch_sub(1, Ordering::Relaxed) > 1 {
            *held = Some(Arc::clone(&pack));
        }
        Ok(pack)
    }
}
