use serde::{Deserialize, Serialize};

use crate::{ChunkId, DocumentId, Scores, Span};

/// Whether a candidate's text stands in the pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It does.
    Kept,
    /// It does not.
    Dropped,
}

/// Why a candidate was kept or dropped, with the numbers behind it. Serialised with a `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// Chosen: its citation number, and its tokens.
    Selected {
        /// Number of the passage that holds it.
        citation: usize,
        /// Tokens of its own text.
        tokens: usize,
    },
    /// Chosen, and joined with its neighbours into the passage of another chunk.
    MergedInto {
        /// The passage's first chunk.
        chunk: ChunkId,
        /// Number of that passage.
        citation: usize,
    },
    /// Relevant, but no room was left.
    OverBudget {
        /// Tokens that the pack would have needed above the budget, at least: for its text, without a header. Never 0.
        needs: usize,
    },
    /// The same text as a better candidate, or nearly.
    DuplicateOf {
        /// The better candidate.
        chunk: ChunkId,
        /// Jaccard similarity of their word shingles in [0, 1]; 1 is the same text.
        similarity: f32,
    },
    /// Its score is under the recipe's floor.
    BelowThreshold {
        /// Its score.
        score: f32,
        /// The floor.
        threshold: f32,
    },
    /// Its document has filled its share of the pack.
    DocumentLimit {
        /// Most chunks of one document.
        limit: usize,
    },
    /// Held back by a rule of the guard.
    Quarantined {
        /// The rule's name.
        rule: String,
    },
}

/// What became of one candidate. Every candidate of a pack has exactly one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The candidate.
    pub chunk: ChunkId,
    /// Its document.
    pub document: DocumentId,
    /// Its bytes.
    pub span: Span,
    /// Kept or dropped.
    #[serde(rename = "decision")]
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// Its scores.
    pub scores: Scores,
}
