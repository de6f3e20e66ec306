//! Interpolated precision at recall.

use crate::judged::Binary;

/// The best precision at any rank where at least `recall` (in [0, 1]) of the relevant documents is found.
///
/// The number of documents is `recall` * R, rounded half away from zero, as in trec_eval 10 (releases up to 9
/// rounded it up, with other values on small R).
pub(super) fn at(ranking: Binary<'_>, recall: f64) -> f64 {
    let wanted = libm::round(recall * ranking.relevant as f64) as usize;
    let (mut found, mut best) = (0, 0.0_f64);
    for (index, hit) in ranking.hits().enumerate() {
        found += usize::from(hit);
        // Precision peaks at hits, so that the others need not be looked at.
        if hit && found >= wanted {
            best = best.max(found as f64 / (index + 1) as f64);
        }
    }
    best
}

/// Mean of the interpolated precision at recall 0, 0.1, ... 1.
pub(super) fn eleven_points(ranking: Binary<'_>) -> f64 {
    (0..=10_u32).map(|tenth| at(ranking, f64::from(tenth * 10) / 100.0)).sum::<f64>() / 11.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judged::drawn;

    #[test]
    fn the_best_precision_from_there_on() {
        // Precision at the hits: 1/2, 2/3, 3/6.
        let judged = drawn("-++--+", &[1]);
        assert!((at(judged.at(1), 0.0) - 2.0 / 3.0).abs() < 1e-12);
        assert!((at(judged.at(1), 0.5) - 2.0 / 3.0).abs() < 1e-12);
        assert!((at(judged.at(1), 0.75) - 0.5).abs() < 1e-12);
        assert_eq!(at(judged.at(1), 1.0), 0.0);
        // Tenths of 4 round to 0 0 1 1 2 2 2 3 3 4 4: seven times 2/3, twice 1/2, twice 0.
        assert!((eleven_points(judged.at(1)) - (7.0 * 2.0 / 3.0 + 2.0 * 0.5) / 11.0).abs() < 1e-12);
    }
}
