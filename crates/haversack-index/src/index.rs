use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering as Memory};

use haversack_model::{Chunk, ChunkId, rank_order};
use tantivy::tokenizer::TextAnalyzer;

use crate::language::Language;
use crate::mask::{Admission, Mask, MaskPart, Masked};
use crate::segment::Segment;
use crate::{Analyzer, IndexError, Tombstones};

/// Where a chunk stands in an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkRef {
    /// Number of the segment, in the order given to [`Index::open`].
    pub segment: u32,
    /// Number of the chunk within it.
    pub ordinal: u32,
}

/// Where a document stands in an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentRef {
    /// Number of the segment, in the order given to [`Index::open`].
    pub segment: u32,
    /// Number of the document within it.
    pub number: u32,
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
    pub(crate) dead: Tombstones,
    /// Chunks of the segments before it.
    pub(crate) offset: usize,
}

impl Index {
    /// Puts segments together, in time that depends on the number of dead chunks alone.
    ///
    /// That no document is live in two of them is the caller's promise; [`Index::verify`] checks it.
    ///
    /// # Errors
    /// When segments differ in analyzer or dimensions, when tombstones name a document that a segment does not hold, or when
    /// bytes of dead documents are damaged.
    pub fn open(parts: Vec<(Arc<Segment>, Tombstones)>) -> Result<Self, IndexError> {
        static STAMP: AtomicU64 = AtomicU64::new(1);
        let stamp = STAMP.fetch_add(1, Memory::Relaxed);
        let first = parts.first().map(|(segment, _)| Arc::clone(segment));
        let mut everything = Masked::empty(stamp);
        let mut opened = Vec::with_capacity(parts.len());
        let mut total = 0;
        for (segment, dead) in parts {
            if let Some(first) = &first {
                agree(first, &segment)?;
            }
            if let Some(number) = dead.iter().next_back().filter(|last| *last >= segment.documents()) {
                return Err(IndexError::NoDocument { number, documents: segment.documents() });
            }
            everything.push(&segment, MaskPart::live(&segment, &dead)?);
            let chunks = segment.chunks();
            opened.push(Part { segment, dead, offset: total });
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
    /// Every search under it behaves as if the other documents did not exist. When every class is admitted and nothing else
    /// is asked, it is [`Index::everything`] at no cost; otherwise it costs a pass over documents, chunks and, if records
    /// are asked for, their bytes.
    ///
    /// # Errors
    /// When bytes that it needs are damaged.
    pub fn mask(&self, admission: &Admission<'_>) -> Result<Mask, IndexError> {
        let mut masked = Masked::empty(self.inner.stamp);
        let live = self.inner.everything.inner();
        for (part, live) in self.inner.parts.iter().zip(&live.parts) {
            masked.push(&part.segment, MaskPart::admitted(part, live, admission)?);
        }
        masked.unrestricted = masked.chunks == live.chunks;
        Ok(if masked.unrestricted { self.everything() } else { Mask::new(masked) })
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

    /// The two token counts that were given with the chunk.
    ///
    /// # Errors
    /// [`IndexError::NoChunk`], or when its bytes are damaged.
    pub fn tokens(&self, at: ChunkRef) -> Result<[u32; 2], IndexError> {
        let missing = IndexError::NoChunk { segment: at.segment, ordinal: at.ordinal };
        let Some(segment) = self.segment(at) else { return Err(missing) };
        segment.table.tokens(at.ordinal as usize)?.ok_or(missing)
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

    /// The id of a chunk.
    ///
    /// # Errors
    /// [`IndexError::NoChunk`], or when its bytes are damaged.
    pub fn chunk_id(&self, at: ChunkRef) -> Result<ChunkId, IndexError> {
        let missing = IndexError::NoChunk { segment: at.segment, ordinal: at.ordinal };
        let Some(segment) = self.segment(at) else { return Err(missing) };
        segment.table.id(at.ordinal as usize)?.ok_or(missing)
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

    /// The best `count`, in order; ids are only looked up for what may be among them.
    pub(crate) fn best(
        &self,
        mut scored: Vec<(f32, ChunkRef)>,
        count: usize,
    ) -> Result<Vec<(f32, ChunkRef)>, IndexError> {
        if scored.len() > count && count > 0 {
            let mut order: Vec<f32> = scored.iter().map(|scored| scored.0).collect();
            let (_, floor, _) = order.select_nth_unstable_by(count - 1, |a, b| b.total_cmp(a));
            scored.retain(|scored| scored.0.total_cmp(floor).is_ge());
        }
        let mut named = Vec::with_capacity(scored.len());
        for (score, at) in scored {
            named.push(((score, self.chunk_id(at)?), at));
        }
        named.sort_unstable_by(|a, b| rank_order(a.0, b.0));
        named.truncate(count);
        Ok(named.into_iter().map(|((score, _), at)| (score, at)).collect())
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
