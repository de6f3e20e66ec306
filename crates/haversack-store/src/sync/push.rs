use std::collections::HashSet;

use haversack_model::{Digest, VersionId};

use super::catalog::{Catalog, index_path, pack_path};
use super::parallel::{Turns, each};
use super::{Content, Progress, Remote, SyncError, erasures, prepare};
use crate::object::Object;
use crate::pack::{self, Index, Slot, header};
use crate::{Store, StoreError};

/// Bytes of objects in one pack; a larger object has one for itself.
const PACK: u64 = 32 << 20;
/// Packs in memory at once.
const AT_ONCE: usize = 3;

/// What went up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pushed {
    /// Objects that the remote had not.
    pub objects: u64,
    /// Packs that they are in.
    pub packs: u64,
    /// Bytes sent; packs that were there from a push that did not end are not sent again.
    pub bytes: u64,
}

/// Sends every object that these versions need and the remote has not. Takes no lock.
///
/// With `thorough`, also looks below what the remote has, which mends a remote that lost packs; it costs reading all nodes
/// here, and nothing there.
///
/// Children go before what needs them, and a pack counts only after all before it: whenever this ends, what is at the
/// remote is closed, and the next push goes on where this one stopped.
///
/// # Errors
/// When an object here is missing or damaged, or the remote fails; [`SyncError::Erased`] and
/// [`SyncError::ErasedHere`] when documents were erased only there, or only here.
pub fn push_objects(
    store: &Store,
    remote: &dyn Remote,
    versions: &[VersionId],
    thorough: bool,
    progress: Progress<'_>,
) -> Result<Pushed, SyncError> {
    push_objects_with(store, remote, versions, thorough, PACK, progress)
}

/// [`push_objects`] in packs of another size, for tests.
///
/// # Errors
/// As there.
#[doc(hidden)]
pub fn push_objects_with(
    store: &Store,
    remote: &dyn Remote,
    versions: &[VersionId],
    thorough: bool,
    most: u64,
    progress: Progress<'_>,
) -> Result<Pushed, SyncError> {
    prepare(remote)?;
    erasures::require_both(store, remote)?;
    let catalog = Catalog::load(remote, &store.derived("cache").join("remote"))?;
    let missing = missing(store, &catalog, versions, thorough)?;
    let total = missing.iter().map(|slot| u64::from(slot.length)).sum();
    let groups = groups(&missing, most);
    let (turns, done) = (Turns::default(), std::sync::atomic::AtomicU64::new(0));
    progress(0, total);
    let sent = each(&groups, AT_ONCE, |at, group| {
        let (name, tail, bytes) = send(store, remote, &catalog, group).inspect_err(|_| turns.fail())?;
        let step = || remote.put(&index_path(&name), Content::Bytes(&tail));
        // Without a turn another pack failed, and its error is the one that is reported.
        if let Some(published) = turns.take(at, step) {
            published?;
            let moved = group.iter().map(|slot| u64::from(slot.length)).sum();
            progress(done.fetch_add(moved, std::sync::atomic::Ordering::Relaxed) + moved, total);
        }
        Ok(bytes)
    })?;
    // Somebody may have erased meanwhile; then nothing of this may be published.
    erasures::require_both(store, remote)?;
    Ok(Pushed { objects: missing.len() as u64, packs: groups.len() as u64, bytes: sent.iter().sum() })
}

/// What the remote has not, children first. A node that it has is not opened: all below it is there too.
fn missing(
    store: &Store,
    catalog: &Catalog,
    versions: &[VersionId],
    thorough: bool,
) -> Result<Vec<Slot>, SyncError> {
    let (mut missing, mut seen) = (Vec::new(), HashSet::new());
    // An object, and whether what it needs stands in the list already.
    let mut stack: Vec<(Digest, bool)> = versions.iter().rev().map(|version| (*version, false)).collect();
    while let Some((digest, opened)) = stack.pop() {
        let there = catalog.has(digest);
        if !opened && ((there && !thorough) || !seen.insert(digest)) {
            continue;
        }
        let slot = slot(store, digest)?;
        if !opened && slot.kind != pack::TEXT {
            stack.push((digest, true));
            stack.extend(store.needs(digest)?.into_iter().rev().map(|needed| (needed, false)));
        } else if !there {
            missing.push(slot);
        }
    }
    Ok(missing)
}

/// Where an object stands here.
fn slot(store: &Store, digest: Digest) -> Result<Slot, StoreError> {
    if let Some((_, slot)) = store.packs().current()?.places(digest).next() {
        return Ok(slot);
    }
    if let Some((_, slot)) = store.packs().reload()?.places(digest).next() {
        return Ok(slot);
    }
    // Reading tells best why it cannot be read.
    Err(store.object(digest).err().unwrap_or(StoreError::Missing(digest)))
}

fn groups(missing: &[Slot], most: u64) -> Vec<&[Slot]> {
    let (mut groups, mut from, mut bytes) = (Vec::new(), 0, 0);
    for (at, slot) in missing.iter().enumerate() {
        let length = u64::from(slot.length);
        if at > from && bytes + length > most {
            groups.push(&missing[from..at]);
            (from, bytes) = (at, 0);
        }
        bytes += length;
    }
    if from < missing.len() {
        groups.push(&missing[from..]);
    }
    groups
}

/// Sends a pack, unless it is there. Returns its name, its index part, and how many bytes were sent.
fn send(
    store: &Store,
    remote: &dyn Remote,
    catalog: &Catalog,
    group: &[Slot],
) -> Result<(String, Vec<u8>, u64), SyncError> {
    // Who pulls reads nodes first, level by level: they stand together.
    let (texts, nodes): (Vec<&Slot>, Vec<&Slot>) = group.iter().partition(|slot| slot.kind == pack::TEXT);
    let frames = nodes.into_iter().chain(texts).map(|slot| Ok((slot.digest, store.object(slot.digest)?)));
    let (bytes, tail) = build(frames)?;
    let name = name(&bytes);
    let length = bytes.len() as u64;
    if catalog.has_file(&name, length) {
        return Ok((name, tail, 0));
    }
    remote.put(&pack_path(&name), Content::Bytes(&bytes))?;
    Ok((name, tail, length))
}

/// The file of a pack of these objects, in this order, and its index part. Every object is read and hashed.
pub(crate) fn build(
    frames: impl Iterator<Item = Result<(Digest, Vec<u8>), SyncError>>,
) -> Result<(Vec<u8>, Vec<u8>), SyncError> {
    let mut bytes = header().to_vec();
    let mut slots = Vec::new();
    for frame in frames {
        let (digest, frame) = frame?;
        let wrong = |source| StoreError::Foreign { object: digest, source };
        let (found, object) = Object::decode(&frame).map_err(wrong)?;
        if found != digest {
            return Err(wrong(None).into());
        }
        let length = u32::try_from(frame.len()).map_err(|_| StoreError::TooLarge(frame.len() as u64))?;
        slots.push(Slot { digest, offset: bytes.len() as u64, length, kind: object.kind() });
        bytes.extend_from_slice(&frame);
    }
    slots.sort_by_key(|slot| slot.digest);
    let tail = Index::encode(&slots, bytes.len() as u64);
    bytes.extend_from_slice(&tail);
    Ok((bytes, tail))
}

/// A pack of a remote is named by its bytes: the same name is the same file, whoever wrote it.
pub(crate) fn name(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_owned()
}
