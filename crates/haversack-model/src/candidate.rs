use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{Chunk, ChunkId, Trust};

/// The scores of one chunk for one query.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Scores {
    /// BM25, at least 0; absent when the context or the query has no terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lexical: Option<f32>,
    /// Cosine in [-1, 1]; absent when the context has no vectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dense: Option<f32>,
    /// What fusion made of the two; the ranking follows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fused: Option<f32>,
    /// How well it matches, in [0, 1], comparable between queries: BM25 over its bound and cosine, weighted. It ranks
    /// nothing; `packing.min_score` is held against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relevance: Option<f32>,
    /// What a reranker made of it, where one ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerank: Option<f32>,
}

impl Scores {
    /// The score that orders a ranking: the reranker's, else the fused one, else negative infinity.
    #[must_use]
    pub fn ranking(&self) -> f32 {
        self.rerank.or(self.fused).unwrap_or(f32::NEG_INFINITY)
    }
}

/// A chunk that retrieval proposes, with its scores and what selection needs to know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The chunk.
    pub chunk: Chunk,
    /// Its scores.
    pub scores: Scores,
    /// Trust of its document.
    pub trust: Trust,
    /// Tokens of the chunk's text alone in the request's tokenizer.
    pub tokens: usize,
    /// Unit vector of the chunk; empty when the context has none.
    pub vector: Vec<f32>,
}

/// The one order of every ranking: score descending by `total_cmp`, then chunk id ascending.
///
/// ```
/// use haversack_model::{ChunkId, rank_order};
/// let (a, b) = (ChunkId::from_bytes([1; 16]), ChunkId::from_bytes([2; 16]));
/// assert!(rank_order((0.9, a), (0.5, b)).is_lt());
/// assert!(rank_order((0.5, a), (0.5, b)).is_lt());
/// ```
#[must_use]
pub fn rank_order(a: (f32, ChunkId), b: (f32, ChunkId)) -> Ordering {
    b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1))
}
