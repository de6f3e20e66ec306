//! Average precision.

use crate::judged::Binary;

/// Mean over the relevant documents of the precision at their ranks, 0 for those not among the first `k`.
///
/// Buckley and Voorhees, "Retrieval System Evaluation", TREC: Experiment and Evaluation, 2005, chapter 3.
pub(super) fn average_precision(ranking: Binary<'_>, k: usize) -> f64 {
    let mut found = 0_u32;
    let mut sum = 0.0;
    for (index, hit) in ranking.hits().enumerate().take(k) {
        if hit {
            found += 1;
            sum += f64::from(found) / (index + 1) as f64;
        }
    }
    if found == 0 { 0.0 } else { sum / ranking.relevant as f64 }
}

/// Average precision estimated from a sample of the pool, where negative grades mark what was not sampled.
///
/// Yilmaz and Aslam, "Estimating average precision with incomplete and imperfect judgments", CIKM 2006; the
/// smoothing constant is trec_eval's.
pub(super) fn inferred(ranking: Binary<'_>) -> f64 {
    const EPSILON: f64 = 0.00001;
    let (mut relevant, mut other, mut unjudged) = (0.0, 0.0, 0.0);
    let mut sum = 0.0;
    for (index, judgment) in ranking.judged.ranking.iter().enumerate() {
        match judgment {
            crate::Judgment::Unknown => {}
            crate::Judgment::Unjudged => unjudged += 1.0,
            _ if !ranking.is_relevant(*judgment) => other += 1.0,
            _ if index == 0 => {
                sum += 1.0;
                relevant += 1.0;
            }
            _ => {
                let above = index as f64;
                let pooled = (relevant + other + unjudged) / above;
                let precision = (relevant + EPSILON) / (relevant + other + 2.0 * EPSILON);
                sum += 1.0 / (above + 1.0) + above / (above + 1.0) * pooled * precision;
                relevant += 1.0;
            }
        }
    }
    if ranking.relevant == 0 { 0.0 } else { sum / ranking.relevant as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judged::drawn;

    #[test]
    fn precision_at_each_relevant_rank() {
        // Relevant at ranks 1, 3 and 5, one never found: (1 + 2/3 + 3/5) / 4.
        let judged = drawn("+-+.+", &[1]);
        assert!((average_precision(judged.at(1), usize::MAX) - (1.0 + 2.0 / 3.0 + 0.6) / 4.0).abs() < 1e-12);
        assert!((average_precision(judged.at(1), 3) - (1.0 + 2.0 / 3.0) / 4.0).abs() < 1e-12);
        assert_eq!(average_precision(drawn("--", &[]).at(1), 10), 0.0);
        // Only grade 2 is relevant: it stands at rank 2.
        assert!((average_precision(drawn("12", &[]).at(2), 10) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn inference_without_a_sample_is_average_precision() {
        let judged = drawn("+-+-+", &[1]);
        assert!((inferred(judged.at(1)) - average_precision(judged.at(1), 9)).abs() < 1e-4);
        assert_eq!(inferred(drawn("+", &[]).at(1)), 1.0);
        // Above rank 3 stand one relevant and one unsampled document: (1 + 1/3 + 2/3 * 2/2 * 1) / 2.
        assert!((inferred(drawn("+?+", &[]).at(1)) - (1.0 + 1.0 / 3.0 + 2.0 / 3.0) / 2.0).abs() < 1e-4);
    }
}
