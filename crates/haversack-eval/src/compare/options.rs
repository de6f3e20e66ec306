use serde::{Deserialize, Serialize};

use crate::CompareError;

/// How two versions are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CompareOptions {
    /// Significance level of tests; intervals have the confidence 1 - alpha. 0.05 by default; in (0, 0.5].
    pub alpha: f64,
    /// Chance of seeing an effect that [`Power`](crate::Power) is computed for. 0.8 by default; in (0, 1).
    pub power: f64,
    /// The effect that is wanted, to learn how many tasks it needs; in (0, 1].
    pub wanted: Option<f64>,
    /// How intervals are computed.
    pub interval: Interval,
    /// Random sign flips, and resamples, where not everything can be counted. 10,000 by default; at least 100.
    pub draws: usize,
    /// Whether to test after every task too, in the order of the pairs: then that order must not depend on outcomes, and is
    /// best shuffled once.
    pub sequential: bool,
}

impl Default for CompareOptions {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            power: 0.8,
            wanted: None,
            interval: Interval::Score,
            draws: 10_000,
            sequential: false,
        }
    }
}

impl CompareOptions {
    pub(super) fn check(&self) -> Result<(), CompareError> {
        let refuse = |option, value, expected| Err(CompareError::Option { option, value, expected });
        if !(self.alpha > 0.0 && self.alpha <= 0.5) {
            return refuse("alpha", self.alpha, "above 0 and at most 0.5");
        }
        if !(self.power > 0.0 && self.power < 1.0) {
            return refuse("power", self.power, "between 0 and 1");
        }
        if let Some(wanted) = self.wanted
            && !(wanted > 0.0 && wanted <= 1.0)
        {
            return refuse("wanted", wanted, "above 0 and at most 1");
        }
        if self.draws < 100 {
            return refuse("draws", self.draws as f64, "at least 100");
        }
        Ok(())
    }
}

/// How the interval of a mean difference is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// All means that a score test accepts, with the variance of the most likely distribution under that mean; for pass and fail
    /// the interval of Tango (1998). It keeps its confidence where few tasks differ and where differences are skewed.
    Score,
    /// The bias-corrected and accelerated bootstrap (Efron 1987); too short for few tasks, and of no width when all differences
    /// are the same.
    Bca,
}
