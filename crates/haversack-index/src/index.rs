use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering as Memory};

use haversack_model::{Chunk, ChunkId, DocumentId, rank_order};
use tantivy::tokenizer::TextAnalyzer;

use crate::language::Language;
use crate::mask::{Mask, Masked};
use crate::segment::Segment;
use crate::{Analyzer, IndexError};

/// Where a chunk stands in an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkRef {
    /// Number of the segment, in the order given to [`Index::open`].
    pub segment: u32,
    /// Number of the chunk within it.
    pub ordinal: u32,
}

/// Documents of a segment that are dead in one version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tombstones(BTreeSet<DocumentId>);

impl Tombstones {
    /// Everything lives.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// These documents are dead; names that the segment does not know are allowed.
    #[must_use]
    pub fn of(documents: impl IntoIterator<Item = DocumentId>) -> Self {
        Self(documents.into_iter().collect())
    }

    /// Whether a document is dead.
    #[must_use]
    pub fn contains(&self, document: &DocumentId) -> bool {
        self.0.contains(document)
    }
}

/// Segments and their tombstones: what one version of a context can find.
///
/// Immutable, `Send + Sync`, cheap to clone. Rankings and scores depend on the live chunks alone, not on how they are
/// divided into segments (except with a graph, which is approximate by nature).
///
/// ```
/// use haversack_index::{Index, Query};
/// use haversack_model::VectorSearch;
/// let index = Index::open(vec![])?; // pairs of an opened segment and its tombstones
/// let everything = index.everything();
/// let found = index.search(&Query {
///     text: "rotate the key", vector: None, mask: &everything, candidates: 100,
///     k1: 0.9, b: 0.4, search: VectorSearch::Auto, ef: 128,
/// })?;
/// assert!(found.hits.is_empty());
/// # Ok::<(), haversack_index::IndexError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Index {
    inner: Arc<Inner>,
}

struct Inner {
    stamp: u64,
    parts: Vec<Part>,
    everything: Mask,
    analyzer: Option<Analyzer>,
    pipelines: BTreeMap<String, TextAnalyzer>,
    total: usize,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("parts", &self.parts).field("everything", &self.everything).finish()
    }
}

#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) segment: Arc<Segment>,
    /// Chunks of the segments before it.
    pub(crate) offset: usize,
}

impl Index {
    /// Puts segments together.
    ///
    /// # Errors
    /// When a document is live in two segments, or when segments differ in analyzer or dimensions.
    pub fn open(parts: Vec<(Arc<Segment>, Tombstones)>) -> Result<Self, IndexError> {
        static STAMP: AtomicU64 = AtomicU64::new(1);
        let stamp = STAMP.fetch_add(1, Memory::Relaxed);
        let first = parts.first().map(|(segment, _)| Arc::clone(segment));
        let mut everything = Masked::empty(stamp);
        let mut seen: HashSet<DocumentId> = HashSet::new();
        let mut opened = Vec::with_capacity(parts.len());
        let mut total = 0;
        let several = parts.len() > 1;
        for (segment, tombstones) in parts {
            if let Some(first) = &first {
                agree(first, &segment)?;
            }
            let mut twice = None;
            everything.push(&segment, &mut |document| {
                let live = !tombstones.contains(document);
                if live && several && !seen.insert(document.clone()) {
                    twice = Some(document.clone());
                }
                live
            });
            if let Some(document) = twice {
                return Err(IndexError::DuplicateDocument(document));
            }
            let chunks = segment.chunks();
            opened.push(Part { segment, offset: total });
            total += chunks;
        }
        let analyzer = first.map(|segment| segment.analyzer().clone());
        let mut pipelines = BTreeMap::new();
        if let Some(analyzer) = &analyzer {
            for field in everything.fields.keys() {
                let language = Language::of_field(field).unwrap_or(Language::NONE);
                pipelines.insert(field.clone(), analyzer.pipeline(&language));
            }
        }
        let everything = Mask::new(everything);
        Ok(Self { inner: Arc::new(Inner { stamp, parts: opened, everything, analyzer, pipelines, total }) })
    }

    /// The mask of all live chunks.
    #[must_use]
    pub fn everything(&self) -> Mask {
        self.inner.everything.clone()
    }

    /// The mask of the live chunks whose documents are admitted.
    ///
    /// Every search under it behaves as if the other documents did not exist. Costs one call for each live document and a
    /// pass over the chunks: about 0.2 ms for 100,000.
    #[must_use]
    pub fn mask(&self, admit: &dyn Fn(&DocumentId) -> bool) -> Mask {
        let mut masked = Masked::empty(self.inner.stamp);
        let live = self.inner.everything.inner();
        for (part, live) in self.inner.parts.iter().zip(&live.parts) {
            let dead = live.bits.as_ref().map(|bits| {
                let mut documents = vec![true; part.segment.documents().len()];
                for at in bits.ones() {
                    if let Some(dead) = part
                        .segment
                        .table
                        .documents()
                        .get(at)
                        .and_then(|document| documents.get_mut(*document as usize))
                    {
                        *dead = false;
                    }
                }
                documents
            });
            let mut number = 0;
            masked.push(&part.segment, &mut |document| {
                let dead = dead.as_ref().is_some_and(|dead| dead.get(number) == Some(&true));
                number += 1;
                !dead && admit(document)
            });
        }
        masked.unrestricted = masked.chunks == live.chunks;
        Mask::new(masked)
    }

    /// Reads a chunk.
    ///
    /// # Errors
    /// [`IndexError::NoChunk`], or when its bytes are damaged.
    pub fn chunk(&self, at: ChunkRef) -> Result<Chunk, IndexError> {
        let missing = IndexError::NoChunk { segment: at.segment, ordinal: at.ordinal };
        let Some(segment) = self.segment(at) else { return Err(missing) };
        segment.chunk(at.ordinal as usize)?.ok_or(missing)
    }

    /// The two token counts that were given with the chunk; zeros for a chunk that does not exist.
    #[must_use]
    pub fn tokens(&self, at: ChunkRef) -> [u32; 2] {
        self.segment(at).and_then(|segment| segment.table.tokens(at.ordinal as usize)).unwrap_or_default()
    }

    /// The vector of a chunk; none without vectors.
    ///
    /// # Errors
    /// When its bytes are damaged.
    pub fn vector(&self, at: ChunkRef) -> Result<Option<Vec<f32>>, IndexError> {
        let Some(segment) = self.segment(at) else { return Ok(None) };
        let Some(vectors) = &segment.vectors else { return Ok(None) };
        let row = vectors.row(at.ordinal as usize)?;
        Ok(row.get(..vectors.shape.dimensions).map(<[f32]>::to_vec))
    }

    /// The document of a chunk.
    #[must_use]
    pub fn document(&self, at: ChunkRef) -> Option<&DocumentId> {
        self.segment(at)?.document(at.ordinal as usize)
    }

    /// The id of a chunk.
    #[must_use]
    pub fn chunk_id(&self, at: ChunkRef) -> Option<ChunkId> {
        self.segment(at)?.table.id(at.ordinal as usize)
    }

    /// All live chunks, by segment and ordinal.
    pub fn chunks(&self) -> impl Iterator<Item = ChunkRef> + '_ {
        let live = &self.inner.everything.inner().parts;
        self.inner.parts.iter().zip(live).zip(0_u32..).flat_map(|((part, live), segment)| {
            (0..part.segment.chunks())
                .filter(move |at| live.admits(*at))
                .map(move |at| ChunkRef { segment, ordinal: at as u32 })
        })
    }

    /// All live documents, ascending.
    #[must_use]
    pub fn documents(&self) -> Vec<&DocumentId> {
        let mut documents: Vec<&DocumentId> = self.chunks().filter_map(|at| self.document(at)).collect();
        documents.sort_unstable();
        documents.dedup();
        documents
    }

    /// Live chunks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.everything.chunks()
    }

    /// Whether nothing is live.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Dimensions of the vectors; none without vectors or without segments.
    #[must_use]
    pub fn dimensions(&self) -> Option<usize> {
        self.inner.parts.first().and_then(|part| part.segment.dimensions())
    }

    /// Text to terms; none without segments.
    #[must_use]
    pub fn analyzer(&self) -> Option<&Analyzer> {
        self.inner.analyzer.as_ref()
    }

    /// The segments, in the order in which they were given.
    pub fn segments(&self) -> impl Iterator<Item = &Arc<Segment>> {
        self.inner.parts.iter().map(|part| &part.segment)
    }

    pub(crate) fn stamp(&self) -> u64 {
        self.inner.stamp
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.inner.parts
    }

    pub(crate) fn pipeline(&self, field: &str) -> Option<TextAnalyzer> {
        self.inner.pipelines.get(field).cloned()
    }

    /// Chunks of all segments, live or not.
    pub(crate) fn total(&self) -> usize {
        self.inner.total
    }

    fn segment(&self, at: ChunkRef) -> Option<&Segment> {
        self.inner.parts.get(at.segment as usize).map(|part| &*part.segment)
    }

    /// The order of a ranking; ids are only looked up for equal scores.
    pub(crate) fn order(&self, a: &(f32, ChunkRef), b: &(f32, ChunkRef)) -> Ordering {
        let id = |at: ChunkRef| self.chunk_id(at).unwrap_or(ChunkId::from_bytes([0; 16]));
        if a.0.total_cmp(&b.0).is_ne() {
            return b.0.total_cmp(&a.0);
        }
        rank_order((a.0, id(a.1)), (b.0, id(b.1)))
    }

    /// The best `count`, in order.
    pub(crate) fn best(&self, mut scored: Vec<(f32, ChunkRef)>, count: usize) -> Vec<(f32, ChunkRef)> {
        if scored.len() > count && count > 0 {
            scored.select_nth_unstable_by(count - 1, |a, b| self.order(a, b));
        }
        scored.truncate(count);
        scored.sort_unstable_by(|a, b| self.order(a, b));
        scored
    }
}

fn agree(first: &Segment, other: &Segment) -> Result<(), IndexError> {
    if first.file.analyzer != other.file.analyzer {
        return Err(IndexError::Analyzer {
            expected: first.file.analyzer.clone(),
            found: other.file.analyzer.clone(),
        });
    }
    if first.dimensions() != other.dimensions() {
        return Err(crate::VectorError::Dimensions {
            expected: first.dimensions().unwrap_or(0),
            found: other.dimensions().unwrap_or(0),
        }
        .into());
    }
    Ok(())
}
