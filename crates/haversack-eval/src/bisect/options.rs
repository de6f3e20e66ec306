use crate::CauseError;
use crate::probing::within;

/// How a set is looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct BisectOptions {
    /// Whether the agent always answers the same pack alike: every context is then asked once, and the answer is certain.
    pub repeatable: bool,
    /// Confidence of a conclusive answer, above 0 and below 1.
    pub confidence: f64,
    /// Most trials of a context for one question, at least 3.
    pub trials: u32,
    /// Most calls of the agent; none is no limit.
    pub max_calls: Option<u64>,
    /// Whether to look for further sets, without the changes of those found.
    pub all: bool,
    /// Seed of all random choices.
    pub seed: u64,
    /// For each task of the oracle the changes that can touch its pack, where the caller knows them.
    pub touching: Option<Vec<Vec<usize>>>,
}

impl Default for BisectOptions {
    fn default() -> Self {
        Self {
            repeatable: false,
            confidence: 0.95,
            trials: 64,
            max_calls: None,
            all: false,
            seed: 1,
            touching: None,
        }
    }
}

impl BisectOptions {
    pub(crate) fn check<E>(&self) -> Result<(), CauseError<E>> {
        within("confidence", self.confidence, (1e-6, 1.0 - 1e-6, "0.000001 to 0.999999"))?;
        within("trials", f64::from(self.trials), (3.0, 10_000.0, "3 to 10000"))
    }
}
