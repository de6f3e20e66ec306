use super::{mean, normal};

/// Trials of one task that are known to be alike, so that they differ by chance only: sums for a pooled variance.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Pooled {
    squares: f64,
    freedom: usize,
}

impl Pooled {
    /// Adds the trials of one task.
    pub(crate) fn add(&mut self, trials: impl Iterator<Item = f64> + Clone) {
        let values: Vec<f64> = trials.collect();
        let center = mean(&values);
        self.squares += values.iter().map(|value| (value - center) * (value - center)).sum::<f64>();
        self.freedom += values.len().saturating_sub(1);
    }

    /// The standard deviation of one trial within a task; none when no task had two.
    pub(crate) fn deviation(&self) -> Option<f64> {
        (self.freedom > 0).then(|| (self.squares / self.freedom as f64).sqrt())
    }
}

/// The mean difference over `tasks` that chance exceeds, in either direction, with probability `alpha`.
///
/// `trials` has the number of trials in A and in B of each task whose trials are not shared: its difference has the variance
/// deviation^2 (1/a + 1/b). Tasks that share their outcomes add nothing. The mean is taken to be normal.
pub(crate) fn floor(deviation: f64, trials: &[(usize, usize)], tasks: usize, alpha: f64) -> f64 {
    let sum: f64 = trials.iter().map(|(a, b)| 1.0 / *a as f64 + 1.0 / *b as f64).sum();
    normal::quantile(1.0 - alpha / 2.0) * deviation * sum.sqrt() / tasks as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variances_are_pooled_within_tasks() {
        let mut pooled = Pooled::default();
        assert_eq!(pooled.deviation(), None);
        pooled.add([0.7].into_iter());
        assert_eq!(pooled.deviation(), None);
        pooled.add([0.0, 1.0].into_iter());
        pooled.add([1.0, 1.0, 1.0].into_iter());
        // (0.25 + 0.25 + 0) / (1 + 2).
        assert!((pooled.deviation().unwrap() - (0.5_f64 / 3.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn the_floor_falls_with_trials_and_tasks() {
        // 1.96 * 0.5 * sqrt(100 * 2/3) / 100.
        assert!((floor(0.5, &[(3, 3); 100], 100, 0.05) - 0.080_015).abs() < 1e-5);
        assert_eq!(floor(0.5, &[], 100, 0.05), 0.0);
        assert!(floor(0.5, &[(3, 3); 10], 100, 0.05) < floor(0.5, &[(3, 1); 10], 100, 0.05));
    }
}
