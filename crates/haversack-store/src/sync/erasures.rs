//! Erasures travel apart from versions: asked for, since they destroy, and before them, lest something come back.

use std::collections::{BTreeMap, BTreeSet};

use haversack_model::{Digest, DocumentId};

use super::catalog::{Catalog, index_path, own_index, pack_path};
use super::parallel::{AT_ONCE, each};
use super::push::{build, name};
use super::ranges;
use super::{Content, Progress, Remote, SyncError, check_format, prepare};
use crate::ledger::{Erasure, Ledger};
use crate::node::{Entry, Node};
use crate::object::{self, Encoded};
use crate::pack::Slot;
use crate::{Store, StoreError, WriteLock};

const PATH: &str = "erased.json";
/// How often a file that others write too is read again and written.
const TRIES: usize = 16;

/// What pushing erasures did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErasedThere {
    /// Documents that the remote did not know as erased, or of which it still held something.
    pub documents: BTreeSet<DocumentId>,
    /// Packs that were replaced or removed.
    pub packs: u64,
}

/// Texts of erased documents, and the other documents that have the same.
type Others = BTreeMap<Digest, BTreeSet<DocumentId>>;

/// The erasures that a remote knows, in the order of documents.
///
/// # Errors
/// When the remote fails, or its ledger is damaged.
pub fn fetch_erasures(remote: &dyn Remote) -> Result<Vec<Erasure>, SyncError> {
    check_format(remote)?;
    Ok(read(remote)?.erasures)
}

/// Erases here what was erased at the remote, and will keep it from coming back. Returns what was new.
///
/// # Errors
/// When the remote or the store fails. What was begun is completed by the store's next writer.
pub fn pull_erasures(
    store: &Store,
    lock: &WriteLock,
    remote: &dyn Remote,
) -> Result<Vec<Erasure>, SyncError> {
    check_format(remote)?;
    let mut ledger = store.ledger()?;
    let new: Vec<Erasure> =
        read(remote)?.erasures.into_iter().filter(|erasure| !knows(&ledger, erasure)).collect();
    if new.is_empty() {
        return Ok(new);
    }
    new.iter().for_each(|erasure| ledger.insert(pending(erasure)));
    ledger.write(&Ledger::path(store.root()))?;
    store.complete_erasures(lock)?;
    Ok(new)
}

/// Erases at the remote what was erased here: its packs are written anew without it, and then the old ones are removed.
///
/// Reads every tree node of the remote when there is something to erase. A text stays when a document that was not erased
/// has the same. With `again`, also what the remote has as erased is looked for: a push by another store that did not know
/// of it yet may have brought it back at the same moment.
///
/// # Errors
/// When the remote fails or holds damaged nodes. What was begun is completed by the next call.
pub fn push_erasures(
    store: &Store,
    remote: &dyn Remote,
    again: bool,
    progress: Progress<'_>,
) -> Result<ErasedThere, SyncError> {
    prepare(remote)?;
    let here = store.ledger()?;
    let mut ledger = update(remote, |there| {
        let new: Vec<Erasure> =
            here.erasures.iter().filter(|erasure| !knows(there, erasure)).map(pending).collect();
        new.into_iter().for_each(|erasure| there.insert(erasure));
        if again {
            there.erasures = there.erasures.iter().map(pending).collect();
        }
    })?;
    let documents: BTreeSet<DocumentId> = ledger.pending().map(|erasure| erasure.document.clone()).collect();
    if documents.is_empty() {
        return Ok(ErasedThere::default());
    }
    let catalog = Catalog::load(remote, &store.derived("cache").join("remote"))?;
    let packs = catalog.by_pack();
    let read = each(&packs, AT_ONCE, |pack, slots| scan(remote, &catalog, pack, slots, &ledger))?;
    let mut others = Others::new();
    for (_, found) in &read {
        found.iter().for_each(|(text, ids)| others.entry(*text).or_default().extend(ids.iter().cloned()));
    }
    ledger.settle(&others);
    let gone: BTreeSet<Digest> = ledger.pending().flat_map(|erasure| &erasure.texts).copied().collect();
    let touched: Vec<(usize, &BTreeMap<Digest, Encoded>)> = read
        .iter()
        .enumerate()
        .filter(|(pack, (changed, _))| {
            !changed.is_empty() || packs[*pack].iter().any(|slot| gone.contains(&slot.digest))
        })
        .map(|(pack, (changed, _))| (pack, changed))
        .collect();
    // A pack may be as large as a pack gets: two in memory at once.
    each(&touched, 2, |at, (pack, changed)| {
        rewrite(remote, &catalog, *pack, &packs[*pack], changed, &gone)?;
        progress(at as u64 + 1, touched.len() as u64);
        Ok(())
    })?;
    let loose = catalog.loose();
    let dropped = each(&loose, 2, |_, name| drop_loose(remote, name, &ledger, &gone))?;
    let packs = touched.len() as u64 + dropped.iter().map(|dropped| u64::from(*dropped)).sum::<u64>();
    update(remote, |there| {
        for erasure in ledger.pending() {
            // Somebody may have erased more of it meanwhile, which is for them to complete.
            if there.get(&erasure.document).is_some_and(|there| there.records == erasure.records) {
                there.insert(Erasure { complete: true, ..erasure.clone() });
            }
        }
        there.settle(&others);
    })?;
    Ok(ErasedThere { documents, packs })
}

/// Refuses to go on when something was erased at the remote that is not erased here.
pub(crate) fn require_here(store: &Store, remote: &dyn Remote) -> Result<(), SyncError> {
    let documents = unknown(&store.ledger()?, read(remote)?);
    if documents.is_empty() { Ok(()) } else { Err(SyncError::Erased { documents }) }
}

/// Also when something was erased here that is not erased at the remote: a leaf without it would go there, and nobody
/// would know why.
pub(crate) fn require_both(store: &Store, remote: &dyn Remote) -> Result<(), SyncError> {
    let (here, there) = (store.ledger()?, read(remote)?);
    let documents = unknown(&there, here.clone());
    if !documents.is_empty() {
        return Err(SyncError::ErasedHere { documents });
    }
    let documents = unknown(&here, there);
    if documents.is_empty() { Ok(()) } else { Err(SyncError::Erased { documents }) }
}

/// Documents of one ledger that another does not know as erased.
fn unknown(ledger: &Ledger, other: Ledger) -> Vec<DocumentId> {
    let unknown = other.erasures.into_iter().filter(|erasure| !knows(ledger, erasure));
    unknown.map(|erasure| erasure.document).collect()
}

fn read(remote: &dyn Remote) -> Result<Ledger, SyncError> {
    let bytes = remote.get(PATH)?;
    bytes.map_or_else(|| Ok(Ledger::default()), |bytes| parse(&bytes))
}

fn parse(bytes: &[u8]) -> Result<Ledger, SyncError> {
    Ledger::from_bytes(bytes).map_err(|error| SyncError::damaged(PATH, error))
}

/// Changes the remote's ledger, and returns it as it then is. Changes made by others meanwhile are kept.
fn update(remote: &dyn Remote, change: impl Fn(&mut Ledger)) -> Result<Ledger, SyncError> {
    let mut tries = 0;
    loop {
        let (before, tag) = match remote.get_with_tag(PATH)? {
            Some((bytes, tag)) => (parse(&bytes)?, Some(tag)),
            None => (Ledger::default(), None),
        };
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return Ok(after);
        }
        tries += 1;
        match remote.put_if(PATH, &after.to_bytes()?, tag.as_ref()) {
            Ok(_) => return Ok(after),
            Err(SyncError::LostRace { .. }) if tries < TRIES => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether all that an erasure names is erased according to a ledger, or kept for the sake of another document.
fn knows(ledger: &Ledger, erasure: &Erasure) -> bool {
    ledger.get(&erasure.document).is_some_and(|known| {
        let texts = |erasure: &Erasure| -> BTreeSet<Digest> {
            erasure.texts.iter().chain(erasure.kept.keys()).copied().collect()
        };
        known.records.is_superset(&erasure.records) && texts(known).is_superset(&texts(erasure))
    })
}

/// An erasure as it is to be carried out in another place, where other documents may have the same texts.
fn pending(erasure: &Erasure) -> Erasure {
    let mut erasure = erasure.clone();
    erasure.texts.extend(std::mem::take(&mut erasure.kept).into_keys());
    erasure.complete = false;
    erasure
}

/// Leaves of a pack that lose entries, as they will be, and documents that have texts of pending erasures.
fn scan(
    remote: &dyn Remote,
    catalog: &Catalog,
    pack: usize,
    slots: &[Slot],
    ledger: &Ledger,
) -> Result<(BTreeMap<Digest, Encoded>, Others), SyncError> {
    let path = catalog.packs[pack].path();
    let asked: BTreeSet<Digest> = ledger.pending().flat_map(|erasure| &erasure.texts).copied().collect();
    let (mut changed, mut others) = (BTreeMap::new(), Others::new());
    let nodes = slots.iter().filter(|slot| slot.is_tree()).copied().collect();
    for read in ranges::plan(pack, nodes, catalog.packs[pack].end) {
        let bytes = remote.get_range(&path, read.start()..read.end())?;
        for slot in &read.slots {
            let mut node = object::decode_node(slot.digest, read.frame(&bytes, slot)).map_err(|source| {
                let source = StoreError::Foreign { object: slot.digest, source };
                SyncError::Damaged { path: path.clone(), source: Some(Box::new(source)) }
            })?;
            if ledger.erase_from(&mut node)? {
                changed.insert(slot.digest, object::encode_node(&node)?);
            }
            let Node::Leaf(entries) = node else { continue };
            for entry in entries {
                if let Entry::Record(record) = entry
                    && asked.contains(&record.text)
                {
                    others.entry(record.text).or_default().insert(record.id);
                }
            }
        }
    }
    Ok((changed, others))
}

/// Replaces a pack. The new one counts before the old one is gone, so no reader misses an object that stays.
fn rewrite(
    remote: &dyn Remote,
    catalog: &Catalog,
    pack: usize,
    slots: &[Slot],
    changed: &BTreeMap<Digest, Encoded>,
    gone: &BTreeSet<Digest>,
) -> Result<(), SyncError> {
    let old = &catalog.packs[pack];
    let bytes = remote.get_range(&old.path(), 0..old.end)?;
    let mut slots: Vec<&Slot> = slots.iter().filter(|slot| !gone.contains(&slot.digest)).collect();
    slots.sort_by_key(|slot| slot.offset);
    let frame = |slot: &&Slot| match changed.get(&slot.digest) {
        Some(new) => Ok((slot.digest, new.frame.clone())),
        None => {
            let (from, to) = (usize::try_from(slot.offset), usize::try_from(slot.end()));
            let frame = from.ok().zip(to.ok()).and_then(|(from, to)| bytes.get(from..to));
            Ok((slot.digest, frame.unwrap_or_default().to_vec()))
        }
    };
    let (new, tail) = build(slots.iter().map(frame))
        .map_err(|error| SyncError::Damaged { path: old.path(), source: Some(Box::new(error)) })?;
    let new_name = name(&new);
    if !slots.is_empty() {
        remote.put(&pack_path(&new_name), Content::Bytes(&new))?;
        remote.put(&index_path(&new_name), Content::Bytes(&tail))?;
    }
    if new_name != old.name {
        // In this order: an index without its pack tells nothing and is not looked at.
        remote.remove(&old.path())?;
        remote.remove(&index_path(&old.name))?;
    }
    Ok(())
}

/// Removes a pack that never got its index, when it holds something that was erased. Whether it did.
fn drop_loose(
    remote: &dyn Remote,
    name: &str,
    ledger: &Ledger,
    gone: &BTreeSet<Digest>,
) -> Result<bool, SyncError> {
    let path = pack_path(name);
    let Some(bytes) = remote.get(&path)? else { return Ok(false) };
    let holds = |slot: &Slot| {
        let (from, to) = (usize::try_from(slot.offset).ok()?, usize::try_from(slot.end()).ok()?);
        let frame = bytes.get(from..to)?;
        let mut node = object::decode_node(slot.digest, frame).ok()?;
        ledger.erase_from(&mut node).ok()
    };
    let clean = own_index(&bytes).is_ok_and(|index| {
        index
            .slots
            .iter()
            .all(|slot| !gone.contains(&slot.digest) && (!slot.is_tree() || holds(slot) == Some(false)))
    });
    if !clean {
        remote.remove(&path)?;
    }
    Ok(!clean)
}
