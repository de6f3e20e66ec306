//! Which segments make the index of a version: a cache beside the version, never a part of it.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use haversack_index::{Index, Segment, Tombstones};
use haversack_model::frame::{self, Kind};
use haversack_model::{Digest, DocumentId, DocumentRecord, Manifest, VersionId, canonical};
use haversack_store::Store;
use serde::{Deserialize, Serialize};

use crate::Error;

const INDEX: Kind = Kind::new(*b"INDX", 1);

/// The index of a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct IndexMeta {
    /// What else than documents decides chunks, vectors and terms.
    pub key: Digest,
    /// Segments with the documents of them that are not of this version.
    pub parts: Vec<Part>,
    /// Live chunks in all of them.
    pub chunks: u64,
}

/// One segment of an index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// The segment's folder under `segments/`.
    pub segment: Digest,
    /// Documents that are dead in this version, ascending.
    pub tombstones: Vec<DocumentId>,
}

impl Part {
    pub fn open(&self, store: &Store) -> Result<Arc<Segment>, Error> {
        let segment = Segment::open(segment_path(store, self.segment))?;
        Ok(Arc::new(segment))
    }
}

/// Where a segment stands.
pub(crate) fn segment_path(store: &Store, segment: Digest) -> PathBuf {
    store.derived("segments").join(segment.to_string())
}

impl IndexMeta {
    /// The key of a manifest: two manifests with one key make the same chunks of the same document.
    pub fn key(manifest: &Manifest) -> Result<Digest, Error> {
        let (recipe, stages) = (&manifest.recipe, &manifest.stages);
        let graph = format!("{:?}", crate::segments::rule(recipe.retrieval.search));
        let key = (&recipe.chunking, &stages.chunker, &stages.embedder, &stages.analyzer, graph);
        Ok(canonical::digest("index key", &key)?)
    }

    pub fn path(store: &Store, version: VersionId) -> PathBuf {
        store.derived("indexes").join(version.to_string())
    }

    /// The index of a version, or why there is none.
    pub fn load(store: &Store, version: VersionId) -> Result<Self, Error> {
        let path = Self::path(store, version);
        let missing = |reason: String| Error::IndexMissing { version, reason };
        let bytes = fs::read(&path).map_err(|error| missing(error.to_string()))?;
        frame::decode(INDEX, &bytes).map_err(|error| missing(error.to_string()))
    }

    pub fn save(&self, store: &Store, version: VersionId) -> Result<(), Error> {
        Ok(haversack_store::replace(&Self::path(store, version), &frame::encode(INDEX, self)?)?)
    }

    /// Opens the index of a version.
    pub fn open(&self, store: &Store, version: VersionId) -> Result<Index, Error> {
        let missing = |reason: String| Error::IndexMissing { version, reason };
        let index = self.segments(store).map_err(|error| missing(error.to_string()))?;
        if index.len() as u64 == self.chunks {
            Ok(index)
        } else {
            Err(missing(format!("it holds {} chunks of {}", index.len(), self.chunks)))
        }
    }

    /// Opens the segments.
    pub fn segments(&self, store: &Store) -> Result<Index, Error> {
        let open = |part: &Part| Ok((part.open(store)?, Tombstones::of(part.tombstones.iter().cloned())));
        Ok(Index::open(self.parts.iter().map(open).collect::<Result<_, Error>>()?)?)
    }
}

/// Whether two records of one document have the same chunks: what else changed (labels, trust, metadata) is looked up
/// when a query is answered, and costs no indexing.
pub(crate) fn same_chunks(a: &DocumentRecord, b: &DocumentRecord) -> bool {
    let facts = |r: &DocumentRecord| {
        (r.text, r.body, r.media, r.title.clone(), r.language.clone(), r.metadata.get("code").cloned())
    };
    facts(a) == facts(b)
}
