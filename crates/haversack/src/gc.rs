use std::collections::BTreeSet;

use haversack_store::Retention;
use serde::Serialize;

use crate::derived::Unneeded;
use crate::{Error, Store, signing};

/// What collecting garbage removed, or would remove.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Collected {
    /// Versions and objects.
    #[serde(flatten)]
    pub store: haversack_store::GcReport,
    /// Segments that no version that stays needs.
    pub segments: usize,
    /// Bytes of those, and of indexes of versions that go.
    pub derived_bytes: u64,
    /// Whether it was done.
    pub applied: bool,
}

/// Removes versions that a retention policy does not keep, with everything that only they need. Without `apply` it
/// only says what would go. The latest version of every context and every tagged one stay whatever the policy says;
/// the log keeps its entries. `now` is seconds since 1970.
///
/// Readers that have a version open keep it. A writer must end first.
///
/// # Errors
/// When a context's line cannot be read, another process writes, or the disk refuses.
pub fn gc(store: &Store, retention: &Retention, apply: bool, now: u64) -> Result<Collected, Error> {
    let lock = store.inner.lock()?;
    let report = store.inner.gc(&lock, retention, !apply, now)?;
    let kept: BTreeSet<_> =
        report.contexts.values().flat_map(|context| context.kept.iter().copied()).collect();
    let unneeded = Unneeded::besides(&store.inner, &kept)?;
    if apply {
        unneeded.remove()?;
        for (path, _) in signing::all(store)?.iter().filter(|(_, version)| !kept.contains(version)) {
            std::fs::remove_file(path).map_err(Error::io("remove", path))?;
        }
    }
    Ok(Collected {
        store: report,
        segments: unneeded.segments.len(),
        derived_bytes: unneeded.bytes,
        applied: apply,
    })
}
