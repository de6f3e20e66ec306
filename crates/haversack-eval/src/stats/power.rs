use super::{normal, variance};

/// What n tasks with these differences can see.
///
/// A true mean effect e is seen by a two-sided test at `alpha` with chance `power` when e >= k s / sqrt(n), where
/// k = z(1 - alpha/2) + z(power) and s is the standard deviation of differences. The observed s says too little when few or no
/// tasks differ: an effect e that is made of changes of size m has the variance e m - e^2 by itself. So the variance is the
/// larger of the two, which gives
///
/// e = max(k s / sqrt(n), k^2 m / (n + k^2)), and tasks n = max(k^2 s^2 / e^2, k^2 (m / e - 1)).
///
/// m is the mean size of the changes seen, weighted by size, and 1 when none was: then the bound is the effect of whole
/// answers turning from wrong to right. Both are bounds on a suite of tasks like these.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach {
    k: f64,
    deviation: f64,
    size: f64,
    tasks: f64,
}

impl Reach {
    /// From the paired differences; `alpha` and `power` in (0, 1).
    pub(crate) fn new(differences: &[f64], alpha: f64, power: f64) -> Self {
        let sum: f64 = differences.iter().map(|d| d.abs()).sum();
        let squares: f64 = differences.iter().map(|d| d * d).sum();
        Self {
            // A power below alpha/2 has every effect seen often enough.
            k: (normal::quantile(1.0 - alpha / 2.0) + normal::quantile(power)).max(0.0),
            deviation: variance(differences).sqrt(),
            size: if sum > 0.0 { squares / sum } else { 1.0 },
            tasks: differences.len().max(1) as f64,
        }
    }

    /// The smallest effect that is seen; in [0, 1].
    pub(crate) fn smallest_effect(&self) -> f64 {
        let k2 = self.k * self.k;
        (self.k * self.deviation / self.tasks.sqrt()).max(k2 * self.size / (self.tasks + k2)).min(1.0)
    }

    /// Tasks that are needed to see an effect; `wanted` in (0, 1].
    pub(crate) fn tasks_needed(&self, wanted: f64) -> u64 {
        let k2 = self.k * self.k;
        let needed =
            (k2 * self.deviation * self.deviation / (wanted * wanted)).max(k2 * (self.size / wanted - 1.0));
        // A float that is too large becomes the largest integer.
        (needed - 1e-9).ceil().max(1.0) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_differing_tasks_give_the_usual_formula() {
        // 20 up, 20 down, 60 ties: s^2 = 40/99; (1.959964 + 0.841621) * s / 10.
        let mut differences = vec![0.0; 60];
        differences.extend([1.0; 20]);
        differences.extend([-1.0; 20]);
        let reach = Reach::new(&differences, 0.05, 0.8);
        let expected = 2.801_585_218 * (40.0_f64 / 99.0).sqrt() / 10.0;
        assert!((reach.smallest_effect() - expected).abs() < 1e-8);
        // Tasks and effect are each other's inverse.
        assert_eq!(reach.tasks_needed(reach.smallest_effect()), 100);
        assert_eq!(reach.tasks_needed(reach.smallest_effect() / 2.0), 400);
    }

    #[test]
    fn no_differing_task_still_gives_a_bound() {
        let reach = Reach::new(&[0.0; 30], 0.05, 0.8);
        assert!((reach.smallest_effect() - 0.2074).abs() < 1e-3, "{}", reach.smallest_effect());
        assert_eq!(reach.tasks_needed(reach.smallest_effect()), 30);
        // 150 tasks see half of what 68 do: 7.85 * (1 / 0.05 - 1).
        assert_eq!(reach.tasks_needed(0.05), 150);
    }

    #[test]
    fn one_task_sees_nothing_but_the_largest_effects() {
        assert!(Reach::new(&[0.3], 0.05, 0.8).smallest_effect() > 0.2);
        assert!(Reach::new(&[], 0.05, 0.8).smallest_effect() <= 1.0);
    }
}
