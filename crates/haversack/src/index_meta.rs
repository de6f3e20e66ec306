//! Which segments make the index of a version: a cache beside the version, never a part of it.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use haversack_index::{Index, Segment, Tombstones};
use haversack_model::frame::{self, FrameError, Kind};
use haversack_model::{Digest, Manifest, VersionId, canonical};
use haversack_store::Store;
use serde::{Deserialize, Serialize};

use crate::Error;

const INDEX: Kind = Kind::new(*b"INDX", 2);

/// The index of a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct IndexMeta {
    /// The version: an index under another version's name is noticed.
    pub version: VersionId,
    /// What else than documents decides chunks, vectors and terms.
    pub key: Digest,
    /// Segments with the documents of them that are not of this version.
    pub parts: Vec<Part>,
    /// Live documents in all of them.
    pub documents: u64,
    /// Live chunks in all of them.
    pub chunks: u64,
}

/// One segment of an index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// The segment's folder under `segments/`.
    pub segment: Digest,
    /// Documents of it that are dead in this version.
    pub tombstones: Tombstones,
}

impl Part {
    pub fn open(&self, store: &Store) -> Result<Arc<Segment>, Error> {
        let segment = Segment::open(segment_path(store, self.segment))?;
        if segment.id() == self.segment {
            Ok(Arc::new(segment))
        } else {
            Err(Error::SegmentName { name: self.segment, content: segment.id() })
        }
    }
}

/// Where a segment stands.
pub(crate) fn segment_path(store: &Store, segment: Digest) -> PathBuf {
    store.derived("segments").join(segment.to_string())
}

impl IndexMeta {
    /// The key of a manifest: two manifests with one key make the same index of the same documents.
    pub fn key(manifest: &Manifest) -> Result<Digest, Error> {
        let (recipe, stages) = (&manifest.recipe, &manifest.stages);
        let graph = format!("{:?}", crate::segments::rule(recipe.retrieval.search));
        let key = (&recipe.chunking, &stages.chunker, &stages.embedder, &stages.analyzer, graph);
        Ok(canonical::digest("index key", &key)?)
    }

    /// The index that these parts make.
    pub fn of(store: &Store, version: VersionId, key: Digest, parts: Vec<Part>) -> Result<Self, Error> {
        let open = |part: &Part| Ok((part.open(store)?, part.tombstones.clone()));
        let index = Index::open(parts.iter().map(open).collect::<Result<_, Error>>()?)?;
        Ok(Self { version, key, documents: index.documents() as u64, chunks: index.len() as u64, parts })
    }

    pub fn path(store: &Store, version: VersionId) -> PathBuf {
        store.derived("indexes").join(version.to_string())
    }

    /// The index of a version, or why there is none.
    pub fn load(store: &Store, version: VersionId) -> Result<Self, Error> {
        let path = Self::path(store, version);
        let missing = |reason: String| Error::IndexMissing { version, reason };
        let bytes = fs::read(&path).map_err(|error| missing(error.to_string()))?;
        let meta = Self::from_bytes(&bytes).map_err(|error| missing(error.to_string()))?;
        if meta.version == version {
            Ok(meta)
        } else {
            Err(missing(format!("it is that of {}", meta.version.short())))
        }
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrameError> {
        frame::decode(INDEX, bytes)
    }

    pub fn save(&self, store: &Store) -> Result<(), Error> {
        Ok(haversack_store::replace(&Self::path(store, self.version), &frame::encode(INDEX, self)?)?)
    }

    /// Opens the index.
    pub fn open(&self, store: &Store) -> Result<Index, Error> {
        let version = self.version;
        let missing = |reason: String| Error::IndexMissing { version, reason };
        let open = |part: &Part| Ok((part.open(store)?, part.tombstones.clone()));
        let parts = self.parts.iter().map(open).collect::<Result<_, Error>>();
        let index =
            parts.and_then(|parts| Ok(Index::open(parts)?)).map_err(|error| missing(error.to_string()))?;
        let found = (index.documents() as u64, index.len() as u64);
        if found == (self.documents, self.chunks) {
            Ok(index)
        } else {
            let (documents, chunks) = found;
            Err(missing(format!(
                "it holds {documents} documents of {} and {chunks} chunks of {}",
                self.documents, self.chunks
            )))
        }
    }
}
