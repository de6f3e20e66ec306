use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use haversack_model::Digest;
use haversack_model::frame::FrameError;

use super::parallel::{AT_ONCE, each};
use super::{Remote, SyncError};
use crate::pack::{FOOTER, Footer, Index, Slot};
use crate::replace;

/// Which objects a remote holds, and where.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    /// Packs that count, by name.
    pub packs: Vec<RemotePack>,
    /// Every object of every pack: sorted by digest, then pack.
    places: Vec<(usize, Slot)>,
    /// Lengths of all pack files, also of those whose index is not there yet.
    files: BTreeMap<String, u64>,
}

/// A pack of a remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemotePack {
    pub name: String,
    /// Where its objects end.
    pub end: u64,
}

impl RemotePack {
    pub fn path(&self) -> String {
        pack_path(&self.name)
    }
}

pub(crate) fn pack_path(name: &str) -> String {
    format!("packs/{name}.pack")
}

pub(crate) fn index_path(name: &str) -> String {
    format!("packs/{name}.idx")
}

impl Catalog {
    /// Lists the packs of a remote and reads their indexes, those that were read before from `cache`. A pack's name is
    /// the hash of its bytes, so an index that was read once is right for ever.
    pub fn load(remote: &dyn Remote, cache: &Path) -> Result<Self, SyncError> {
        Self::read(remote, Some(cache), &mut |_, error| Err(error))
    }

    /// The same without any cache, leaving out packs whose index is damaged, which are told to `bad`.
    pub fn load_whole(remote: &dyn Remote, bad: &mut dyn FnMut(&str, SyncError)) -> Result<Self, SyncError> {
        Self::read(remote, None, &mut |name, error| {
            bad(name, error);
            Ok(())
        })
    }

    fn read(
        remote: &dyn Remote,
        cache: Option<&Path>,
        bad: &mut dyn FnMut(&str, SyncError) -> Result<(), SyncError>,
    ) -> Result<Self, SyncError> {
        let (mut files, mut indexes) = (BTreeMap::new(), BTreeMap::new());
        for (path, length) in remote.list("packs")? {
            let name = path.strip_prefix("packs/").unwrap_or_default();
            match name.rsplit_once('.') {
                Some((name, "pack")) if is_pack_name(name) => files.insert(name.to_owned(), length),
                Some((name, "idx")) if is_pack_name(name) => indexes.insert(name.to_owned(), length),
                _ => None,
            };
        }
        let names: Vec<(String, u64, u64)> = files
            .iter()
            .filter_map(|(name, length)| Some((name.clone(), *length, *indexes.get(name)?)))
            .collect();
        let read = each(&names, AT_ONCE, |_, (name, pack, index)| {
            match read_index(remote, cache, name, *pack, *index) {
                Err(error @ (SyncError::Damaged { .. } | SyncError::Newer { .. })) => Ok(Err(error)),
                other => other.map(Ok),
            }
        })?;
        let mut packs = Vec::new();
        let mut places = Vec::new();
        for ((name, ..), index) in names.into_iter().zip(read) {
            let index = match index {
                Ok(index) => index,
                Err(error) => {
                    bad(&name, error)?;
                    continue;
                }
            };
            places.extend(index.slots.into_iter().map(|slot| (packs.len(), slot)));
            packs.push(RemotePack { name, end: index.footer.index });
        }
        places.sort_by_key(|(pack, slot)| (slot.digest, *pack));
        Ok(Self { packs, places, files })
    }

    /// Where an object stands, in every pack that holds it.
    pub fn places(&self, digest: Digest) -> &[(usize, Slot)] {
        let from = self.places.partition_point(|(_, slot)| slot.digest < digest);
        let count = self.places[from..].partition_point(|(_, slot)| slot.digest == digest);
        &self.places[from..from + count]
    }

    pub fn has(&self, digest: Digest) -> bool {
        !self.places(digest).is_empty()
    }

    /// The objects of every pack, in the order of [`packs`](Self::packs).
    pub fn by_pack(&self) -> Vec<Vec<Slot>> {
        let mut packs = vec![Vec::new(); self.packs.len()];
        self.places.iter().for_each(|(pack, slot)| packs[*pack].push(*slot));
        packs
    }

    /// Bytes of a pack's file.
    pub fn length(&self, name: &str) -> u64 {
        self.files.get(name).copied().unwrap_or_default()
    }

    /// Names of packs that have no index: a push did not end, or is under way.
    pub fn loose(&self) -> Vec<String> {
        let counts: BTreeSet<&str> = self.packs.iter().map(|pack| pack.name.as_str()).collect();
        self.files.keys().filter(|name| !counts.contains(name.as_str())).cloned().collect()
    }

    /// Whether the file of a pack is there in full, with or without its index.
    pub fn has_file(&self, name: &str, length: u64) -> bool {
        self.files.get(name) == Some(&length)
    }
}

/// The index that stands in a pack file itself.
pub(crate) fn own_index(pack: &[u8]) -> Result<Index, FrameError> {
    let footer = pack.last_chunk::<FOOTER>().ok_or(FrameError::Foreign)?;
    let at = usize::try_from(Footer::parse(footer, pack.len() as u64)?.index).unwrap_or(usize::MAX);
    Index::parse(pack.get(at..).unwrap_or_default())
}

fn is_pack_name(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn read_index(
    remote: &dyn Remote,
    cache: Option<&Path>,
    name: &str,
    pack: u64,
    length: u64,
) -> Result<Index, SyncError> {
    let cached = cache.map(|cache| cache.join(format!("{name}.idx")));
    let fits = |index: &Index, length: u64| index.footer.index.saturating_add(length) == pack;
    if let Some(cached) = &cached
        && let Ok(bytes) = fs::read(cached)
        && let Ok(index) = Index::parse(&bytes)
        && fits(&index, bytes.len() as u64)
        && bytes.len() as u64 == length
    {
        return Ok(index);
    }
    let path = index_path(name);
    let bytes = remote.get(&path)?.ok_or_else(|| SyncError::Absent { path: path.clone() })?;
    let index = Index::parse(&bytes).map_err(|error| SyncError::damaged(&path, error))?;
    if !fits(&index, bytes.len() as u64) {
        return Err(SyncError::Damaged { path, source: Some("it is the index of another pack".into()) });
    }
    // A cache that cannot be written costs time, not truth.
    let _ = cached.map(|cached| replace(&cached, &bytes));
    Ok(index)
}
