//! Reciprocal rank.

use crate::judged::Binary;

/// 1 / rank of the first relevant document, 0 if none is among the first `k`.
pub(super) fn reciprocal_rank(ranking: Binary<'_>, k: usize) -> f64 {
    ranking.hits().take(k).position(|hit| hit).map_or(0.0, |index| 1.0 / (index + 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judged::drawn;

    #[test]
    fn the_first_relevant_rank_counts() {
        let judged = drawn("-.+-+", &[]);
        assert!((reciprocal_rank(judged.at(1), usize::MAX) - 1.0 / 3.0).abs() < 1e-12);
        assert!((reciprocal_rank(judged.at(1), 3) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(reciprocal_rank(judged.at(1), 2), 0.0);
    }
}
