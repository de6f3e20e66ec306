use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use haversack_model::{Digest, VersionId};

use super::catalog::Catalog;
use super::parallel::{AT_ONCE, each};
use super::ranges::{self, Read};
use super::{Progress, Remote, SyncError, check_format, erasures};
use crate::ledger::Ledger;
use crate::node::Node;
use crate::object::Object;
use crate::pack::{self, Slot};
use crate::{Batch, Store, StoreError, WriteLock};

/// Bytes after which what came is made durable, so that a pull that is killed goes on from there.
const COMMIT: u64 = 128 << 20;

/// What came down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pulled {
    /// Objects that were not here.
    pub objects: u64,
    /// Bytes read for them.
    pub bytes: u64,
}

/// Fetches every object that these versions need and that is not here. What was erased here stays erased; what was
/// erased at the remote must have been erased here before, by [`pull_erasures`](super::pull_erasures).
///
/// With `thorough`, everything that is here is read too, and what is damaged is fetched again: so a remote mends a store.
///
/// Objects that came are kept when this fails or is killed, and are not fetched again. They become part of the store's
/// history when a line names their version.
///
/// # Errors
/// When the remote has no such version, holds damaged objects, or fails; [`SyncError::Erased`]; when the store cannot be
/// written.
pub fn pull_objects(
    store: &Store,
    lock: &WriteLock,
    remote: &dyn Remote,
    versions: &[VersionId],
    thorough: bool,
    progress: Progress<'_>,
) -> Result<Pulled, SyncError> {
    pull_objects_with(store, lock, remote, versions, thorough, COMMIT, progress)
}

/// [`pull_objects`] with another number of bytes between commits, for tests.
///
/// # Errors
/// As there.
#[doc(hidden)]
pub fn pull_objects_with(
    store: &Store,
    _lock: &WriteLock,
    remote: &dyn Remote,
    versions: &[VersionId],
    thorough: bool,
    commit: u64,
    progress: Progress<'_>,
) -> Result<Pulled, SyncError> {
    check_format(remote)?;
    erasures::require_here(store, remote)?;
    let mut pulled = Pulled::default();
    // A pack is replaced by another when something in it is erased; then the list is stale, and read again once.
    for last in [false, true] {
        let catalog = Catalog::load(remote, &store.derived("cache").join("remote"))?;
        store.packs().reload()?;
        let whole = if thorough { HashSet::new() } else { whole_nodes(store) };
        let ledger = store.ledger()?;
        let mut pull = Pull { store, remote, catalog, whole, ledger, progress, commit, thorough, pulled };
        match pull.run(versions) {
            Err(SyncError::Absent { .. }) if !last => pulled = pull.pulled,
            Err(error) => return Err(error),
            Ok(()) => return Ok(pull.pulled),
        }
    }
    Ok(pulled)
}

/// Nodes and versions of which everything below is here: those of the versions that this store's own lines name. Others
/// may be what is left of a pull that did not end, or of a collection of garbage. Leaves are not read for it.
fn whole_nodes(store: &Store) -> HashSet<Digest> {
    let mut whole = HashSet::new();
    let lines = store.contexts().unwrap_or_default();
    for version in
        lines.iter().filter_map(|context| store.line(context).ok()).flat_map(|line| line.versions())
    {
        let Ok(manifest) = store.manifest(version) else { continue };
        let mut found = vec![version];
        let mut branches: Vec<Digest> = manifest.snapshots.values().map(|snapshot| snapshot.id).collect();
        let read = loop {
            let Some(digest) = branches.pop() else { break true };
            if whole.contains(&digest) {
                continue;
            }
            found.push(digest);
            match store.node(digest) {
                Ok(Node::Branch { level: 1, children }) => {
                    found.extend(children.iter().map(|child| child.node))
                }
                Ok(Node::Branch { children, .. }) => branches.extend(children.iter().map(|child| child.node)),
                Ok(Node::Leaf(_)) => {}
                Err(_) => break false,
            }
        };
        if read {
            whole.extend(found);
        }
    }
    whole
}

struct Pull<'p> {
    store: &'p Store,
    remote: &'p dyn Remote,
    catalog: Catalog,
    whole: HashSet<Digest>,
    ledger: Ledger,
    progress: Progress<'p>,
    /// Bytes after which what came is made durable.
    commit: u64,
    /// Whether texts that are here are read to see whether they are whole.
    thorough: bool,
    pulled: Pulled,
}

impl Pull<'_> {
    /// Level by level: versions, roots, branches, leaves, texts.
    fn run(&mut self, versions: &[VersionId]) -> Result<(), SyncError> {
        let mut seen = HashSet::new();
        let mut frontier: BTreeSet<Digest> = versions.iter().copied().collect();
        let done = AtomicU64::new(0);
        let mut total = 0;
        while !frontier.is_empty() {
            let (mut wanted, mut next) = (Vec::new(), BTreeSet::new());
            for digest in frontier {
                if self.whole.contains(&digest) || !seen.insert(digest) {
                    continue;
                }
                match self.here(digest)? {
                    Some(needs) => next.extend(needs),
                    None => wanted.push(digest),
                }
            }
            let reads = self.plan(&wanted)?;
            total += reads.iter().map(|read| read.bytes()).sum::<u64>();
            (self.progress)(done.load(Ordering::Relaxed), total);
            let mut rest = reads.as_slice();
            while !rest.is_empty() {
                let (now, later) = rest.split_at(portion(rest, self.commit));
                next.extend(self.fetch(now, &done, total)?);
                rest = later;
            }
            frontier = next;
        }
        Ok(())
    }

    /// What an object that is here needs; `None` when it is not here. Texts are not read: their names are enough.
    fn here(&self, digest: Digest) -> Result<Option<Vec<Digest>>, SyncError> {
        let set = self.store.packs().current().map_err(SyncError::Store)?;
        match set.places(digest).next() {
            None => Ok(None),
            Some((_, slot)) if slot.kind == pack::TEXT => {
                Ok((!self.thorough || self.store.text(digest).is_ok()).then(Vec::new))
            }
            // One that is damaged here is fetched again.
            Some(_) => Ok(self.store.needs(digest).ok()),
        }
    }

    /// Where to read what is wanted, in as few requests as is reasonable.
    fn plan(&self, wanted: &[Digest]) -> Result<Vec<Read>, SyncError> {
        let mut packs: BTreeMap<usize, Vec<Slot>> = BTreeMap::new();
        for digest in wanted {
            let (pack, slot) =
                self.catalog.places(*digest).first().ok_or(SyncError::Missing { object: *digest })?;
            packs.entry(*pack).or_default().push(*slot);
        }
        let plan = |(pack, slots)| ranges::plan(pack, slots, self.catalog.packs[pack].end);
        Ok(packs.into_iter().flat_map(plan).collect())
    }

    /// Fetches one portion and makes it durable. Returns what its objects need.
    fn fetch(&mut self, reads: &[Read], done: &AtomicU64, total: u64) -> Result<BTreeSet<Digest>, SyncError> {
        // Objects that are here and damaged are written again.
        let batch = self.store.batch().healing(true);
        let next = Mutex::new(BTreeSet::new());
        let this = &*self;
        let result = each(reads, AT_ONCE, |_, read| {
            let needs = this.read(&batch, read)?;
            next.lock().unwrap_or_else(PoisonError::into_inner).extend(needs);
            let bytes = read.bytes();
            (this.progress)(done.fetch_add(bytes, Ordering::Relaxed) + bytes, total);
            Ok(bytes)
        });
        // What came before an error is kept.
        let committed = batch.commit()?;
        self.pulled.objects += committed.objects;
        self.pulled.bytes += result?.iter().sum::<u64>();
        Ok(next.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn read(&self, batch: &Batch<'_>, read: &Read) -> Result<Vec<Digest>, SyncError> {
        let path = self.catalog.packs[read.pack].path();
        let bytes = self.remote.get_range(&path, read.start()..read.end())?;
        let mut needs = Vec::new();
        for slot in &read.slots {
            let frame = read.frame(&bytes, slot);
            needs.extend(match accept(batch, &self.ledger, slot.digest, frame) {
                Err(StoreError::Foreign { source, .. }) => {
                    self.elsewhere(batch, slot.digest, &path, source)?
                }
                other => other?,
            });
        }
        Ok(needs)
    }

    /// Takes an object from another pack than the one that holds it damaged.
    fn elsewhere(
        &self,
        batch: &Batch<'_>,
        digest: Digest,
        damaged: &str,
        source: Option<haversack_model::frame::FrameError>,
    ) -> Result<Vec<Digest>, SyncError> {
        for (pack, slot) in self.catalog.places(digest) {
            let path = self.catalog.packs[*pack].path();
            if path != damaged
                && let Ok(frame) = self.remote.get_range(&path, slot.offset..slot.end())
                && let Ok(needs) = accept(batch, &self.ledger, digest, &frame)
            {
                return Ok(needs);
            }
        }
        let source = StoreError::Foreign { object: digest, source };
        Err(SyncError::Damaged { path: damaged.to_owned(), source: Some(Box::new(source)) })
    }
}

/// Puts an object into the batch, if it is what it should be, and tells what it needs. What a leaf has of erased documents
/// needs nothing; an erased text comes only when a document that was not erased has the same.
fn accept(
    batch: &Batch<'_>,
    ledger: &Ledger,
    digest: Digest,
    frame: &[u8],
) -> Result<Vec<Digest>, StoreError> {
    if frame.get(4..8) == Some(&pack::TEXT) && !ledger.dropped(digest) {
        return batch.put_object(digest, frame).map(|_| Vec::new());
    }
    let wrong = |source| StoreError::Foreign { object: digest, source };
    match Object::decode(frame).map_err(wrong)? {
        (found, _) if found != digest => Err(wrong(None)),
        (_, Object::Text(text)) => batch.put_text(&text).map(|_| Vec::new()),
        (_, Object::Node(mut node)) => {
            ledger.erase_from(&mut node)?;
            batch.put_object(digest, frame)?;
            Ok(Object::Node(node).needs())
        }
        (_, manifest) => {
            batch.put_object(digest, frame)?;
            Ok(manifest.needs())
        }
    }
}

/// How many reads make a portion; at least one.
fn portion(reads: &[Read], commit: u64) -> usize {
    let mut bytes = 0;
    let most = reads.iter().take_while(|read| {
        let before = bytes;
        bytes += read.bytes();
        before < commit
    });
    most.count().max(1)
}
