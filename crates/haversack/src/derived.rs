//! The folders of what can be rebuilt: which segments and indexes there are, and which of them nothing needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use haversack_model::{Digest, VersionId};
use haversack_store::Store;

use crate::Error;
use crate::index_meta::IndexMeta;

/// Segments by name, with their folders. What else lies there is not listed.
pub(crate) fn segments(store: &Store) -> Result<BTreeMap<Digest, PathBuf>, Error> {
    named(&store.derived("segments"))
}

/// Indexes by version, with their files.
pub(crate) fn indexes(store: &Store) -> Result<BTreeMap<VersionId, PathBuf>, Error> {
    named(&store.derived("indexes"))
}

fn named(folder: &Path) -> Result<BTreeMap<Digest, PathBuf>, Error> {
    let name = |path: &PathBuf| path.file_name()?.to_str()?.parse().ok();
    Ok(entries(folder)?.into_iter().filter_map(|path| Some((name(&path)?, path))).collect())
}

/// What lies in a folder, sorted; nothing in one that is not there.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list", folder)(error)),
    };
    let paths = entries.map(|entry| Ok(entry.map_err(Error::io("list", folder))?.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, Error>>()?;
    paths.sort();
    Ok(paths)
}

/// What no version of a set needs: its files, and their bytes.
pub(crate) struct Unneeded {
    pub segments: Vec<PathBuf>,
    pub indexes: Vec<PathBuf>,
    pub bytes: u64,
}

impl Unneeded {
    /// Lists what none of these versions needs.
    pub fn besides(store: &Store, versions: &BTreeSet<VersionId>) -> Result<Self, Error> {
        let mut needed = BTreeSet::new();
        for version in versions {
            // An index that cannot be read is rebuilt from documents, and names no segment until then.
            if let Ok(meta) = IndexMeta::load(store, *version) {
                needed.extend(meta.parts.iter().map(|part| part.segment));
            }
        }
        let segments = segments(store)?.into_iter().filter(|(id, _)| !needed.contains(id));
        let indexes = indexes(store)?.into_iter().filter(|(version, _)| !versions.contains(version));
        let mut segments: Vec<PathBuf> = segments.map(|(_, path)| path).collect();
        // A pull that was killed left these, and nobody pulls now.
        let pulling =
            |path: &PathBuf| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("pulling-"));
        segments.extend(entries(&store.derived("segments"))?.into_iter().filter(pulling));
        let indexes: Vec<PathBuf> = indexes.map(|(_, path)| path).collect();
        let bytes = segments.iter().chain(&indexes).map(|path| size(path)).sum();
        Ok(Self { segments, indexes, bytes })
    }

    /// Removes them: first what names segments, then the segments.
    pub fn remove(&self) -> Result<(), Error> {
        for path in &self.indexes {
            fs::remove_file(path).map_err(Error::io("remove", path))?;
        }
        self.segments.iter().try_for_each(|path| remove_segment(path))
    }
}

/// Removes a segment; a crash in between leaves nothing of its name.
pub(crate) fn remove_segment(path: &Path) -> Result<(), Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let aside = path.with_file_name(format!("building-{name}"));
    fs::rename(path, &aside).map_err(Error::io("remove", path))?;
    fs::remove_dir_all(&aside).map_err(Error::io("remove", &aside))
}

/// Bytes of a file, or of all files below a folder.
pub(crate) fn size(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else {
        return fs::metadata(path).map_or(0, |file| file.len());
    };
    entries.flatten().map(|entry| size(&entry.path())).sum()
}
