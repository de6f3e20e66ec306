use haversack_model::{Candidate, rank_order};

/// Candidates in the one order of every ranking: ranking score descending, then chunk id.
///
/// A score that is absent or not finite ranks below every other.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking(Vec<Candidate>);

impl Ranking {
    /// Orders candidates; the order they come in changes nothing.
    #[must_use]
    pub fn new(mut candidates: Vec<Candidate>) -> Self {
        candidates.sort_by(|a, b| {
            let key = |c: &Candidate| (score(c).unwrap_or(f32::NEG_INFINITY), c.chunk.id);
            rank_order(key(a), key(b)).then_with(|| a.chunk.span.cmp(&b.chunk.span))
        });
        Self(candidates)
    }

    /// The candidates, best first.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        &self.0
    }
}

/// The score that a candidate is ranked by, if it is a number.
pub(crate) fn score(candidate: &Candidate) -> Option<f32> {
    Some(candidate.scores.ranking()).filter(|score| score.is_finite())
}

/// How well a candidate matches, if that is known; else the score that ranks it.
pub(crate) fn relevance(candidate: &Candidate) -> Option<f32> {
    candidate.scores.relevance.or(Some(candidate.scores.ranking())).filter(|relevance| relevance.is_finite())
}
