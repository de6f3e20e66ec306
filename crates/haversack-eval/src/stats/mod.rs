//! The statistics of comparisons: small, exact where that is affordable, and with the same bits on every machine.
//!
//! Functions take paired differences, one per task, and never draw a random number that is not derived from them.

pub(crate) mod binomial;
pub(crate) mod bootstrap;
pub(crate) mod fdr;
pub(crate) mod mcnemar;
pub(crate) mod noise;
pub(crate) mod normal;
pub(crate) mod permutation;
pub(crate) mod power;
pub(crate) mod random;
pub(crate) mod score;
pub(crate) mod sequential;
pub(crate) mod student;
pub(crate) mod unconditional;

pub(crate) use random::Random;

/// The mean, summed in the given order; 0 of nothing.
pub(crate) fn mean(values: &[f64]) -> f64 {
    // Adding 0 makes a negative zero positive: reports should not show -0.
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 + 0.0 }
}

/// The unbiased variance; 0 of fewer than two values.
pub(crate) fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = mean(values);
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (values.len() - 1) as f64
}
