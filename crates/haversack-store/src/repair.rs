//! Repair of what the store itself can repair: lines from the copy before their last change, packs from the objects in
//! them that are whole.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use haversack_model::{Digest, VersionId, frame};
use serde::Serialize;

use crate::ledger::Ledger;
use crate::pack::{self, Pack, PackWriter, Tag};
use crate::{Line, Store, StoreError, WriteLock, object, sync_folder};

/// A line that was put back to what it was before its last change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineRepair {
    /// The context.
    pub context: String,
    /// Entries of its log now. Later ones, if there were any, are lost, and so are tags set since.
    pub entries: usize,
    /// The latest version now.
    pub latest: Option<VersionId>,
    /// Versions of this context whose manifests are in the store and that no line names: lost entries, or builds that were
    /// never published.
    pub lost: Vec<VersionId>,
}

/// What was done about damaged packs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PackRepair {
    /// Names of packs that were damaged, and are gone.
    pub packs: Vec<String>,
    /// Objects that were whole in them, and are in a new pack.
    pub salvaged: u64,
    /// Objects that an index named and that are nowhere whole.
    pub lost: Vec<Digest>,
}

impl Store {
    /// Puts lines that are damaged or lost back to what they were before their last change, and says what may be lost. A
    /// lost or damaged ledger of erasures is put back likewise. What has no whole copy is left as it is.
    ///
    /// # Errors
    /// When a file cannot be read or replaced.
    pub fn repair_lines(&self, _lock: &WriteLock) -> Result<Vec<LineRepair>, StoreError> {
        Ledger::restore(&Ledger::path(self.root()))?;
        let mut repaired = Vec::new();
        for context in self.contexts()? {
            if let Some(line) = Line::restore(&self.line_path(&context))? {
                repaired.push((context, line));
            } else if self.check_old(&context).is_err() && self.line(&context).is_ok() {
                crate::checked::forget_old(&self.line_path(&context))?;
            }
        }
        if repaired.is_empty() {
            return Ok(Vec::new());
        }
        let named = self.named()?;
        let strays = self.manifests()?.into_iter().filter(|version| !named.contains(version));
        // A manifest that cannot be read tells nothing of its context.
        let strays: Vec<(VersionId, String)> =
            strays.filter_map(|version| Some((version, self.manifest(version).ok()?.recipe.name))).collect();
        let repair = |(context, line): (String, Line)| {
            let lost =
                strays.iter().filter(|(_, name)| *name == context).map(|(version, _)| *version).collect();
            LineRepair { entries: line.entries.len(), latest: line.latest(), lost, context }
        };
        Ok(repaired.into_iter().map(repair).collect())
    }

    /// Every version that some readable line names.
    fn named(&self) -> Result<BTreeSet<VersionId>, StoreError> {
        let lines = self.contexts()?.into_iter().filter_map(|context| self.line(&context).ok());
        Ok(lines.flat_map(|line| line.all_versions()).collect())
    }

    /// Every manifest in packs whose index can be read.
    fn manifests(&self) -> Result<BTreeSet<VersionId>, StoreError> {
        let set = self.packs().reload()?;
        let slots = set.packs.iter().filter_map(|pack| pack.index().ok()).flat_map(|index| index.slots);
        Ok(slots.filter(|slot| slot.kind == pack::MANIFEST).map(|slot| slot.digest).collect())
    }

    /// Replaces packs that are damaged by one with the objects of them that are whole. What is lost can often be read from
    /// the sources again by a build with [`Batch::healing`](crate::Batch::healing).
    ///
    /// # Errors
    /// When a file cannot be read or written; a pack of a newer format is left alone, and an error.
    pub fn repair_packs(&self, lock: &WriteLock) -> Result<PackRepair, StoreError> {
        let set = self.packs().reload()?;
        let mut repair = PackRepair::default();
        let mut damaged = Vec::new();
        for (path, _) in &set.broken {
            match Pack::open(path) {
                Err(StoreError::Damaged { .. }) => damaged.push(path.clone()),
                Err(error) => return Err(error),
                Ok(_) => {}
            }
        }
        let mut named = BTreeSet::new();
        for pack in &set.packs {
            let report = crate::check_pack::check(pack, &Ledger::default());
            if !report.problems.is_empty() {
                damaged.push(pack.path.clone());
                named.extend(report.named);
            }
        }
        if damaged.is_empty() {
            return Ok(repair);
        }
        let mut writer = PackWriter::new(&self.tmp())?;
        for path in &damaged {
            repair.salvaged += salvage(path, &mut writer)?;
        }
        let written = writer.finish(self.packs().folder())?.map(|written| written.name);
        for path in damaged {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if written.as_ref() != Some(&name) {
                fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
            }
            repair.packs.push(name);
        }
        sync_folder(self.packs().folder())?;
        // What damage kept from being erased can be erased now.
        self.complete_erasures(lock)?;
        let set = self.packs().reload()?;
        repair.lost = named.into_iter().filter(|digest| !self.whole(&set, *digest)).collect();
        Ok(repair)
    }
}

/// Copies every whole object of a file.
fn salvage(path: &Path, writer: &mut PackWriter) -> Result<u64, StoreError> {
    let bytes = fs::read(path).map_err(StoreError::io("read", path))?;
    let mut count = 0;
    for (digest, kind, frame) in salvageable(&bytes) {
        count += u64::from(writer.append(digest, kind, frame)?);
    }
    Ok(count)
}

/// Every whole object that stands in some bytes, wherever it stands: an index is not asked.
pub(crate) fn salvageable(bytes: &[u8]) -> impl Iterator<Item = (Digest, Tag, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        loop {
            rest = rest.get(rest.windows(4).position(|window| window == b"HVSK")?..)?;
            let Some((frame, after)) =
                frame::split_first(rest).ok().filter(|(frame, _)| object::is_whole(frame))
            else {
                rest = rest.get(4..)?;
                continue;
            };
            rest = after;
            if let Ok((digest, object)) = object::Object::decode(frame) {
                return Some((digest, object.kind(), frame));
            }
        }
    })
}
