//! Binary preference.

use crate::Judgment;
use crate::judged::Binary;

/// How often judged relevant documents stand before judged irrelevant ones; what nobody judged is passed over.
///
/// Buckley and Voorhees, "Retrieval evaluation with incomplete information", SIGIR 2004, in the form of
/// trec_eval: the first R irrelevant documents count, over min(irrelevant, R).
pub(super) fn bpref(ranking: Binary<'_>) -> f64 {
    let most = ranking.not_relevant().min(ranking.relevant);
    let mut above = 0;
    let mut sum = 0.0;
    for judgment in &ranking.judged.ranking {
        match judgment {
            Judgment::Unknown | Judgment::Unjudged => {}
            _ if !ranking.is_relevant(*judgment) => above += 1,
            _ if above == 0 => sum += 1.0,
            _ => sum += 1.0 - above.min(ranking.relevant) as f64 / most as f64,
        }
    }
    if ranking.relevant == 0 { 0.0 } else { sum / ranking.relevant as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judged::drawn;

    #[test]
    fn irrelevant_documents_above_cost_their_share() {
        // Two relevant, two irrelevant: the first hit has none above, the second one of two. (1 + 1/2) / 2.
        assert!((bpref(drawn("+.-?+-", &[]).at(1)) - 0.75).abs() < 1e-12);
        assert_eq!(bpref(drawn("..", &[1]).at(1)), 0.0);
        // Three irrelevant above, R = 1: min(3, 1) / min(3, 1).
        assert_eq!(bpref(drawn("---+", &[]).at(1)), 0.0);
    }
}
