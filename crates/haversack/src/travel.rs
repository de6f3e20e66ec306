//! The index of a version on its way between machines.
//!
//! An index is no part of a version, so its bytes need a promise of their own: a list of every file with its digest. Who
//! signs a version signs the digest of this list with it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use haversack_index::Segment;
use haversack_model::frame::{self, Kind};
use haversack_model::{Digest, VersionId};
use haversack_store::Store;
use haversack_store::sync::{FileCopy, Remote};
use serde::{Deserialize, Serialize};

use crate::index_meta::{IndexMeta, segment_path};
use crate::{Error, derived};

const LIST: Kind = Kind::new(*b"IXLS", 1);

/// An index with the files of its segments.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct IndexList {
    pub meta: IndexMeta,
    files: Vec<SegmentCopy>,
}

/// A file of a segment.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct SegmentCopy {
    segment: Digest,
    name: String,
    length: u64,
    digest: Digest,
}

impl IndexList {
    /// The list of an index that is here.
    pub fn of(store: &Store, version: VersionId) -> Result<Self, Error> {
        let meta = IndexMeta::load(store, version)?;
        let mut files = Vec::new();
        for part in &meta.parts {
            let open: std::sync::Arc<Segment> = part.open(store)?;
            files.extend(open.entries().map(|entry| SegmentCopy {
                segment: part.segment,
                name: entry.name.clone(),
                length: entry.length,
                digest: entry.digest,
            }));
        }
        Ok(Self { meta, files })
    }

    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        Ok(frame::encode(LIST, self)?)
    }

    /// Reads a list; one with a name that leads out of its segment's folder is refused.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let list: Self = frame::decode(LIST, bytes)?;
        let wanted = |file: &SegmentCopy| {
            is_inside(&file.name) && list.meta.parts.iter().any(|part| part.segment == file.segment)
        };
        match list.files.iter().find(|file| !wanted(file)) {
            Some(file) => Err(Error::IndexList(file.name.chars().take(100).collect())),
            None => Ok(list),
        }
    }

    /// Where a version's list stands at a remote.
    pub fn path(version: VersionId) -> String {
        format!("indexes/{version}")
    }

    /// Segments that are not here.
    pub fn missing(&self, store: &Store) -> Vec<Digest> {
        let segments = self.meta.parts.iter().map(|part| part.segment);
        segments.filter(|segment| !segment_path(store, *segment).exists()).collect()
    }

    /// The files of some segments, where they are at a remote and where they go here.
    pub fn files(&self, of: &dyn Fn(Digest) -> Option<PathBuf>) -> Vec<FileCopy> {
        let copy = |file: &SegmentCopy| {
            Some(FileCopy {
                remote: format!("segments/{}/{}", file.segment, file.name),
                local: of(file.segment)?.join(&file.name),
                length: file.length,
                digest: file.digest,
            })
        };
        self.files.iter().filter_map(copy).collect()
    }
}

/// Removes from a remote every index of which a segment is not here any more, and the segments that no index is left for:
/// what was erased here is in them.
pub(crate) fn drop_indexes(store: &Store, remote: &dyn Remote) -> Result<(), Error> {
    let here = derived::segments(store)?;
    let mut kept = BTreeSet::new();
    for (path, _) in remote.list("indexes")? {
        let bytes = remote.get(&path)?.unwrap_or_default();
        let segments: Vec<Digest> = match IndexList::from_bytes(&bytes) {
            Ok(list) => list.meta.parts.iter().map(|part| part.segment).collect(),
            Err(_) => Vec::new(),
        };
        if segments.is_empty() || segments.iter().any(|segment| !here.contains_key(segment)) {
            remote.remove(&path)?;
        } else {
            kept.extend(segments);
        }
    }
    for (path, _) in remote.list("segments")? {
        let segment = path.split('/').nth(1).and_then(|name| name.parse::<Digest>().ok());
        if !segment.is_some_and(|segment| kept.contains(&segment)) {
            remote.remove(&path)?;
        }
    }
    Ok(())
}

/// Whether a name is that of a file in a folder or one below it.
fn is_inside(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    };
    name.len() <= 200 && name.split('/').count() <= 2 && name.split('/').all(part)
}

/// Where a segment is put together before it gets its name. It is not removed by the next writer, so that a pull that
/// was killed goes on.
pub(crate) fn arriving(store: &Store, segment: Digest) -> PathBuf {
    store.derived("segments").join(format!("pulling-{segment}"))
}

/// Gives segments that arrived whole their names.
pub(crate) fn settle(store: &Store, segments: &[Digest]) -> Result<(), Error> {
    for segment in segments {
        let (from, to) = (arriving(store, *segment), segment_path(store, *segment));
        if Segment::open(&from)?.id() != *segment {
            fs::remove_dir_all(&from).map_err(Error::io("remove", &from))?;
            return Err(Error::IndexList(segment.to_string()));
        }
        fs::rename(&from, &to).map_err(Error::io("rename to", &to))?;
    }
    Ok(haversack_store::sync_folder(&store.derived("segments"))?)
}

#[cfg(test)]
mod tests {
    use super::is_inside;

    #[test]
    fn names_stay_inside() {
        for name in ["segment", "lexical/ab12.term", "lexical/meta.json"] {
            assert!(is_inside(name), "{name}");
        }
        for name in ["", "..", "../x", "/x", "a/../b", "a//b", "a/b/c", ".hidden", "a\\b", "c:x", "a b"] {
            assert!(!is_inside(name), "{name}");
        }
    }
}
