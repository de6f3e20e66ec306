//! Remotes that count, fail and lie, for the tests of sync.
#![allow(dead_code, reason = "every test file uses a part of it")]

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use haversack_model::{Digest, VersionId};
use haversack_store::Store;
use haversack_store::sync::{self, Content, FolderRemote, Pulled, Pushed, Remote, SyncError, Tag};

/// A folder remote that counts what goes through, and fails after so many calls.
pub struct Watched {
    pub folder: FolderRemote,
    pub calls: AtomicU64,
    pub up: AtomicU64,
    pub down: AtomicU64,
    /// Calls that still work.
    pub left: AtomicI64,
}

impl Watched {
    pub fn new(root: &Path) -> Self {
        Self {
            folder: FolderRemote::new(root),
            calls: AtomicU64::new(0),
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            left: AtomicI64::new(i64::MAX),
        }
    }

    pub fn fail_after(&self, calls: i64) {
        self.left.store(calls, Ordering::SeqCst);
    }

    /// Calls, bytes up, bytes down since the last time.
    pub fn take(&self) -> (u64, u64, u64) {
        let take = |count: &AtomicU64| count.swap(0, Ordering::SeqCst);
        (take(&self.calls), take(&self.up), take(&self.down))
    }

    fn call(&self, path: &str) -> Result<(), SyncError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.left.fetch_sub(1, Ordering::SeqCst) > 0 {
            return Ok(());
        }
        let source = Box::from("the line went dead");
        Err(SyncError::Transport { remote: self.describe(), action: "reach", path: path.to_owned(), source })
    }

    fn came(&self, bytes: &[u8]) {
        self.down.fetch_add(bytes.len() as u64, Ordering::SeqCst);
    }
}

impl Remote for Watched {
    fn describe(&self) -> String {
        self.folder.describe()
    }

    fn get(&self, path: &str) -> Result<Option<Vec<u8>>, SyncError> {
        self.call(path)?;
        self.folder.get(path).inspect(|bytes| self.came(bytes.as_deref().unwrap_or_default()))
    }

    fn get_range(&self, path: &str, range: Range<u64>) -> Result<Vec<u8>, SyncError> {
        self.call(path)?;
        self.folder.get_range(path, range).inspect(|bytes| self.came(bytes))
    }

    fn get_with_tag(&self, path: &str) -> Result<Option<(Vec<u8>, Tag)>, SyncError> {
        self.call(path)?;
        self.folder.get_with_tag(path)
    }

    fn put(&self, path: &str, content: Content<'_>) -> Result<(), SyncError> {
        self.call(path)?;
        let bytes = match content {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::File(path) => std::fs::metadata(path).unwrap().len(),
        };
        self.folder.put(path, content)?;
        self.up.fetch_add(bytes, Ordering::SeqCst);
        Ok(())
    }

    fn put_if(&self, path: &str, bytes: &[u8], expected: Option<&Tag>) -> Result<Tag, SyncError> {
        self.call(path)?;
        self.folder.put_if(path, bytes, expected)
    }

    fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, SyncError> {
        self.call(folder)?;
        self.folder.list(folder)
    }

    fn exists(&self, path: &str) -> Result<bool, SyncError> {
        self.call(path)?;
        self.folder.exists(path)
    }

    fn remove(&self, path: &str) -> Result<(), SyncError> {
        self.call(path)?;
        self.folder.remove(path)
    }
}

/// Every object that versions need, by walking them.
pub fn closure(store: &Store, versions: &[VersionId]) -> BTreeSet<Digest> {
    let mut found = BTreeSet::new();
    let mut open = versions.to_vec();
    while let Some(digest) = open.pop() {
        if found.insert(digest) {
            open.extend(store.needs(digest).unwrap());
        }
    }
    found
}

/// Pushes a context as a caller does: objects, then the line.
pub fn push(store: &Store, remote: &dyn Remote, context: &str) -> Result<Pushed, SyncError> {
    let line = store.line(context)?;
    let pushed = sync::push_objects(store, remote, &line.versions(), false, &|_, _| {})?;
    sync::push_line(remote, context, &line, false)?;
    Ok(pushed)
}

/// Pulls a context as a caller does: the line is fetched first and written last.
pub fn pull(
    store: &Store,
    remote: &dyn Remote,
    context: &str,
    diverged: sync::Diverged,
) -> Result<Pulled, SyncError> {
    let lock = store.lock()?;
    let (there, _) = sync::fetch_line(remote, context)?.unwrap();
    let versions = there.versions();
    let pulled = sync::pull_objects(store, &lock, remote, &versions, false, &|_, _| {})?;
    let here = store.line(context).ok();
    let whole = versions.into_iter().collect();
    let line = sync::merge_line(context, here.as_ref(), &there, &whole, diverged, false)?;
    store.set_line(&lock, context, &line)?;
    Ok(pulled)
}
