//! Erasure: the bytes of a document leave every version, and no identity changes.
//!
//! The ledger comes first, marked as not complete; then packs that hold something of the document are written anew without
//! it; then the ledger is marked complete. A crash leaves work that the next writer, or erasing again, finishes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;

use haversack_model::{Digest, DocumentId};
use rayon::prelude::*;

use crate::ledger::{Erasure, Ledger};
use crate::node::{Entry, Node};
use crate::pack::{self, Frames, Pack, PackSet, PackWriter};
use crate::{Store, StoreError, WriteLock, object, sync_folder};

impl Store {
    /// Erases a document from every version: its records, and its texts unless another document has the same. Version
    /// ids do not change. What was erased cannot be put back under the same name, neither by a build nor by a pull.
    ///
    /// The document's id stays, in the trees and in the ledger. No batch may be open: what it staged is removed.
    ///
    /// Readers that opened a pack before may still hold it open, and a file system may keep freed blocks; both are beyond
    /// a store's reach. So are indexes and caches beside the store, which their owners drop.
    ///
    /// # Errors
    /// When no version holds or held the document, or something in the store is damaged, so that nobody knows what it holds.
    pub fn erase(
        &self,
        lock: &WriteLock,
        document: &DocumentId,
        reason: &str,
        now: u64,
    ) -> Result<Erasure, StoreError> {
        let mut ledger = self.ledger()?;
        let set = self.every_pack()?;
        let found =
            each_entry(&set, |entry, (records, texts): &mut (BTreeSet<Digest>, BTreeSet<Digest>)| {
                if let Entry::Record(record) = entry
                    && record.id == *document
                {
                    records.insert(record.digest()?);
                    texts.insert(record.text);
                }
                Ok(())
            })?;
        let (records, texts) = found.into_iter().fold((BTreeSet::new(), BTreeSet::new()), |mut all, some| {
            all.0.extend(some.0);
            all.1.extend(some.1);
            all
        });
        match ledger.get(document) {
            None if records.is_empty() => return Err(StoreError::NoDocument(document.clone())),
            Some(known) if records.is_empty() && known.complete => return Ok(known.clone()),
            _ => {}
        }
        let (kept, reason) = (BTreeMap::new(), reason.to_owned());
        let document = document.clone();
        ledger.insert(Erasure {
            document: document.clone(),
            records,
            texts,
            kept,
            at: now,
            reason,
            complete: false,
        });
        ledger.write(&Ledger::path(self.root()))?;
        self.complete_erasures(lock)?;
        self.ledger()?.get(&document).cloned().ok_or(StoreError::NoDocument(document))
    }

    /// Does what is left to do of erasures that the ledger has as not complete.
    ///
    /// # Errors
    /// When something in the store is damaged; the erasures stay incomplete.
    pub fn complete_erasures(&self, _lock: &WriteLock) -> Result<(), StoreError> {
        let mut ledger = self.ledger()?;
        if ledger.erasures.iter().all(|erasure| erasure.complete) {
            return Ok(());
        }
        let set = self.every_pack()?;
        let kept = others(&set, &ledger)?;
        ledger.settle(&kept);
        let (mut emptied, mut written) = (Vec::new(), BTreeSet::new());
        for pack in &set.packs {
            if let Some(name) = self.without_erased(pack, &ledger)? {
                written.extend(name);
                emptied.push(pack);
            }
        }
        pack::remove(emptied.into_iter().filter(|pack| !written.contains(&pack.name())))?;
        sync_folder(self.packs().folder())?;
        self.clear_tmp();
        self.packs().reload()?;
        ledger.erasures.iter_mut().for_each(|erasure| erasure.complete = true);
        ledger.write(&Ledger::path(self.root()))
    }

    /// Writes a pack anew without what was erased; `None` when it holds nothing of that, else the name of the new pack, if
    /// anything is left.
    fn without_erased(
        &self,
        pack: &Arc<Pack>,
        ledger: &Ledger,
    ) -> Result<Option<Option<String>>, StoreError> {
        let gone: BTreeSet<Digest> = ledger.pending().flat_map(|erasure| &erasure.texts).copied().collect();
        let mut slots = pack.index()?.slots;
        slots.sort_by_key(|slot| slot.offset);
        let mut changed: BTreeMap<Digest, object::Encoded> = BTreeMap::new();
        for slot in slots.iter().filter(|slot| slot.is_tree()) {
            let mut node = decode(pack, slot)?;
            if ledger.erase_from(&mut node)? {
                changed.insert(slot.digest, object::encode_node(&node)?);
            }
        }
        if changed.is_empty() && !slots.iter().any(|slot| gone.contains(&slot.digest)) {
            return Ok(None);
        }
        let mut writer = PackWriter::new(&self.tmp())?;
        let mut frames = Frames::new(pack);
        for slot in slots.iter().filter(|slot| !gone.contains(&slot.digest)) {
            match changed.get(&slot.digest) {
                Some(new) => writer.append(new.digest, new.kind, &new.frame)?,
                // Damaged frames are copied as they are: they are for `check` to tell.
                None => writer.append(slot.digest, slot.kind, frames.read(slot)?)?,
            };
        }
        Ok(Some(writer.finish(self.packs().folder())?.map(|written| written.name)))
    }

    /// All packs, listed anew; an error when one cannot be opened.
    pub(crate) fn every_pack(&self) -> Result<Arc<PackSet>, StoreError> {
        let set = self.packs().reload()?;
        match set.broken.first() {
            None => Ok(set),
            Some((path, _)) => Err(Pack::open(path).err().unwrap_or_else(|| StoreError::damaged(path, None))),
        }
    }

    /// Removes what writers left behind; nothing reads it.
    pub(crate) fn clear_tmp(&self) {
        for (folder, prefix) in [(self.tmp(), ""), (self.derived("segments"), "building-")] {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for path in entries.flatten().map(|entry| entry.path()) {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if name.starts_with(prefix) {
                    // What cannot be removed harms nobody.
                    let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                }
            }
        }
    }
}

/// Documents, by text, that hold texts of pending erasures and are not themselves erased.
fn others(set: &PackSet, ledger: &Ledger) -> Result<BTreeMap<Digest, BTreeSet<DocumentId>>, StoreError> {
    type Found = BTreeMap<Digest, BTreeSet<DocumentId>>;
    let asked: BTreeSet<Digest> = ledger.pending().flat_map(|erasure| &erasure.texts).copied().collect();
    let found = each_entry(set, |entry, found: &mut Found| {
        if let Entry::Record(record) = entry
            && asked.contains(&record.text)
            && !ledger.holds(&record.id, record.digest()?)
        {
            found.entry(record.text).or_default().insert(record.id);
        }
        Ok(())
    })?;
    let mut all = Found::new();
    for (text, documents) in found.into_iter().flatten() {
        all.entry(text).or_default().extend(documents);
    }
    Ok(all)
}

/// Visits every entry of every leaf of every pack, packs in parallel; one answer for each pack.
fn each_entry<T: Default + Send>(
    set: &PackSet,
    visit: impl Fn(Entry, &mut T) -> Result<(), StoreError> + Sync,
) -> Result<Vec<T>, StoreError> {
    let pack = |pack: &Arc<Pack>| {
        let mut found = T::default();
        for slot in pack.index()?.slots.iter().filter(|slot| slot.is_tree()) {
            if let Node::Leaf(entries) = decode(pack, slot)? {
                entries.into_iter().try_for_each(|entry| visit(entry, &mut found))?;
            }
        }
        Ok(found)
    };
    set.packs.par_iter().map(pack).collect()
}

fn decode(pack: &Pack, slot: &pack::Slot) -> Result<Node, StoreError> {
    object::decode_node(slot.digest, &pack.read(slot)?)
        .map_err(|wrong| StoreError::damaged(&pack.path, wrong))
}
