//! A version to its index: what the parent's segments hold is kept, the rest becomes new segments.

use std::ops::ControlFlow;

use haversack_embed::{Embedder, VectorCache, embed_passages_cached};
use haversack_model::{DocumentRecord, Manifest, VersionId};
use haversack_store::Store;
use serde::Serialize;

use crate::changes::Changes;
use crate::chunks::{CutDocument, cut};
use crate::compact::compact;
use crate::index_meta::{IndexMeta, Part};
use crate::segments::{Kept, SegmentWriter};
use crate::tokenizer::Tokenizers;
use crate::{Error, Progress, Stage};

/// Bytes of text that are chunked and embedded before they are written: what a build holds in memory.
const BATCH_BYTES: u64 = 16 << 20;

/// Chunks of a version and what making them cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ChunkCounts {
    /// Vectors computed by this build.
    pub embedded: u64,
    /// Chunks that needed no computation: kept from the parent, or with a cached vector, or never embedded.
    pub cached: u64,
    /// Chunks of the version.
    pub total: u64,
}

/// An index that is ready to be published.
pub(crate) struct Made {
    pub meta: IndexMeta,
    pub counts: ChunkCounts,
    pub warnings: Vec<String>,
}

/// What building an index needs.
pub(crate) struct IndexBuild<'a> {
    pub store: &'a Store,
    pub embedder: Option<&'a dyn Embedder>,
    pub tokenizers: &'a Tokenizers,
    pub progress: &'a dyn Progress,
}

/// What embedding did, over all batches.
#[derive(Default)]
struct Embedding {
    cache: Option<VectorCache>,
    computed: u64,
    windowed: usize,
}

/// Documents to index.
type Records<'r> = Box<dyn Iterator<Item = Result<DocumentRecord, Error>> + 'r>;

impl IndexBuild<'_> {
    /// Makes the index of a version, from that of the version before it where there is one that can be used.
    pub fn run(
        &self,
        manifest: &Manifest,
        before: Option<VersionId>,
        changes: &Changes,
    ) -> Result<Made, Error> {
        let key = IndexMeta::key(manifest)?;
        let kept = before.and_then(|version| self.keep(version, key, changes).ok().flatten());
        let (mut parts, new, count): (_, Records<'_>, _) = match kept {
            Some(kept) => {
                let count = changes.after().count();
                (kept, Box::new(changes.after().cloned().map(Ok)), count as u64)
            }
            None => {
                let snapshots = manifest.snapshots.values();
                let count = snapshots.clone().map(|snapshot| snapshot.documents).sum();
                let all = snapshots.flat_map(|snapshot| self.store.records(snapshot.id));
                (Vec::new(), Box::new(all.map(|record| Ok(record?))), count)
            }
        };
        let mut embedding = Embedding::default();
        parts.extend(self.index(manifest, new, count, &mut embedding)?);
        let parts =
            compact(self.store, manifest, self.embedder.map(Embedder::dimensions), self.progress, parts)?;
        let index = Kept::index(&parts)?;
        let (documents, chunks) = (index.documents() as u64, index.len() as u64);
        let meta = IndexMeta {
            version: manifest.version()?,
            key,
            parts: parts.into_iter().map(|kept| kept.part).collect(),
            documents,
            chunks,
        };
        let counts = ChunkCounts {
            embedded: embedding.computed,
            cached: chunks.saturating_sub(embedding.computed),
            total: chunks,
        };
        Ok(Made { meta, counts, warnings: self.warnings(&embedding) })
    }

    /// Segments of some documents, made as those of a manifest are.
    pub fn segments(&self, manifest: &Manifest, records: Vec<DocumentRecord>) -> Result<Vec<Kept>, Error> {
        let count = records.len() as u64;
        self.index(manifest, Box::new(records.into_iter().map(Ok)), count, &mut Embedding::default())
    }

    fn warnings(&self, embedding: &Embedding) -> Vec<String> {
        match self.embedder {
            Some(embedder) if embedding.windowed > 0 => vec![format!(
                "{} chunks exceed the embedder's {} tokens; each was embedded in several windows",
                embedding.windowed,
                embedder.max_tokens()
            )],
            _ => Vec::new(),
        }
    }

    /// The segments of the version before, with what changed struck out; none when they were made another way, or do not
    /// hold what they should: then everything is indexed again.
    fn keep(
        &self,
        before: VersionId,
        key: haversack_model::Digest,
        changes: &Changes,
    ) -> Result<Option<Vec<Kept>>, Error> {
        if matches!(changes, Changes::All) {
            return Ok(None);
        }
        let meta = IndexMeta::load(self.store, before)?;
        if meta.key != key {
            return Ok(None);
        }
        let index = meta.open(self.store)?;
        let mut dead: Vec<Vec<u32>> =
            meta.parts.iter().map(|part| part.tombstones.iter().collect()).collect();
        for id in changes.before() {
            let Some(at) = index.find(id)? else { return Ok(None) };
            dead[at.segment as usize].push(at.number);
        }
        let mut kept = Vec::new();
        for ((part, segment), dead) in meta.parts.into_iter().zip(index.segments()).zip(dead) {
            if dead.len() < segment.documents() as usize {
                let part = Part { tombstones: dead.into_iter().collect(), ..part };
                kept.push(Kept { part, segment: segment.clone() });
            }
        }
        Ok(Some(kept))
    }

    /// Indexes documents, a batch at a time.
    fn index(
        &self,
        manifest: &Manifest,
        mut new: Records<'_>,
        count: u64,
        embedding: &mut Embedding,
    ) -> Result<Vec<Kept>, Error> {
        let dimensions = self.embedder.map(Embedder::dimensions);
        let mut writer = SegmentWriter::new(self.store, manifest, dimensions, self.progress)?;
        let mut done = 0;
        loop {
            let (mut batch, mut bytes) = (Vec::new(), 0);
            while bytes < BATCH_BYTES
                && let Some(record) = new.next().transpose()?
            {
                bytes += record.bytes;
                batch.push(record);
            }
            if batch.is_empty() {
                return writer.finish();
            }
            let cut = cut(self.store, &manifest.recipe, self.tokenizers, batch, self.progress)?;
            let vectors = self.embed(&cut, embedding)?;
            let mut vectors = vectors.chunks_exact(dimensions.unwrap_or(1).max(1));
            done += cut.len() as u64;
            for document in cut {
                writer.document(&document.record)?;
                for mut chunk in document.chunks {
                    chunk.vector = dimensions.and_then(|_| vectors.next()).map(<[f32]>::to_vec);
                    writer.push(&chunk)?;
                }
            }
            self.progress.at(Stage::Chunk, done, count.max(done));
        }
    }

    /// Vectors of chunks, one row each; none without an embedder.
    fn embed(&self, cut: &[CutDocument], embedding: &mut Embedding) -> Result<Vec<f32>, Error> {
        let Some(embedder) = self.embedder else { return Ok(Vec::new()) };
        let chunks = cut.iter().flat_map(|document| &document.chunks);
        let texts: Vec<String> = chunks.map(|chunk| chunk.chunk.contextual_text()).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let cache = match &mut embedding.cache {
            Some(cache) => cache,
            none => none.insert(VectorCache::open(&vector_cache(self.store), embedder)?),
        };
        let watch = |progress: haversack_embed::Progress| {
            self.progress.at(Stage::Embed, progress.done as u64, progress.total as u64);
            if self.progress.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let batch = embed_passages_cached(embedder, cache, &texts, &watch).map_err(cancelled)?;
        embedding.computed += batch.computed as u64;
        embedding.windowed += batch.windowed();
        Ok(batch.vectors)
    }
}

/// The folder of the caches of vectors.
pub(crate) fn vector_cache(store: &Store) -> std::path::PathBuf {
    store.derived("cache").join("vectors")
}

/// The embedder's word for it is ours.
fn cancelled(error: haversack_embed::EmbedError) -> Error {
    match error {
        haversack_embed::EmbedError::Cancelled => Error::Cancelled,
        other => other.into(),
    }
}
