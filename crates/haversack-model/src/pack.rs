use serde::{Deserialize, Serialize};

use crate::{Decision, Digest, DocumentId, Lines, Scores, Span, Trust, VersionId};

/// The rendered context with its citations and the reason for every choice.
///
/// Everything but `timings_us` is a function of version and request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pack {
    /// Hash of the bytes of `text`.
    pub pack_id: Digest,
    /// The version it was drawn from.
    pub version: VersionId,
    /// The query.
    pub query: String,
    /// Most tokens.
    pub budget: usize,
    /// The tokenizer that counts them.
    pub tokenizer: String,
    /// Tokens of `text`; never above `budget`.
    pub tokens: usize,
    /// The rendered context; empty when nothing was chosen.
    pub text: String,
    /// The passages in the order of the text.
    pub passages: Vec<Passage>,
    /// One for each candidate, in ranking order.
    pub decisions: Vec<Decision>,
    /// What the caller should know (an empty pack says why).
    pub warnings: Vec<String>,
    /// Where the time went.
    pub timings_us: Timings,
}

impl Pack {
    /// The rendered context.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The passages in the order of the text.
    #[must_use]
    pub fn passages(&self) -> &[Passage] {
        &self.passages
    }
}

/// One cited stretch of one document: a chunk, or neighbouring chunks merged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// What the text cites it as: `handbook/runbooks/rotate.md#L10-L42`, numbered from 1 by position.
    pub citation: String,
    /// The document.
    pub document: DocumentId,
    /// Bytes of the document's text.
    pub span: Span,
    /// Lines of the document's text.
    pub lines: Lines,
    /// Tokens of the passage's text alone.
    pub tokens: usize,
    /// Trust of the document.
    pub trust: Trust,
    /// The ranking score of its best chunk.
    pub score: f32,
    /// The scores of its best chunk.
    pub scores: Scores,
    /// Title and headings.
    pub breadcrumb: Vec<String>,
    /// The text of the span.
    pub text: String,
}

impl Passage {
    /// What the text cites the passage as.
    #[must_use]
    pub fn citation(&self) -> &str {
        &self.citation
    }

    /// Tokens of the passage's text alone.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.tokens
    }
}

/// Microseconds per stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timings {
    /// Query to vector; 0 from the cache.
    pub embed: u64,
    /// Term scoring.
    pub lexical: u64,
    /// Vector scoring.
    pub dense: u64,
    /// Two rankings into one.
    pub fuse: u64,
    /// Rescoring of the head.
    pub rerank: u64,
    /// Choice under the budget.
    pub select: u64,
    /// Rendering and counting.
    pub render: u64,
    /// From request to pack.
    pub total: u64,
}
