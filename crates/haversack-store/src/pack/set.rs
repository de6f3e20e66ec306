use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use haversack_model::Digest;

use super::file::Identity;
use super::{EXTENSION, Pack, Slot};
use crate::StoreError;

/// The packs of a store as they were at one moment, largest first.
#[derive(Debug, Default)]
pub(crate) struct PackSet {
    pub packs: Vec<Arc<Pack>>,
    /// Packs that could not be opened.
    pub broken: Vec<(PathBuf, StoreError)>,
}

impl PackSet {
    /// Every place where an object stands; packs whose index cannot be read hold nothing.
    pub fn places(&self, digest: Digest) -> impl Iterator<Item = (&Arc<Pack>, Slot)> {
        self.packs.iter().filter_map(move |pack| Some((pack, pack.find(digest).ok().flatten()?)))
    }

    pub fn has(&self, digest: Digest) -> bool {
        self.places(digest).next().is_some()
    }

    pub fn bytes(&self) -> u64 {
        self.packs.iter().map(|pack| pack.bytes).sum()
    }
}

/// The packs of a folder, opened once and looked at again when something is not found.
#[derive(Debug)]
pub(crate) struct Packs {
    folder: PathBuf,
    current: RwLock<Option<Arc<PackSet>>>,
}

impl Packs {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, current: RwLock::new(None) }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The packs as they were when last looked at.
    pub fn current(&self) -> Result<Arc<PackSet>, StoreError> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        current.map_or_else(|| self.reload(), Ok)
    }

    /// Lists the folder again. Packs that did not change stay open.
    pub fn reload(&self) -> Result<Arc<PackSet>, StoreError> {
        let known = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        let known: BTreeMap<&Path, &Arc<Pack>> =
            known.iter().flat_map(|set| &set.packs).map(|pack| (pack.path.as_path(), pack)).collect();
        // A pack may be replaced by another between listing and opening: then the list is stale, and read again.
        let mut tries = 0;
        let set = loop {
            let (set, stale) = self.list(&known)?;
            tries += 1;
            if !stale || tries == 8 {
                break Arc::new(set);
            }
        };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&set));
        Ok(set)
    }

    fn list(&self, known: &BTreeMap<&Path, &Arc<Pack>>) -> Result<(PackSet, bool), StoreError> {
        let (mut set, mut stale) = (PackSet::default(), false);
        for entry in fs::read_dir(&self.folder).map_err(StoreError::io("list", &self.folder))? {
            let path = entry.map_err(StoreError::io("list", &self.folder))?.path();
            if path.extension().is_none_or(|extension| extension != EXTENSION) {
                continue;
            }
            let identity = fs::metadata(&path).ok().map(|metadata| Identity::of(&metadata));
            match known.get(path.as_path()) {
                Some(pack) if Some(pack.identity()) == identity => set.packs.push(Arc::clone(pack)),
                _ => match Pack::open(&path) {
                    Ok(pack) => set.packs.push(Arc::new(pack)),
                    Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                        stale = true
                    }
                    Err(error) => set.broken.push((path, error)),
                },
            }
        }
        set.packs.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.path.cmp(&b.path)));
        set.broken.sort_by(|a, b| a.0.cmp(&b.0));
        Ok((set, stale))
    }
}
