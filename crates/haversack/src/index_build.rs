//! Documents to the index of a version: what the parent's segments hold is kept, the rest becomes new segments.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use haversack_embed::{Embedder, VectorCache, embed_passages_cached};
use haversack_index::{ChunkInput, Index, Tombstones};
use haversack_model::{Digest, DocumentId, DocumentRecord, Manifest};
use haversack_store::Store;
use serde::Serialize;

use crate::build::Published;
use crate::chunks::{Cut, cut};
use crate::index_meta::{IndexMeta, Part, same_chunks};
use crate::segments::{FULL, Kept, SegmentWriter};
use crate::tokenizer::Tokenizers;
use crate::{Error, Progress, Stage};

/// Segments that a query visits before a build merges them.
const MOST_SEGMENTS: usize = 8;
/// Bytes of text that are chunked and embedded before they are written: what a build holds in memory.
const BATCH_BYTES: u64 = 64 << 20;

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
    /// Texts that were read now, by digest; others come from the store.
    pub texts: &'a HashMap<Digest, String>,
    pub embedder: Option<&'a dyn Embedder>,
    pub tokenizers: &'a Tokenizers,
    pub progress: &'a dyn Progress,
}

/// What embedding did, over all batches.
#[derive(Default)]
struct Embedding {
    computed: u64,
    windowed: usize,
}

impl IndexBuild<'_> {
    pub fn run<'r>(
        &self,
        manifest: &Manifest,
        records: impl Iterator<Item = &'r DocumentRecord>,
        before: &Published,
    ) -> Result<Made, Error> {
        let records: BTreeMap<&DocumentId, &DocumentRecord> =
            records.map(|record| (&record.id, record)).collect();
        let key = IndexMeta::key(manifest)?;
        let base = before.index.as_ref().filter(|meta| meta.key == key);
        let mut parts = base.map_or_else(Vec::new, |meta| self.keep(meta, &records, before));
        let held: BTreeSet<DocumentId> = parts.iter().flat_map(|kept| kept.live.iter().cloned()).collect();
        let new: Vec<&DocumentRecord> =
            records.values().filter(|record| !held.contains(&record.id)).copied().collect();
        let mut embedding = Embedding::default();
        parts.extend(self.index(manifest, &new, &mut embedding)?);
        if parts.len() > MOST_SEGMENTS {
            parts = self.merge(manifest, &records, parts)?;
        }
        let parts: Vec<Part> = parts.into_iter().map(|kept| kept.part).collect();
        let mut meta = IndexMeta { key, parts, chunks: 0 };
        meta.chunks = meta.segments(self.store)?.len() as u64;
        let counts = ChunkCounts {
            embedded: embedding.computed,
            cached: meta.chunks - embedding.computed.min(meta.chunks),
            total: meta.chunks,
        };
        Ok(Made { meta, counts, warnings: self.warnings(&embedding) })
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

    /// The parent's segments as far as they hold documents of this version. A segment that cannot be opened, or of which
    /// nothing is live, is left out: what it held is indexed again.
    fn keep(
        &self,
        meta: &IndexMeta,
        records: &BTreeMap<&DocumentId, &DocumentRecord>,
        before: &Published,
    ) -> Vec<Kept> {
        let stays = |id: &DocumentId| {
            let now = records.get(id);
            let then = before.records.get(id.as_str());
            now.zip(then).is_some_and(|(now, then)| same_chunks(now, then))
        };
        let mut kept = Vec::new();
        for part in &meta.parts {
            let Ok(segment) = part.open(self.store) else { continue };
            let dead: BTreeSet<&DocumentId> = part.tombstones.iter().collect();
            let (live, tombstones): (Vec<_>, Vec<_>) =
                segment.documents().iter().cloned().partition(|id| !dead.contains(id) && stays(id));
            if !live.is_empty() {
                kept.push(Kept { part: Part { segment: part.segment, tombstones }, segment, live });
            }
        }
        kept
    }

    /// Indexes documents, a batch at a time.
    fn index(
        &self,
        manifest: &Manifest,
        new: &[&DocumentRecord],
        embedding: &mut Embedding,
    ) -> Result<Vec<Kept>, Error> {
        let cache = self
            .embedder
            .map(|embedder| VectorCache::open(&self.store.derived("cache").join("vectors"), embedder));
        let cache = cache.transpose()?;
        let dimensions = self.embedder.map(Embedder::dimensions);
        let mut writer = SegmentWriter::new(self.store, manifest, dimensions, self.progress)?;
        let mut rest = new;
        while !rest.is_empty() {
            let mut bytes = 0;
            let within = rest.iter().take_while(|record| {
                bytes += record.bytes;
                bytes <= BATCH_BYTES
            });
            let (batch, later) = rest.split_at(within.count().max(1));
            rest = later;
            let cut = cut(self.store, &manifest.recipe, self.tokenizers, batch, self.texts, self.progress)?;
            let vectors = self.embed(&cut, cache.as_ref(), embedding)?;
            let mut vectors = vectors.chunks_exact(dimensions.unwrap_or(1).max(1));
            let mut document = None;
            for cut in cut {
                if document.as_ref() != Some(&cut.chunk.document) {
                    writer.border()?;
                    document = Some(cut.chunk.document.clone());
                }
                let vector = dimensions.and_then(|_| vectors.next()).map(<[f32]>::to_vec);
                writer.push(&ChunkInput {
                    chunk: cut.chunk,
                    language: cut.language,
                    tokens: cut.tokens,
                    vector,
                })?;
            }
        }
        writer.finish()
    }

    /// Vectors of chunks, one row each; none without an embedder.
    fn embed(
        &self,
        cut: &[Cut],
        cache: Option<&VectorCache>,
        embedding: &mut Embedding,
    ) -> Result<Vec<f32>, Error> {
        let (Some(embedder), Some(cache)) = (self.embedder, cache) else { return Ok(Vec::new()) };
        let texts: Vec<String> = cut.iter().map(|cut| cut.chunk.contextual_text()).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let watch = |progress: haversack_embed::Progress| {
            self.progress.at(Stage::Embed, progress.done as u64, progress.total as u64);
            if self.progress.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let batch = embed_passages_cached(embedder, cache, &texts, &watch).map_err(cancelled)?;
        embedding.computed += batch.computed as u64;
        embedding.windowed += batch.windowed();
        Ok(batch.vectors)
    }

    /// Merges segments, smallest first, until few are left; those that are full stay as they are.
    fn merge(
        &self,
        manifest: &Manifest,
        records: &BTreeMap<&DocumentId, &DocumentRecord>,
        mut parts: Vec<Kept>,
    ) -> Result<Vec<Kept>, Error> {
        parts.sort_by_key(|kept| (kept.segment.chunks(), kept.part.segment));
        let mut sum = 0;
        let small = parts.iter().take_while(|kept| {
            // A segment far larger than all before it together costs more to rewrite than it gives.
            let stays = sum > 0 && kept.segment.chunks() > 4 * sum;
            sum += kept.segment.chunks();
            sum <= FULL && !stays
        });
        let small = small.count();
        if small < 2 {
            return Ok(parts);
        }
        let mut kept = parts.split_off(small);
        let open =
            |kept: &Kept| (Arc::clone(&kept.segment), Tombstones::of(kept.part.tombstones.iter().cloned()));
        let index = Index::open(parts.iter().map(open).collect())?;
        let dimensions = self.embedder.map(Embedder::dimensions);
        let mut writer = SegmentWriter::new(self.store, manifest, dimensions, self.progress)?;
        for at in index.chunks() {
            let chunk = index.chunk(at)?;
            let language = records.get(&chunk.document).and_then(|record| record.language.clone());
            writer.push(&ChunkInput {
                language,
                tokens: index.tokens(at),
                vector: index.vector(at)?,
                chunk,
            })?;
        }
        kept.extend(writer.finish()?);
        Ok(kept)
    }
}

/// The embedder's word for it is ours.
fn cancelled(error: haversack_embed::EmbedError) -> Error {
    match error {
        haversack_embed::EmbedError::Cancelled => Error::Cancelled,
        other => other.into(),
    }
}
