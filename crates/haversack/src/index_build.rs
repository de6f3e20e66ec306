//! Documents to the index of a version: what the parent's segments hold is kept, the rest becomes a new segment.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::ops::ControlFlow;
use std::sync::Arc;

use haversack_embed::{Embedder, VectorCache, embed_passages_cached};
use haversack_index::{ChunkInput, GraphRule, Index, Segment, SegmentBuilder, SegmentSpec, Tombstones};
use haversack_model::{Digest, DocumentId, DocumentRecord, Manifest, VectorSearch};
use haversack_store::Store;
use serde::Serialize;

use crate::build::Published;
use crate::chunks::{Cut, cut};
use crate::index_meta::{IndexMeta, Part, same_chunks, segment_path};
use crate::{Error, Progress, Stage};

/// Segments that a query visits before a build merges them.
const MOST_SEGMENTS: usize = 8;

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
    pub progress: &'a dyn Progress,
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
        let held: BTreeSet<DocumentId> = parts.iter().flat_map(|(_, _, live)| live.iter().cloned()).collect();
        let new: Vec<&DocumentRecord> =
            records.values().filter(|record| !held.contains(&record.id)).copied().collect();
        let (mut embedded, mut warnings) = (0, Vec::new());
        if !new.is_empty() {
            let cut = cut(self.store, &manifest.recipe, &new, self.texts, self.progress)?;
            let inputs = self.embed(cut, &mut embedded, &mut warnings)?;
            parts.extend(self.segment(manifest, inputs.into_iter().map(Ok))?);
        }
        if parts.len() > MOST_SEGMENTS {
            parts = self.merge(manifest, &records, parts)?;
        }
        let meta = IndexMeta { key, parts: parts.iter().map(|(part, ..)| part.clone()).collect() };
        let total = meta.open(self.store)?.len() as u64;
        Ok(Made { meta, counts: ChunkCounts { embedded, cached: total - embedded, total }, warnings })
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
                kept.push((Part { segment: part.segment, tombstones }, segment, live));
            }
        }
        kept
    }

    fn embed(
        &self,
        cut: Vec<Cut>,
        embedded: &mut u64,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<ChunkInput>, Error> {
        let mut vectors = Vec::new();
        if let Some(embedder) = self.embedder {
            let cache = VectorCache::open(&self.store.derived("cache").join("vectors"), embedder)?;
            let texts: Vec<String> = cut.iter().map(|cut| cut.chunk.contextual_text()).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let watch = |progress: haversack_embed::Progress| {
                self.progress.at(Stage::Embed, progress.done as u64, progress.total as u64);
                if self.progress.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let batch = embed_passages_cached(embedder, &cache, &texts, &watch).map_err(cancelled)?;
            *embedded = batch.computed as u64;
            if batch.windowed() > 0 {
                warnings.push(format!(
                    "{} of {} chunks exceed the embedder's {} tokens; each was embedded in several windows",
                    batch.windowed(),
                    texts.len(),
                    embedder.max_tokens()
                ));
            }
            vectors = batch.vectors.chunks_exact(embedder.dimensions()).map(<[f32]>::to_vec).collect();
        }
        let mut vectors = vectors.into_iter();
        let input = |cut: Cut| ChunkInput {
            chunk: cut.chunk,
            language: cut.language,
            tokens: cut.tokens,
            vector: vectors.next(),
        };
        Ok(cut.into_iter().map(input).collect())
    }

    /// Writes a segment; none when there are no chunks.
    fn segment(
        &self,
        manifest: &Manifest,
        inputs: impl ExactSizeIterator<Item = Result<ChunkInput, Error>>,
    ) -> Result<Option<Kept>, Error> {
        let total = inputs.len() as u64;
        if total == 0 {
            return Ok(None);
        }
        let folder = self.store.derived("segments");
        fs::create_dir_all(&folder).map_err(Error::io("create folder", &folder))?;
        let scratch = tempfile::Builder::new()
            .prefix("building-")
            .tempdir_in(&folder)
            .map_err(Error::io("create a folder in", &folder))?;
        let built = scratch.path().join("segment");
        let spec = SegmentSpec {
            analyzer: crate::build::analyzer(&manifest.recipe)?,
            dimensions: self.embedder.map(Embedder::dimensions),
            graph: match manifest.recipe.retrieval.search {
                VectorSearch::Hnsw => GraphRule::Always,
                VectorSearch::Auto => GraphRule::Auto,
                VectorSearch::Exact | VectorSearch::Scan => GraphRule::Never,
            },
        };
        let mut builder = SegmentBuilder::new(&built, spec)?;
        for (i, input) in inputs.enumerate() {
            if i % 256 == 0 {
                if self.progress.cancelled() {
                    return Err(Error::Cancelled);
                }
                self.progress.at(Stage::Index, i as u64, total);
            }
            builder.push(&input?)?;
        }
        let summary = builder.finish()?;
        self.progress.at(Stage::Index, total, total);
        let path = segment_path(self.store, summary.id);
        // A segment of this content may be there: sound, or damaged, which is why another was made.
        if path.exists() {
            fs::remove_dir_all(&path).map_err(Error::io("remove", &path))?;
        }
        fs::rename(&built, &path).map_err(Error::io("rename to", &path))?;
        haversack_store::sync_folder(&folder)?;
        let segment = Arc::new(Segment::open(&path)?);
        let live = segment.documents().to_vec();
        Ok(Some((Part { segment: summary.id, tombstones: Vec::new() }, segment, live)))
    }

    /// Merges segments until few are left: all but the largest, or all when the rest outweighs it.
    fn merge(
        &self,
        manifest: &Manifest,
        records: &BTreeMap<&DocumentId, &DocumentRecord>,
        mut parts: Vec<Kept>,
    ) -> Result<Vec<Kept>, Error> {
        parts.sort_by_key(|(_, segment, _)| std::cmp::Reverse(segment.chunks()));
        let rest: usize = parts.iter().skip(1).map(|(_, segment, _)| segment.chunks()).sum();
        let largest_stays = parts.first().is_some_and(|(part, segment, live)| {
            rest * 2 < segment.chunks() && part.tombstones.len() * 4 < live.len()
        });
        let merged = parts.split_off(usize::from(largest_stays));
        let open = |(part, segment, _): &Kept| {
            (Arc::clone(segment), Tombstones::of(part.tombstones.iter().cloned()))
        };
        let index = Index::open(merged.iter().map(open).collect())?;
        let chunks: Vec<_> = index.chunks().collect();
        let inputs = chunks.into_iter().map(|at| {
            let chunk = index.chunk(at)?;
            let language = records.get(&chunk.document).and_then(|record| record.language.clone());
            Ok(ChunkInput { language, tokens: index.tokens(at), vector: index.vector(at)?, chunk })
        });
        parts.extend(self.segment(manifest, inputs)?);
        Ok(parts)
    }
}

/// A segment in use, with its live documents.
type Kept = (Part, Arc<Segment>, Vec<DocumentId>);

/// The embedder's word for it is ours.
fn cancelled(error: haversack_embed::EmbedError) -> Error {
    match error {
        haversack_embed::EmbedError::Cancelled => Error::Cancelled,
        other => other.into(),
    }
}
