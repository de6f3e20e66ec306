use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use haversack_model::{Digest, DocumentId, DocumentRecord, Manifest, SnapshotId, VersionId};

use crate::edit::{self, Changes};
use crate::ledger::Ledger;
use crate::node::{Entry, Node};
use crate::object::{self, Encoded, Wrong};
use crate::pack::{self, PackSet, PackWriter};
use crate::tree::{self, Snapshot};
use crate::{Store, StoreError, walk};

/// Objects being written. They appear, whole and durable, as one pack when [`commit`](Batch::commit) returns; a batch
/// that is dropped leaves nothing.
///
/// May be used from several threads. What is put goes to a file at once: a batch holds no texts. Objects that exist are
/// not written again. Whoever commits holds the [`WriteLock`](crate::WriteLock).
#[derive(Debug)]
pub struct Batch<'s> {
    store: &'s Store,
    /// Packs as they were when the batch began.
    there: Option<Arc<PackSet>>,
    staged: Mutex<Option<PackWriter>>,
    /// Whether objects that exist are read, and replaced where they are damaged.
    heal: bool,
    ledger: OnceLock<Ledger>,
}

/// What a batch wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Committed {
    /// New objects.
    pub objects: u64,
    /// Bytes of the new pack; 0 without one.
    pub bytes: u64,
}

impl<'s> Batch<'s> {
    pub(crate) fn new(store: &'s Store) -> Self {
        let there = store.packs().reload().ok();
        Self { store, there, staged: Mutex::new(None), heal: false, ledger: OnceLock::new() }
    }

    /// Reads objects that exist, and writes those that are damaged again.
    #[must_use]
    pub fn healing(mut self, heal: bool) -> Self {
        self.heal = heal;
        self
    }

    /// Stores a document's text.
    ///
    /// # Errors
    /// When the object cannot be written.
    pub fn put_text(&self, text: &str) -> Result<Digest, StoreError> {
        let digest = Digest::of(text.as_bytes());
        if !self.has(digest) {
            self.append(&object::encode_text(text)?)?;
        }
        Ok(digest)
    }

    /// A text of this batch or of the store.
    ///
    /// # Errors
    /// When the object is missing or damaged.
    pub fn text(&self, digest: Digest) -> Result<String, StoreError> {
        self.read(digest, object::decode_text)?.map_or_else(|| self.store.text(digest), Ok)
    }

    /// Stores a manifest and returns the version id.
    ///
    /// # Errors
    /// When the object cannot be written, or a number of the recipe has no canonical form.
    pub fn put_manifest(&self, manifest: &Manifest) -> Result<VersionId, StoreError> {
        let encoded = object::encode_manifest(manifest)?;
        self.put(&encoded)?;
        Ok(encoded.digest)
    }

    /// Stores a snapshot: the tree over `records`, in any order.
    ///
    /// # Errors
    /// When an object cannot be written, a document stands there twice, or was erased just as it is here.
    pub fn put_snapshot(&self, records: Vec<DocumentRecord>) -> Result<Snapshot, StoreError> {
        let records = tree::sorted(records)?;
        self.ledger()?.admits_all(&records)?;
        tree::build(records.into_iter().map(Entry::Record), |nodes| self.put_nodes(&nodes))
    }

    /// Stores a changed snapshot: `base` with `upserts` put and `removals` taken out, reading and writing only the paths
    /// that change. Exactly what [`put_snapshot`](Self::put_snapshot) gives for the same documents. Documents that were
    /// erased from the base are not in it.
    ///
    /// ```
    /// # use haversack_model::{Digest, DocumentRecord, Media, Trust};
    /// # let folder = tempfile::tempdir()?;
    /// # let store = haversack_store::Store::create(&folder.path().join("s"))?;
    /// # let record = |id: &str, text: &str| DocumentRecord { id: id.parse().unwrap(), text: Digest::of(text.as_bytes()),
    /// #     bytes: text.len() as u64, body: 0, media: Media::Text, title: String::new(), language: None,
    /// #     labels: Default::default(), trust: Trust::Standard, metadata: Default::default() };
    /// let batch = store.batch();
    /// let base = batch.put_snapshot(vec![record("c/a", "one"), record("c/b", "two")])?;
    /// let next = batch.edit_snapshot(Some(base.id), vec![record("c/a", "three")], vec!["c/b".parse()?])?;
    /// assert_eq!((next.documents, next.bytes), (1, 5));
    /// assert_eq!(next, batch.put_snapshot(vec![record("c/a", "three")])?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`put_snapshot`](Self::put_snapshot); when the base is missing or damaged; when a document is both put and removed.
    pub fn edit_snapshot(
        &self,
        base: Option<SnapshotId>,
        upserts: Vec<DocumentRecord>,
        removals: Vec<DocumentId>,
    ) -> Result<Snapshot, StoreError> {
        let Some(base) = base else { return self.put_snapshot(upserts) };
        let upserts = tree::sorted(upserts)?;
        let ledger = self.ledger()?;
        ledger.admits_all(&upserts)?;
        let mut changes: Changes<Entry> = removals.into_iter().map(|id| (id, None)).collect();
        for record in upserts {
            let id = record.id.clone();
            if changes.insert(id.clone(), Some(Entry::Record(record))).is_some() {
                return Err(StoreError::Twice(id));
            }
        }
        // The base may hold what is left of erased documents; a fresh tree would not.
        for id in ledger.documents() {
            if let Some(Entry::Erased { .. }) = walk::find(base, id, |digest| self.node(digest))? {
                changes.entry(id.clone()).or_insert(None);
            }
        }
        let (snapshot, written) = edit::edit(base, changes, &mut |digest| self.node(digest))?;
        written.iter().try_for_each(|encoded| self.put(encoded))?;
        Ok(snapshot)
    }

    /// A node of this batch or of the store.
    pub(crate) fn node(&self, digest: Digest) -> Result<Node, StoreError> {
        self.read(digest, object::decode_node)?.map_or_else(|| self.store.node(digest), Ok)
    }

    /// Stores an object that came from elsewhere, as the frame that holds it, after reading all of it. What was erased
    /// here stays erased: a text that was is left out (`false`), and a leaf loses its entries.
    ///
    /// # Errors
    /// When the frame is damaged, or holds another object than `name`.
    pub fn put_object(&self, name: Digest, frame: &[u8]) -> Result<bool, StoreError> {
        let wrong = |source: Wrong| StoreError::Foreign { object: name, source };
        let (found, mut object) = object::Object::decode(frame).map_err(wrong)?;
        if found != name {
            return Err(wrong(None));
        }
        let ledger = self.ledger()?;
        if matches!(object, object::Object::Text(_)) && ledger.dropped(name) {
            return Ok(false);
        }
        if let object::Object::Node(node) = &mut object
            && ledger.erase_from(node)?
        {
            self.put(&object::encode_node(node)?)?;
            return Ok(true);
        }
        let kind = object.kind();
        self.put(&Encoded { digest: name, kind, frame: frame.to_vec() })?;
        Ok(true)
    }

    fn ledger(&self) -> Result<&Ledger, StoreError> {
        if self.ledger.get().is_none() {
            let _ = self.ledger.set(self.store.ledger()?);
        }
        Ok(self.ledger.get_or_init(Ledger::default))
    }

    fn put_nodes(&self, nodes: &[Node]) -> Result<Vec<Digest>, StoreError> {
        let encoded = tree::encode(nodes)?;
        encoded.iter().try_for_each(|encoded| self.put(encoded))?;
        Ok(encoded.into_iter().map(|encoded| encoded.digest).collect())
    }

    fn put(&self, encoded: &Encoded) -> Result<(), StoreError> {
        if self.has(encoded.digest) { Ok(()) } else { self.append(encoded) }
    }

    /// Whether an object need not be written.
    fn has(&self, digest: Digest) -> bool {
        let staged = self.staged.lock().unwrap_or_else(PoisonError::into_inner);
        if staged.as_ref().is_some_and(|writer| writer.slot(digest).is_some()) {
            return true;
        }
        drop(staged);
        let Some(there) = &self.there else { return false };
        if self.heal { self.store.whole(there, digest) } else { there.has(digest) }
    }

    fn append(&self, encoded: &Encoded) -> Result<(), StoreError> {
        let mut staged = self.staged.lock().unwrap_or_else(PoisonError::into_inner);
        let writer = match &mut *staged {
            Some(writer) => writer,
            none => none.insert(PackWriter::new(&self.store.tmp())?),
        };
        writer.append(encoded.digest, encoded.kind, &encoded.frame)?;
        Ok(())
    }

    /// A staged object, `None` when there is none of that name.
    fn read<T>(
        &self,
        digest: Digest,
        decode: impl FnOnce(Digest, &[u8]) -> Result<T, Wrong>,
    ) -> Result<Option<T>, StoreError> {
        let mut staged = self.staged.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((writer, slot)) =
            staged.as_mut().and_then(|writer| writer.slot(digest).map(|slot| (writer, slot)))
        else {
            return Ok(None);
        };
        let file = writer.reader()?;
        drop(staged);
        let tmp = self.store.tmp();
        let frame = PackWriter::read(&file, &slot).map_err(StoreError::io("read from", &tmp))?;
        decode(digest, &frame).map(Some).map_err(|source| StoreError::damaged(&tmp, source))
    }

    /// Makes everything durable and visible, and merges small packs when there are many.
    ///
    /// # Errors
    /// When a file cannot be written, synced or renamed. Objects that became visible stay: nothing names them yet.
    pub fn commit(self) -> Result<Committed, StoreError> {
        let staged = self.staged.into_inner().unwrap_or_else(PoisonError::into_inner);
        let packs = self.store.packs();
        let Some(written) = staged.map(|writer| writer.finish(packs.folder())).transpose()?.flatten() else {
            return Ok(Committed::default());
        };
        pack::consolidate(packs, &self.store.tmp())?;
        Ok(Committed { objects: written.objects, bytes: written.bytes })
    }
}
