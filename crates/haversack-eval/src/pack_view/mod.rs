//! What measures of packs look at, and what they look for.

pub(crate) mod answer;
pub(crate) mod evidence;
pub(crate) mod spans;

use haversack_model::{DocumentId, Pack, Span};
use serde::{Deserialize, Serialize};

/// The part of a pack that is measured.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackView {
    /// The rendered context, as an agent sees it.
    pub text: String,
    /// What it cites.
    pub passages: Vec<PassageView>,
}

/// One cited stretch of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassageView {
    /// The document.
    pub document: DocumentId,
    /// Bytes of its text.
    pub span: Span,
}

impl From<&Pack> for PackView {
    fn from(pack: &Pack) -> Self {
        let passages = pack.passages.iter();
        let view = |passage: &haversack_model::Passage| PassageView {
            document: passage.document.clone(),
            span: passage.span,
        };
        Self { text: pack.text.clone(), passages: passages.map(view).collect() }
    }
}

/// What a good pack for a task holds. An empty list means that nothing is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gold {
    /// Any one of these answers the task.
    pub answers: Vec<String>,
    /// All of these belong to the answer.
    pub spans: Vec<GoldSpan>,
    /// All of these are needed.
    pub documents: Vec<DocumentId>,
}

/// A stretch of a document that belongs to the answer: bytes `[from, to)` of its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldSpan {
    /// The document.
    pub document: DocumentId,
    /// First byte.
    pub from: usize,
    /// One past the last byte.
    pub to: usize,
}
