use serde::{Deserialize, Serialize};

/// A byte range `[from, to)` in the text of one document, both on character boundaries.
///
/// Serialised as `[from, to]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(usize, usize)", into = "(usize, usize)")]
pub struct Span {
    /// First byte.
    pub from: usize,
    /// One past the last byte.
    pub to: usize,
}

impl Span {
    /// The span `[from, to)`.
    #[must_use]
    pub const fn new(from: usize, to: usize) -> Self {
        Self { from, to }
    }

    /// Length in bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.to.saturating_sub(self.from)
    }

    /// Whether no byte is in the span.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.to <= self.from
    }

    /// Whether the two spans share a byte.
    #[must_use]
    pub const fn overlaps(&self, other: &Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::new(self.from.min(other.from), self.to.max(other.to))
    }
}

impl From<(usize, usize)> for Span {
    fn from((from, to): (usize, usize)) -> Self {
        Self { from, to }
    }
}

impl From<Span> for (usize, usize) {
    fn from(span: Span) -> Self {
        (span.from, span.to)
    }
}

/// Line numbers of a span, counted from 1, both inclusive. Serialised as `[first, last]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(u32, u32)", into = "(u32, u32)")]
pub struct Lines {
    /// First line that the span touches.
    pub first: u32,
    /// Last line that the span touches.
    pub last: u32,
}

impl From<(u32, u32)> for Lines {
    fn from((first, last): (u32, u32)) -> Self {
        Self { first, last }
    }
}

impl From<Lines> for (u32, u32) {
    fn from(lines: Lines) -> Self {
        (lines.first, lines.last)
    }
}
