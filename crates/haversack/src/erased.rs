use std::collections::BTreeSet;

use haversack_model::{Digest, DocumentId, DocumentRecord, VersionId};
use haversack_store::Erasure;

use crate::{Error, Store};

/// What was erased from a store and must not come back.
#[derive(Debug, Default)]
pub(crate) struct Erased(Vec<Erasure>);

impl Erased {
    pub fn of(store: &haversack_store::Store) -> Result<Self, Error> {
        Ok(Self(store.erasures()?))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn documents(&self) -> impl Iterator<Item = &DocumentId> {
        self.0.iter().map(|erasure| &erasure.document)
    }

    fn get(&self, document: &DocumentId) -> Option<&Erasure> {
        self.0.iter().find(|erasure| erasure.document == *document)
    }

    /// Whether a document with this text is one that was erased.
    pub fn forbids(&self, document: &DocumentId, text: Digest) -> bool {
        let same = |erasure: &Erasure| erasure.texts.contains(&text) || erasure.kept.contains_key(&text);
        self.get(document).is_some_and(same)
    }

    /// Whether a record is that of an erased state of its document.
    pub fn covers(&self, record: &DocumentRecord) -> Result<bool, Error> {
        match self.get(&record.id) {
            Some(erasure) => Ok(erasure.records.contains(&record.digest()?)),
            None => Ok(false),
        }
    }
}

/// The versions that hold a document, by context, oldest first.
///
/// # Errors
/// When a line, manifest or document table cannot be read.
pub fn versions_with(store: &Store, document: &DocumentId) -> Result<Vec<VersionId>, Error> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for context in store.contexts()? {
        let line = store.line(&context)?;
        let there = line.versions().into_iter().rev().filter(|version| !line.pruned.contains(version));
        for version in there.filter(|version| seen.insert(*version)).collect::<Vec<_>>() {
            let manifest = store.manifest(version)?;
            let snapshot = manifest.snapshots.get(document.corpus());
            if let Some(snapshot) = snapshot
                && store.inner.find(snapshot.id, document)?.is_some()
            {
                found.push(version);
            }
        }
    }
    Ok(found)
}
