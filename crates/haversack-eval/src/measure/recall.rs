//! Recall: what part of the relevant documents is retrieved.

use crate::judged::{Binary, ratio};

/// Relevant among the first `k`, over all relevant ones.
pub(super) fn at(ranking: Binary<'_>, k: usize) -> f64 {
    ratio(ranking.found(k), ranking.relevant)
}

/// 1 if a relevant document is among the first `k`, else 0.
pub(super) fn success(ranking: Binary<'_>, k: usize) -> f64 {
    if ranking.found(k) > 0 { 1.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judged::drawn;

    #[test]
    fn of_all_that_is_relevant() {
        let judged = drawn("-+.+", &[1, 1]);
        assert!((at(judged.at(1), 2) - 0.25).abs() < 1e-12);
        assert!((at(judged.at(1), 100) - 0.5).abs() < 1e-12);
        assert_eq!((success(judged.at(1), 1), success(judged.at(1), 2)), (0.0, 1.0));
        assert_eq!(at(drawn("-", &[]).at(1), 5), 0.0);
    }
}
