use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::sync::{Mutex, PoisonError};

use haversack_model::{Digest, DocumentRecord, Manifest, SnapshotId, VersionId};
use rayon::prelude::*;
use tempfile::TempPath;

use crate::atomic::shared;
use crate::object;
use crate::tree;
use crate::{Store, StoreError, sync_folder};

/// Objects being written. They appear, whole and durable, when [`commit`](Batch::commit) returns; a batch that is
/// dropped leaves nothing.
///
/// May be used from several threads. Objects that exist are not written again.
#[derive(Debug)]
pub struct Batch<'s> {
    store: &'s Store,
    staged: Mutex<BTreeMap<Digest, TempPath>>,
    /// Whether objects that exist are compared with what they should be, and replaced where they differ.
    heal: bool,
}

impl<'s> Batch<'s> {
    pub(crate) fn new(store: &'s Store) -> Self {
        Self { store, staged: Mutex::new(BTreeMap::new()), heal: false }
    }

    /// Compares objects that exist with what they should be, and replaces damaged ones.
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
        if self.has(digest) {
            return Ok(digest);
        }
        let (digest, bytes) = object::encode_text(text)?;
        self.put(digest, &bytes)
    }

    /// Stores a snapshot: the tree over `records`, in any order, with distinct ids.
    ///
    /// # Errors
    /// When an object cannot be written.
    pub fn put_snapshot(&self, mut records: Vec<DocumentRecord>) -> Result<SnapshotId, StoreError> {
        records.sort_by(|a, b| a.id.cmp(&b.id));
        tree::build(records, |node| {
            let (digest, bytes) = object::encode_node(node)?;
            self.put(digest, &bytes)
        })
    }

    /// Stores a manifest and returns the version id.
    ///
    /// # Errors
    /// When the object cannot be written, or a number of the recipe has no canonical form.
    pub fn put_manifest(&self, manifest: &Manifest) -> Result<VersionId, StoreError> {
        let (digest, bytes) = object::encode_manifest(manifest)?;
        self.put(digest, &bytes)
    }

    fn has(&self, digest: Digest) -> bool {
        let staged = self.staged.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&digest);
        staged || (!self.heal && self.store.has(digest))
    }

    fn put(&self, digest: Digest, bytes: &[u8]) -> Result<Digest, StoreError> {
        // Nodes and manifests are few: they are always compared. Texts come here only when they are new or to be healed.
        if fs::read(self.store.object_path(digest)).is_ok_and(|there| there == bytes) {
            return Ok(digest);
        }
        let tmp = self.store.tmp();
        let mut builder = tempfile::Builder::new();
        shared(builder.prefix("object-"));
        let path =
            builder.tempfile_in(&tmp).map_err(StoreError::io("create a file in", &tmp))?.into_temp_path();
        fs::write(&path, bytes).map_err(StoreError::io("write", &path))?;
        self.staged.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, path);
        Ok(digest)
    }

    /// Makes everything durable and visible. Returns how many objects were new.
    ///
    /// # Errors
    /// When a file cannot be synced or renamed. Objects that were renamed before stay: nothing names them yet.
    pub fn commit(self) -> Result<usize, StoreError> {
        let staged = self.staged.into_inner().unwrap_or_else(PoisonError::into_inner);
        let count = staged.len();
        staged.par_iter().try_for_each(|(_, path)| {
            File::open(path).and_then(|file| file.sync_all()).map_err(StoreError::io("sync", path))
        })?;
        let mut folders = BTreeSet::new();
        for (digest, staged) in staged {
            let path = self.store.object_path(digest);
            let folder = path.parent().unwrap_or(&path).to_owned();
            if folders.insert(folder.clone()) {
                fs::create_dir_all(&folder).map_err(StoreError::io("create folder", &folder))?;
            }
            staged.persist(&path).map_err(|error| StoreError::io("rename to", &path)(error.error))?;
        }
        if count > 0 {
            folders.iter().try_for_each(|folder| sync_folder(folder))?;
            sync_folder(&self.store.objects())?;
        }
        Ok(count)
    }
}
