//! Rank-biased precision.

use crate::{Judged, Judgment};

/// Gain that a reader finds who goes on to the next document with probability `p`.
///
/// Moffat and Zobel, ACM TOIS 27 (2008), article 2. Grades are divided by the best grade of the query, so that
/// the result is in [0, 1]; where judgments are 0 or 1 this is the published form.
pub(super) fn rbp(judged: &Judged, p: f64) -> f64 {
    let best = f64::from(judged.grades.first().copied().unwrap_or(1).max(1));
    let (mut weight, mut sum) = (1.0, 0.0);
    for gain in judged.gains() {
        sum += weight * f64::from(gain) / best;
        weight *= p;
    }
    (1.0 - p) * sum
}

/// How much [`rbp`] could still rise by what nobody judged, and by what lies beyond the ranking.
///
/// 0 where everything retrieved is judged, as in trec_eval.
pub(super) fn residual(judged: &Judged, p: f64) -> f64 {
    let (mut weight, mut sum) = (1.0, 0.0);
    for judgment in &judged.ranking {
        if !matches!(judgment, Judgment::Grade(_)) {
            sum += weight;
        }
        weight *= p;
    }
    if sum > 0.0 { weight + (1.0 - p) * sum } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judged::drawn;

    #[test]
    fn weights_fall_by_p() {
        // 0.5 * (1 + 0.25).
        assert!((rbp(&drawn("+-+", &[]), 0.5) - 0.625).abs() < 1e-12);
        assert!((rbp(&drawn("1-2", &[]), 0.5) - 0.5 * (0.5 + 0.25)).abs() < 1e-12);
        assert!((residual(&drawn("+.", &[]), 0.5) - (0.25 + 0.25)).abs() < 1e-12);
        assert_eq!(residual(&drawn("+-", &[]), 0.5), 0.0);
    }
}
