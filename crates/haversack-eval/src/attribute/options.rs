use crate::CauseError;
use crate::probing::within;

/// How causes are looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeOptions {
    /// Whether the agent always answers the same pack alike, as the built-in one does: nothing is then asked twice, and one
    /// change of the outcome is proof.
    pub repeatable: bool,
    /// Most trials of one context while looking for candidates, at least 2; most contexts have one.
    pub trials: u32,
    /// Most calls of the agent; none is no limit.
    pub max_calls: Option<u64>,
    /// False-discovery rate, above 0 and below 1.
    pub fdr: f64,
    /// Confidence of the intervals, above 0 and below 1.
    pub confidence: f64,
    /// Pairs of random contexts that each touched task is asked in at first, at least 1.
    pub min_rounds: usize,
    /// Pairs for tasks with a factor that was found, for narrower intervals; at least `min_rounds`.
    pub max_rounds: usize,
    /// Pairs of outcomes, with and without a factor, until its test gives up; at least 5, which is what a test needs at an FDR
    /// of .1.
    pub max_pairs: u32,
    /// Differences of scores below this are not followed up: from 0 to 1. Where scores are pass or fail any value up to 1
    /// does.
    pub smallest_effect: f64,
    /// Seed of all random choices.
    pub seed: u64,
    /// For each task the changes that can touch its pack, where the caller knows them: packs are then not made to find out.
    pub touching: Option<Vec<Vec<usize>>>,
}

impl Default for AttributeOptions {
    fn default() -> Self {
        Self {
            repeatable: false,
            trials: 20,
            max_calls: None,
            fdr: 0.1,
            confidence: 0.95,
            min_rounds: 5,
            max_rounds: 12,
            max_pairs: 24,
            smallest_effect: 0.25,
            seed: 1,
            touching: None,
        }
    }
}

impl AttributeOptions {
    pub(crate) fn check<E>(&self) -> Result<(), CauseError<E>> {
        let open = (1e-6, 1.0 - 1e-6, "0.000001 to 0.999999");
        within("fdr", self.fdr, open)?;
        within("confidence", self.confidence, open)?;
        within("smallest_effect", self.smallest_effect, (0.0, 1.0, "0 to 1"))?;
        within("trials", f64::from(self.trials), (2.0, 1000.0, "2 to 1000"))?;
        within("max_pairs", f64::from(self.max_pairs), (5.0, 10_000.0, "5 to 10000"))?;
        within("min_rounds", self.min_rounds as f64, (1.0, 10_000.0, "1 to 10000"))?;
        within(
            "max_rounds",
            self.max_rounds as f64,
            (self.min_rounds as f64, 10_000.0, "min_rounds to 10000"),
        )
    }
}
