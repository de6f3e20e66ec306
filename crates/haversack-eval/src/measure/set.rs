//! Measures of the whole retrieved set, without order.

use crate::Judgment;
use crate::judged::{Binary, ratio};

/// Relevant retrieved over retrieved.
pub(super) fn precision(ranking: Binary<'_>) -> f64 {
    ratio(ranking.found_all(), ranking.retrieved())
}

/// Relevant retrieved over the most there could be.
pub(super) fn relative_precision(ranking: Binary<'_>) -> f64 {
    ratio(ranking.found_all(), ranking.retrieved().min(ranking.relevant))
}

/// Relevant retrieved over relevant.
pub(super) fn recall(ranking: Binary<'_>) -> f64 {
    ratio(ranking.found_all(), ranking.relevant)
}

/// Harmonic mean of precision and recall.
pub(super) fn f1(ranking: Binary<'_>) -> f64 {
    2.0 * ratio(ranking.found_all(), ranking.retrieved() + ranking.relevant)
}

/// Precision times recall: average precision of a set in which order means nothing.
pub(super) fn average_precision(ranking: Binary<'_>) -> f64 {
    precision(ranking) * recall(ranking)
}

/// Relevant retrieved less the others retrieved.
pub(super) fn utility(ranking: Binary<'_>) -> f64 {
    2.0 * ranking.found_all() as f64 - ranking.retrieved() as f64
}

/// Judged and not relevant, yet retrieved.
pub(super) fn not_relevant_retrieved(ranking: Binary<'_>) -> usize {
    let judged = ranking.judged.ranking.iter().filter(|judgment| matches!(judgment, Judgment::Grade(_)));
    judged.count() - ranking.found_all()
}

/// Documents among the first `k` that nobody judged, over `k`.
pub(super) fn unjudged(ranking: Binary<'_>, k: usize) -> f64 {
    let head = ranking.judged.ranking.iter().take(k);
    ratio(head.filter(|judgment| !matches!(judgment, Judgment::Grade(_))).count(), k)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judged::drawn;

    #[test]
    fn counts() {
        let judged = drawn("+-.?", &[1]);
        let ranking = judged.at(1);
        assert!((precision(ranking) - 0.25).abs() < 1e-12);
        assert!((recall(ranking) - 0.5).abs() < 1e-12);
        assert!((relative_precision(ranking) - 0.5).abs() < 1e-12);
        assert!((f1(ranking) - 1.0 / 3.0).abs() < 1e-12);
        assert!((average_precision(ranking) - 0.125).abs() < 1e-12);
        assert!((utility(ranking) + 2.0).abs() < 1e-12);
        assert_eq!(not_relevant_retrieved(ranking), 1);
        assert!((unjudged(ranking, 3) - 1.0 / 3.0).abs() < 1e-12);
        assert!((unjudged(ranking, 10) - 0.2).abs() < 1e-12);
    }
}
