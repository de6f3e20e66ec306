//! Precision: what part of the retrieved documents is relevant.

use crate::judged::{Binary, ratio};

/// Relevant among the first `k`, over `k`, also when fewer were retrieved.
pub(super) fn at(ranking: Binary<'_>, k: usize) -> f64 {
    ratio(ranking.found(k), k)
}

/// Relevant among the first `k`, over the most there could be.
pub(super) fn relative_at(ranking: Binary<'_>, k: usize) -> f64 {
    ratio(ranking.found(k), k.min(ranking.relevant))
}

/// Precision at rank R, the number of relevant documents.
pub(super) fn at_r(ranking: Binary<'_>) -> f64 {
    at(ranking, ranking.relevant)
}

/// Precision at rank `multiple` * R, rounded as trec_eval rounds it.
pub(super) fn at_multiple_of_r(ranking: Binary<'_>, multiple: f64) -> f64 {
    at(ranking, (multiple * ranking.relevant as f64 + 0.9) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judged::drawn;

    #[test]
    fn cutoffs_count_places_not_documents() {
        let judged = drawn("+-+", &[1]);
        assert!((at(judged.at(1), 2) - 0.5).abs() < 1e-12);
        assert!((at(judged.at(1), 10) - 0.2).abs() < 1e-12);
        assert!((relative_at(judged.at(1), 10) - 2.0 / 3.0).abs() < 1e-12);
        assert!((at_r(judged.at(1)) - 2.0 / 3.0).abs() < 1e-12);
        assert!((at_multiple_of_r(judged.at(1), 2.0) - 2.0 / 6.0).abs() < 1e-12);
        assert_eq!(at_r(drawn("..", &[]).at(1)), 0.0);
    }
}
