//! Quality against cost: the settings that no other setting beats.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Estimate;

/// One setting of a sweep, with what it costs and what it gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepPoint {
    /// What people call it.
    pub label: String,
    /// Dotted fields of the recipe or request, with their values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// Mean tokens of a pack.
    pub tokens: f64,
    /// Mean score, from 0 to 1, with its interval.
    pub score: Estimate,
    /// Calls that failed, each of which counts as the suite says.
    #[serde(default)]
    pub failed: u64,
    /// Whether no other point has at least its score for at most its tokens; see [`pareto_front`].
    #[serde(default)]
    pub on_front: bool,
}

/// Which points no other point beats: whether each of several (tokens, score) is on the Pareto front.
///
/// A point is beaten by one that costs no more and scores no less, and is not the same in both. Equal points stand or
/// fall together; a point that is not a pair of finite numbers is never on the front. O(n log n).
///
/// ```
/// use haversack_eval::pareto_front;
/// let points = [(500.0, 0.61), (1000.0, 0.70), (2000.0, 0.69), (4000.0, 0.74)];
/// assert_eq!(pareto_front(&points), [true, true, false, true]);
/// ```
#[must_use]
pub fn pareto_front(points: &[(f64, f64)]) -> Vec<bool> {
    let finite = |at: &usize| points[*at].0.is_finite() && points[*at].1.is_finite();
    let mut order: Vec<usize> = (0..points.len()).filter(finite).collect();
    // Cheapest first, among equally cheap ones the best first: a point is then beaten only by one before it.
    order.sort_by(|a, b| {
        let ((cost_a, score_a), (cost_b, score_b)) = (points[*a], points[*b]);
        cost_a.total_cmp(&cost_b).then(score_b.total_cmp(&score_a))
    });
    let mut on_front = vec![false; points.len()];
    let mut best: Option<(f64, f64)> = None;
    for at in order {
        let (cost, score) = points[at];
        let beaten =
            best.is_some_and(|(cost_of_best, best)| score < best || (score <= best && cost > cost_of_best));
        if !beaten {
            on_front[at] = true;
            best = Some((cost, score));
        }
    }
    on_front
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_points_stand_together_and_what_is_no_number_never_does() {
        assert_eq!(pareto_front(&[(1.0, 0.5), (1.0, 0.5), (2.0, 0.5)]), [true, true, false]);
        assert_eq!(pareto_front(&[(f64::NAN, 1.0), (1.0, f64::INFINITY), (1.0, 0.0)]), [false, false, true]);
        assert_eq!(pareto_front(&[(0.0, 0.5), (-0.0, 0.5)]), [true, true]);
        assert!(pareto_front(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn it_is_what_comparing_every_two_points_gives(
            points in prop::collection::vec((0_u8..6, 0_u8..6), 0..20)
        ) {
            let points: Vec<(f64, f64)> = points.iter().map(|(c, s)| (f64::from(*c), f64::from(*s))).collect();
            let beats = |p: &(f64, f64), q: &(f64, f64)| p.0 <= q.0 && p.1 >= q.1 && p != q;
            let plain: Vec<bool> = points.iter().map(|q| !points.iter().any(|p| beats(p, q))).collect();
            prop_assert_eq!(pareto_front(&points), plain);
        }
    }
}
