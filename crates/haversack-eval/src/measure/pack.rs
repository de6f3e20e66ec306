//! Measures of packs: what of the gold facts stands in the rendered context.

use std::fmt;
use std::num::NonZeroU32;

use crate::pack_view::{Gold, PackView, answer, evidence, spans};

/// A measure of packs under a budget: `answer@2000tok`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackMeasure {
    /// What is computed.
    pub kind: PackKind,
    /// Budget of the pack in tokens of the context's tokenizer.
    pub budget: NonZeroU32,
}

/// What is computed from a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackKind {
    /// Whether the words of one of the gold answers stand in the pack's text, in order and unbroken.
    Answer,
    /// Share of the bytes of the gold spans that the passages cover.
    SpanRecall,
    /// Share of the bytes of the passages that lie in gold spans.
    SpanPrecision,
    /// Share of the gold documents of which a passage is in the pack.
    Evidence,
}

impl PackKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Answer, Self::SpanRecall, Self::SpanPrecision, Self::Evidence];

    /// The name before the budget.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::SpanRecall => "spanrecall",
            Self::SpanPrecision => "spanprecision",
            Self::Evidence => "evidence",
        }
    }
}

impl PackMeasure {
    /// The value for one task in [0, 1], or `None` where the task has no gold facts of this kind.
    ///
    /// ```
    /// use haversack_eval::{Gold, Measure, PackView};
    /// let Measure::Pack(measure) = "answer@500tok".parse()? else { unreachable!() };
    /// let gold = Gold { answers: vec!["The Anglican Communion".to_owned()], ..Gold::default() };
    /// let pack = PackView { text: "Churches of the anglican  communion.".to_owned(), passages: vec![] };
    /// assert_eq!(measure.of(&gold, &pack), Some(1.0));
    /// assert_eq!(measure.of(&Gold::default(), &pack), None);
    /// # Ok::<(), haversack_eval::MeasureParseError>(())
    /// ```
    #[must_use]
    pub fn of(&self, gold: &Gold, pack: &PackView) -> Option<f64> {
        match self.kind {
            PackKind::Answer => answer::contained(gold, pack),
            PackKind::SpanRecall => spans::recall(gold, pack),
            PackKind::SpanPrecision => spans::precision(gold, pack),
            PackKind::Evidence => evidence::share(gold, pack),
        }
    }
}

impl fmt::Display for PackMeasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}@{}tok", self.kind.name(), self.budget))
    }
}
