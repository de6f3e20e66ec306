use haversack_model::{ChunkId, Fusion, FusionMethod, rank_order};

/// What the two retrievers say of one chunk. A score or rank that is absent or not finite counts as "not found".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FusionInput {
    /// The chunk.
    pub id: ChunkId,
    /// BM25, at least 0.
    pub lexical: Option<f32>,
    /// Cosine in [-1, 1].
    pub dense: Option<f32>,
    /// Place in the lexical ranking, from 1.
    pub lexical_rank: Option<u32>,
    /// Place in the dense ranking, from 1.
    pub dense_rank: Option<u32>,
}

/// A chunk with its fused score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fused {
    /// The chunk.
    pub id: ChunkId,
    /// Its score: in [0, 1] by `bound`, `max` and `minmax`, unbounded by `zscore`, in [0, 1/(k+1)] by `rrf`.
    pub score: f32,
    /// Its score by `bound`, whatever the method: how well it matches, comparable between queries.
    pub relevance: f32,
}

/// Makes one ranking of two, ordered by [`rank_order`]; the order of `hits` changes nothing.
///
/// With dense weight w a chunk scores `w * dense + (1 - w) * lexical`, where each side is
///
/// - `bound`: the score over its theoretical bound, so that scores of two queries compare: BM25 over `lexical_bound`
///   (the most that any chunk could get for the query; not positive means no lexical scores), cosine clamped to
///   [0, 1];
/// - `max`: the score over the highest of `hits`, so that the best of each ranking has 1; negative scores are 0;
/// - `zscore`: the score's distance from the mean of `hits` in standard deviations; a chunk that a retriever did not
///   find takes that retriever's lowest;
/// - `minmax`: the score's place between the lowest and the highest of `hits`; 0 where not found;
/// - `rrf`: `1 / (k + rank)`; 0 where not found (Cormack, Clarke and Büttcher 2009, *Reciprocal Rank Fusion
///   Outperforms Condorcet and Individual Rank Learning Methods*).
///
/// The convex combination of normalised scores, its bounds, and why it is preferred to ranks are from Bruch, Gai and
/// Ingber 2023, *An Analysis of Fusion Functions for Hybrid Retrieval*. Where only one retriever found anything, its
/// weight is 1. Costs O(n log n).
///
/// ```
/// use haversack_model::{ChunkId, Fusion, FusionMethod};
/// use haversack_select::{FusionInput, fuse};
///
/// let hit = |n, lexical, dense| FusionInput {
///     id: ChunkId::from_bytes([n; 16]), lexical, dense, lexical_rank: None, dense_rank: None,
/// };
/// let fusion = Fusion { method: FusionMethod::Bound, dense_weight: 0.7, rrf_k: 60.0 };
/// let ranking = fuse(&[hit(1, Some(5.0), Some(0.2)), hit(2, None, Some(0.9))], 10.0, &fusion);
/// assert_eq!(ranking[0].id, ChunkId::from_bytes([2; 16]));
/// assert!((ranking[0].score - 0.63).abs() < 1e-6 && (ranking[1].score - 0.29).abs() < 1e-6);
/// ```
#[must_use]
pub fn fuse(hits: &[FusionInput], lexical_bound: f32, fusion: &Fusion) -> Vec<Fused> {
    // Sums of floats depend on their order, so it is fixed before anything is added.
    let mut hits = hits.to_vec();
    hits.sort_by(total_order);
    let bound = (
        Side::new(&hits, |hit| over_bound(hit.lexical, lexical_bound)),
        Side::new(&hits, |hit| finite(hit.dense).map(|score| score.clamp(0.0, 1.0))),
    );
    let relevance = Weighted::new(bound.0.clone(), bound.1.clone(), fusion.dense_weight);
    let (lexical, dense) = match fusion.method {
        FusionMethod::Rrf => (
            Side::new(&hits, |hit| reciprocal(hit.lexical, hit.lexical_rank, fusion.rrf_k)),
            Side::new(&hits, |hit| reciprocal(hit.dense, hit.dense_rank, fusion.rrf_k)),
        ),
        FusionMethod::Bound => bound,
        FusionMethod::Max => (bound.0.over_best(), bound.1.over_best()),
        FusionMethod::Zscore => (
            Side::new(&hits, |hit| finite(hit.lexical)).zscores(),
            Side::new(&hits, |hit| finite(hit.dense)).zscores(),
        ),
        FusionMethod::Minmax => (
            Side::new(&hits, |hit| finite(hit.lexical)).minmax(),
            Side::new(&hits, |hit| finite(hit.dense)).minmax(),
        ),
    };
    let fused = Weighted::new(lexical, dense, fusion.dense_weight);
    let one = |(i, hit): (usize, &FusionInput)| Fused {
        id: hit.id,
        score: fused.at(i),
        relevance: relevance.at(i),
    };
    let mut ranking: Vec<Fused> = hits.iter().enumerate().map(one).collect();
    ranking.sort_by(|a, b| rank_order((a.score, a.id), (b.score, b.id)));
    ranking
}

/// Two retrievers' normalised scores with the weight of the dense one.
struct Weighted {
    lexical: Side,
    dense: Side,
    weight: f64,
}

impl Weighted {
    fn new(lexical: Side, dense: Side, weight: f64) -> Self {
        let weight = match (lexical.found(), dense.found()) {
            (true, false) => 0.0,
            (false, true) => 1.0,
            _ => weight.clamp(0.0, 1.0),
        };
        Self { lexical, dense, weight }
    }

    fn at(&self, i: usize) -> f32 {
        let score = self.weight * self.dense.at(i) + (1.0 - self.weight) * self.lexical.at(i);
        // Adding zero turns -0 into 0: the total order would tell them apart.
        score as f32 + 0.0
    }
}

/// One retriever's normalised scores, and what a chunk gets that it did not find.
#[derive(Clone)]
struct Side {
    scores: Vec<Option<f64>>,
    absent: f64,
}

impl Side {
    fn new(hits: &[FusionInput], score: impl Fn(&FusionInput) -> Option<f64>) -> Self {
        Self { scores: hits.iter().map(score).collect(), absent: 0.0 }
    }

    fn found(&self) -> bool {
        self.scores.iter().any(Option::is_some)
    }

    fn at(&self, i: usize) -> f64 {
        self.scores[i].unwrap_or(self.absent)
    }

    fn range(&self) -> Option<(f64, f64)> {
        let mut present = self.scores.iter().flatten().copied();
        let first = present.next()?;
        Some(present.fold((first, first), |(low, high), score| (low.min(score), high.max(score))))
    }

    fn zscores(mut self) -> Self {
        let Some((low, high)) = self.range() else { return self };
        let count = self.scores.iter().flatten().count() as f64;
        let mean = self.scores.iter().flatten().sum::<f64>() / count;
        let squares: f64 = self.scores.iter().flatten().map(|score| (score - mean) * (score - mean)).sum();
        let deviation = libm::sqrt(squares / count);
        let standard =
            |score: f64| if low < high && deviation > 0.0 { (score - mean) / deviation } else { 0.0 };
        self.absent = standard(low);
        self.scores.iter_mut().flatten().for_each(|score| *score = standard(*score));
        self
    }

    /// Scores in [0, 1] over the highest of them.
    fn over_best(mut self) -> Self {
        let Some((_, high)) = self.range().filter(|(_, high)| *high > 0.0) else { return self };
        self.scores.iter_mut().flatten().for_each(|score| *score /= high);
        self
    }

    fn minmax(mut self) -> Self {
        let Some((low, high)) = self.range() else { return self };
        // A lone score, or equal ones, are the highest there are.
        let place = |score: f64| if low < high { (score - low) / (high - low) } else { 1.0 };
        self.scores.iter_mut().flatten().for_each(|score| *score = place(*score));
        self
    }
}

fn total_order(a: &FusionInput, b: &FusionInput) -> std::cmp::Ordering {
    let bits = |score: Option<f32>| score.map(f32::to_bits);
    let key =
        |hit: &FusionInput| (hit.id, bits(hit.lexical), bits(hit.dense), hit.lexical_rank, hit.dense_rank);
    key(a).cmp(&key(b))
}

fn finite(score: Option<f32>) -> Option<f64> {
    score.filter(|score| score.is_finite()).map(f64::from)
}

fn over_bound(score: Option<f32>, bound: f32) -> Option<f64> {
    let usable = bound.is_finite() && bound > 0.0;
    finite(score).filter(|_| usable).map(|score| (score / f64::from(bound)).clamp(0.0, 1.0))
}

fn reciprocal(score: Option<f32>, rank: Option<u32>, k: f64) -> Option<f64> {
    let broken = score.is_some_and(|score| !score.is_finite());
    let k = if k.is_finite() { k.max(0.0) } else { 0.0 };
    rank.filter(|_| !broken).map(|rank| 1.0 / (k + f64::from(rank.max(1))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hit(n: u8, lexical: Option<f32>, dense: Option<f32>) -> FusionInput {
        FusionInput { id: ChunkId::from_bytes([n; 16]), lexical, dense, lexical_rank: None, dense_rank: None }
    }

    fn fusion(method: FusionMethod) -> Fusion {
        Fusion { method, dense_weight: 0.7, rrf_k: 60.0 }
    }

    fn scores(hits: &[FusionInput], method: FusionMethod) -> Vec<(u8, f32)> {
        fuse(hits, 10.0, &fusion(method)).iter().map(|f| (f.id.as_bytes()[0], f.score)).collect()
    }

    #[test]
    fn a_lone_retriever_has_all_the_weight() {
        assert_eq!(scores(&[hit(1, Some(5.0), None)], FusionMethod::Bound), [(1, 0.5)]);
        assert_eq!(scores(&[hit(1, None, Some(0.5))], FusionMethod::Bound), [(1, 0.5)]);
        assert_eq!(scores(&[hit(1, None, None)], FusionMethod::Bound), [(1, 0.0)]);
        assert!(scores(&[], FusionMethod::Zscore).is_empty());
    }

    #[test]
    fn scores_that_are_not_finite_count_as_not_found() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for method in [FusionMethod::Bound, FusionMethod::Zscore, FusionMethod::Minmax] {
                let with = [hit(1, Some(bad), Some(0.5)), hit(2, Some(3.0), Some(bad))];
                let without = [hit(1, None, Some(0.5)), hit(2, Some(3.0), None)];
                assert_eq!(scores(&with, method), scores(&without, method), "{bad} {method:?}");
            }
        }
        let ranked = FusionInput { lexical_rank: Some(1), ..hit(1, Some(f32::NAN), None) };
        assert_eq!(scores(&[ranked], FusionMethod::Rrf), [(1, 0.0)]);
        assert_eq!(fuse(&[hit(1, Some(1.0), None)], f32::NAN, &fusion(FusionMethod::Bound))[0].score, 0.0);
    }

    #[test]
    fn each_method_follows_its_formula() {
        let hits = [hit(1, Some(4.0), Some(0.9)), hit(2, Some(2.0), Some(-0.4)), hit(3, None, Some(0.5))];
        let close = |found: Vec<(u8, f32)>, expected: [(u8, f32); 3]| {
            for (f, e) in found.iter().zip(expected) {
                assert!(f.0 == e.0 && (f.1 - e.1).abs() < 1e-5, "{found:?} against {expected:?}");
            }
        };
        close(scores(&hits, FusionMethod::Bound), [(1, 0.75), (3, 0.35), (2, 0.06)]);
        close(scores(&hits, FusionMethod::Max), [(1, 1.0), (3, 0.388_889), (2, 0.15)]);
        close(scores(&hits, FusionMethod::Minmax), [(1, 1.0), (3, 0.484_615), (2, 0.0)]);
        // Lexical 4 and 2 stand one deviation from 3; dense has mean 1/3 and deviation 0.543651.
        close(scores(&hits, FusionMethod::Zscore), [(1, 1.029_644), (3, -0.085_402), (2, -1.244_242)]);
        let ranks = [(1, Some(1), Some(1)), (2, Some(2), Some(3)), (3, None, Some(2))];
        let hits = ranks.map(|(n, lexical_rank, dense_rank)| FusionInput {
            lexical_rank,
            dense_rank,
            ..hit(n, None, None)
        });
        close(
            scores(&hits, FusionMethod::Rrf),
            [(1, 1.0 / 61.0), (2, 0.3 / 62.0 + 0.7 / 63.0), (3, 0.7 / 62.0)],
        );
    }

    const METHODS: [FusionMethod; 5] = [
        FusionMethod::Bound,
        FusionMethod::Rrf,
        FusionMethod::Zscore,
        FusionMethod::Minmax,
        FusionMethod::Max,
    ];

    fn any_hits() -> impl Strategy<Value = Vec<FusionInput>> {
        let score = prop_oneof![Just(None), Just(Some(f32::NAN)), (-2.0_f32..20.0).prop_map(Some)];
        let rank = prop::option::of(0_u32..9);
        let one = (0_u8..9, score.clone(), score, rank.clone(), rank)
            .prop_map(|(n, l, d, lr, dr)| FusionInput { lexical_rank: lr, dense_rank: dr, ..hit(n, l, d) });
        prop::collection::vec(one, 0..12)
    }

    proptest! {
        #[test]
        fn order_of_input_changes_nothing(hits in any_hits(), seed in any::<u64>(), bound in -1.0_f32..9.0) {
            let mut shuffled = hits.clone();
            shuffled.sort_by_key(|h| (u64::from(h.id.as_bytes()[0]).wrapping_mul(seed | 1), h.dense.map(f32::to_bits)));
            for method in METHODS {
                let ranking = fuse(&hits, bound, &fusion(method));
                prop_assert_eq!(&ranking, &fuse(&shuffled, bound, &fusion(method)));
                prop_assert_eq!(ranking.len(), hits.len());
                prop_assert!(ranking.iter().all(|f| f.score.is_finite()));
            }
        }
    }
}
