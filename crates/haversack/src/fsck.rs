use std::fs;
use std::path::PathBuf;

use haversack_store::{Check, LineRepair, PackRepair};
use serde::Serialize;

use crate::derived::{self, Unneeded};
use crate::index_build::vector_cache;
use crate::repair::{Repair, repair};
use crate::scan_cache::ScanCache;
use crate::{Error, Machine, Progress, Store, signing};

/// What a check of a store found, and what was repaired before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checked {
    /// Objects, versions and lines.
    #[serde(flatten)]
    pub objects: Check,
    /// Indexes of all versions.
    pub indexes: Vec<Repair>,
    /// Segments that no version needs.
    pub unneeded_segments: usize,
    /// Indexes of versions that are in no log.
    pub unneeded_indexes: usize,
    /// Bytes of both.
    pub unneeded_bytes: u64,
    /// Signatures and caches that are damaged. A cache is only read as far as it is whole.
    pub beside: Vec<Damage>,
    /// Lines that were restored.
    pub restored: Vec<LineRepair>,
    /// Packs that were replaced.
    pub replaced: PackRepair,
    /// Whether nothing is wrong now.
    pub ok: bool,
}

/// A file that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub error: String,
}

/// Reads every byte of a store: objects against their names, versions down to the last document, indexes against the
/// documents of their versions. With `mend` it first restores lines that have a whole copy, replaces damaged packs by
/// what is whole in them, finishes erasures, drops what is damaged in caches, and builds indexes again that are missing or
/// damaged. A damaged signature stays, and is told, until the version is signed or pulled again.
///
/// # Errors
/// When the store cannot be listed, or another process writes while things are repaired; damage is no error but is told
/// in the answer.
pub fn fsck(store: &Store, mend: bool, machine: &Machine, progress: &dyn Progress) -> Result<Checked, Error> {
    let (mut restored, mut replaced) = (Vec::new(), PackRepair::default());
    if mend {
        let lock = store.inner.lock()?;
        restored = store.inner.repair_lines(&lock)?;
        replaced = store.inner.repair_packs(&lock)?;
        for cache in scan_caches(store)?.iter().filter(|cache| !ScanCache::is_whole(cache)) {
            fs::remove_file(cache).map_err(Error::io("remove", cache))?;
        }
        if !haversack_embed::check_vectors(&vector_cache(&store.inner))?.is_empty() {
            haversack_embed::retain_vectors(&vector_cache(&store.inner), &|_| true)?;
        }
    }
    let objects = store.inner.check()?;
    let indexes = repair(store, mend, machine, progress)?;
    let versions = store.inner.live_versions().unwrap_or_default().into_iter().collect();
    let unneeded = Unneeded::besides(&store.inner, &versions)?;
    let beside = beside(store)?;
    let whole = objects.problems.is_empty() && beside.is_empty();
    let ok = whole && indexes.iter().all(|index| index.problem.is_none() || index.rebuilt);
    Ok(Checked {
        objects,
        indexes,
        unneeded_segments: unneeded.segments.len(),
        unneeded_indexes: unneeded.indexes.len(),
        unneeded_bytes: unneeded.bytes,
        beside,
        restored,
        replaced,
        ok,
    })
}

/// What is wrong with signatures and caches.
fn beside(store: &Store) -> Result<Vec<Damage>, Error> {
    let mut damaged = Vec::new();
    for (file, version) in signing::all(store)? {
        let whole = match store.signature(version) {
            Ok(Some(text)) => {
                haversack_sign::is_whole(&text, version).map(drop).map_err(|error| error.to_string())
            }
            Ok(None) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        damaged.extend(whole.err().map(|error| Damage { file, error }));
    }
    let caches = scan_caches(store)?.into_iter().filter(|cache| !ScanCache::is_whole(cache));
    damaged
        .extend(caches.map(|file| Damage { file, error: "what is known of sources is damaged".to_owned() }));
    let vectors = haversack_embed::check_vectors(&vector_cache(&store.inner))?;
    damaged.extend(vectors.into_iter().map(|(file, count)| Damage {
        file,
        error: format!("{} damaged", crate::error::count(count, "cached vector")),
    }));
    Ok(damaged)
}

fn scan_caches(store: &Store) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for context in derived::entries(&store.inner.derived("cache").join("scan"))? {
        found.extend(derived::entries(&context)?);
    }
    Ok(found)
}
