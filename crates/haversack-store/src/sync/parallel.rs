//! Several slow things at once, in threads.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use super::SyncError;

/// Transfers under way at once: enough to hide the time that a server takes to answer.
pub(crate) const AT_ONCE: usize = 8;

/// Does `work` for every item, several at once, and returns the results in the order of items, or the error of the first
/// item that failed. After an error no further item is begun.
pub(crate) fn each<T: Sync, R: Send>(
    items: &[T],
    at_once: usize,
    work: impl Fn(usize, &T) -> Result<R, SyncError> + Sync,
) -> Result<Vec<R>, SyncError> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let worker = || {
        while !failed.load(Ordering::Acquire) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return };
            let result = work(at, item);
            failed.fetch_or(result.is_err(), Ordering::Release);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..at_once.min(items.len()) {
            scope.spawn(worker);
        }
        worker();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Lets workers that run at once do one step in order.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    state: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl Turns {
    /// Waits until all before `at` have had their turn, and takes it. `None` when one of them failed, and nothing is done.
    pub fn take<R>(
        &self,
        at: usize,
        step: impl FnOnce() -> Result<R, SyncError>,
    ) -> Option<Result<R, SyncError>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.0 != at && !state.1 {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.1 {
            return None;
        }
        // Others wait for their turn anyway, so the lock may be held.
        let result = step();
        *state = (at + 1, result.is_err());
        self.changed.notify_all();
        Some(result)
    }

    /// Nobody's turn comes any more.
    pub fn fail(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
        self.changed.notify_all();
    }
}
