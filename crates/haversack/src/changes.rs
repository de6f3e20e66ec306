//! The documents in which a version differs from the one before it.

use std::collections::BTreeSet;

use haversack_model::{DocumentId, DocumentRecord, Manifest};
use haversack_store::{SnapshotDiff, Store};

use crate::Error;
use crate::build::DocumentCounts;

/// The documents in which two versions differ; reading costs what differs.
#[derive(Debug)]
pub(crate) enum Changes {
    /// There is no version before, or none that is trusted.
    All,
    /// What differs in each corpus.
    Some(Vec<SnapshotDiff>),
}

impl Changes {
    /// Compares two versions corpus by corpus.
    pub fn between(store: &Store, a: Option<&Manifest>, b: &Manifest) -> Result<Self, Error> {
        let Some(a) = a else { return Ok(Self::All) };
        let names: BTreeSet<&String> = a.snapshots.keys().chain(b.snapshots.keys()).collect();
        let id = |manifest: &Manifest, name| manifest.snapshots.get(name).map(|snapshot| snapshot.id);
        let differs = names.into_iter().filter(|name| id(a, *name) != id(b, *name));
        let diff = |name| Ok(store.diff_snapshots(id(a, name), id(b, name))?);
        differs.map(diff).collect::<Result<_, Error>>().map(Self::Some)
    }

    fn corpora(&self) -> &[SnapshotDiff] {
        match self {
            Self::All => &[],
            Self::Some(corpora) => corpora,
        }
    }

    /// Documents of the first that are not the same in the second.
    pub fn before(&self) -> impl Iterator<Item = &DocumentId> {
        self.corpora().iter().flat_map(|diff| {
            let changed = diff.changed.iter().map(|(before, _)| before);
            diff.removed.iter().chain(changed).map(|record| &record.id)
        })
    }

    /// Documents of the second that are not the same in the first.
    pub fn after(&self) -> impl Iterator<Item = &DocumentRecord> {
        self.corpora().iter().flat_map(|diff| {
            let changed = diff.changed.iter().map(|(_, after)| after);
            diff.added.iter().chain(changed)
        })
    }

    /// How many there are, in a version of this manifest.
    pub fn count(&self, manifest: &Manifest) -> DocumentCounts {
        let total = manifest.snapshots.values().map(|snapshot| snapshot.documents).sum();
        let sum = |of: fn(&SnapshotDiff) -> usize| self.corpora().iter().map(of).sum::<usize>() as u64;
        DocumentCounts {
            added: if matches!(self, Self::All) { total } else { sum(|diff| diff.added.len()) },
            changed: sum(|diff| diff.changed.len()),
            removed: sum(|diff| diff.removed.len()),
            total,
        }
    }
}
