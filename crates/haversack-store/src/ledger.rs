use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use haversack_model::{Digest, DocumentId, DocumentRecord};
use serde::{Deserialize, Serialize};

use crate::node::{Entry, Node};
use crate::{Store, StoreError, checked};

const KIND: &str = "ledger";
const FORMAT: u32 = 1;

/// The erasure of one document, as the ledger keeps it for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// The document.
    pub document: DocumentId,
    /// Identities of its records in all versions.
    pub records: BTreeSet<Digest>,
    /// Texts that were dropped.
    pub texts: BTreeSet<Digest>,
    /// Texts that were kept, since these other documents have the same.
    pub kept: BTreeMap<Digest, BTreeSet<DocumentId>>,
    /// Seconds since 1970 by the writer's clock; for people.
    pub at: u64,
    /// Why, as a person said it.
    pub reason: String,
    /// Whether no byte is left. If not, erasing again or the next writer completes it.
    pub complete: bool,
}

/// What was erased from a store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ledger {
    /// In the order of ids, each document once.
    pub erasures: Vec<Erasure>,
}

impl Erasure {
    /// Tells texts that can be dropped from those that other documents hold.
    fn settle(&mut self, others: &BTreeMap<Digest, BTreeSet<DocumentId>>) {
        if self.complete {
            return;
        }
        for text in &self.texts {
            if let Some(documents) = others.get(text) {
                self.kept.insert(*text, documents.clone());
            }
        }
        self.texts.retain(|text| !self.kept.contains_key(text));
    }
}

impl Ledger {
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, haversack_model::frame::FrameError> {
        checked::from_bytes(KIND, FORMAT, bytes)
    }

    pub fn to_bytes(&self) -> Result<Vec<u8>, StoreError> {
        checked::to_bytes(KIND, FORMAT, self)
    }

    pub fn path(root: &Path) -> PathBuf {
        root.join("erased.json")
    }

    pub fn restore(path: &Path) -> Result<Option<Self>, StoreError> {
        checked::restore(path, KIND, FORMAT)
    }

    pub fn read(path: &Path) -> Result<Option<Self>, StoreError> {
        checked::read(path, KIND, FORMAT)
    }

    pub fn write(&self, path: &Path) -> Result<(), StoreError> {
        checked::write(path, KIND, FORMAT, self)
    }

    pub fn get(&self, document: &DocumentId) -> Option<&Erasure> {
        let at = self.erasures.binary_search_by(|erasure| erasure.document.cmp(document)).ok()?;
        self.erasures.get(at)
    }

    /// Puts the erasure of a document, united with what is known of it.
    pub fn insert(&mut self, mut erasure: Erasure) {
        match self.erasures.binary_search_by(|other| other.document.cmp(&erasure.document)) {
            Ok(at) => {
                let known = &self.erasures[at];
                erasure.records.extend(&known.records);
                // What was kept for the sake of another document is asked for anew.
                erasure.texts.extend(known.texts.iter().chain(known.kept.keys()));
                self.erasures[at] = erasure;
            }
            Err(at) => self.erasures.insert(at, erasure),
        }
    }

    pub fn documents(&self) -> impl Iterator<Item = &DocumentId> {
        self.erasures.iter().map(|erasure| &erasure.document)
    }

    /// Whether a text was dropped.
    pub fn dropped(&self, text: Digest) -> bool {
        self.erasures.iter().any(|erasure| erasure.texts.contains(&text))
    }

    /// Tells texts of pending erasures that can be dropped from those that other documents hold; a text that is dropped is
    /// kept for nobody.
    pub fn settle(&mut self, others: &BTreeMap<Digest, BTreeSet<DocumentId>>) {
        self.erasures.iter_mut().for_each(|erasure| erasure.settle(others));
        let dropped: BTreeSet<Digest> = self.pending().flat_map(|erasure| &erasure.texts).copied().collect();
        for erasure in &mut self.erasures {
            let (gone, kept) =
                std::mem::take(&mut erasure.kept).into_iter().partition(|(text, _)| dropped.contains(text));
            let gone: BTreeMap<_, _> = gone;
            erasure.kept = kept;
            erasure.texts.extend(gone.into_keys());
        }
    }

    /// Erasures that are not complete.
    pub fn pending(&self) -> impl Iterator<Item = &Erasure> {
        self.erasures.iter().filter(|erasure| !erasure.complete)
    }

    pub fn holds(&self, id: &DocumentId, record: Digest) -> bool {
        self.get(id).is_some_and(|erasure| erasure.records.contains(&record))
    }

    /// Refuses records that were erased: whoever wants a document back puts it under another name.
    pub fn admits_all(&self, records: &[DocumentRecord]) -> Result<(), StoreError> {
        if self.erasures.is_empty() {
            return Ok(());
        }
        for record in records {
            let Some(erasure) = self.get(&record.id) else { continue };
            if erasure.texts.contains(&record.text) || erasure.records.contains(&record.digest()?) {
                return Err(StoreError::Erased { document: record.id.clone() });
            }
        }
        Ok(())
    }

    /// Takes erased records out of a node. Whether there were any.
    pub fn erase_from(&self, node: &mut Node) -> Result<bool, StoreError> {
        let Node::Leaf(entries) = node else { return Ok(false) };
        let mut any = false;
        for entry in entries {
            let Entry::Record(record) = entry else { continue };
            if self.get(&record.id).is_none() {
                continue;
            }
            let digest = record.digest()?;
            if self.holds(&record.id, digest) {
                *entry = Entry::Erased { id: record.id.clone(), digest };
                any = true;
            }
        }
        Ok(any)
    }
}

impl Store {
    pub(crate) fn ledger(&self) -> Result<Ledger, StoreError> {
        let path = Ledger::path(self.root());
        match Ledger::read(&path)? {
            Some(ledger) => Ok(ledger),
            // A ledger is never removed: what stood in it would come back unseen.
            None if checked::old(&path).exists() => Err(StoreError::damaged(&path, None)),
            None => Ok(Ledger::default()),
        }
    }

    /// Every erasure of this store, in the order of documents.
    ///
    /// # Errors
    /// When the ledger is damaged.
    pub fn erasures(&self) -> Result<Vec<Erasure>, StoreError> {
        Ok(self.ledger()?.erasures)
    }
}
