/// Adjusted p-values: calling everything with q <= r a finding keeps the expected share of false findings below r.
///
/// Benjamini and Hochberg, "Controlling the false discovery rate", JRSS B 57, 1995; monotone in p, and never below it. Valid for
/// independent tests and for those of positive dependence; tags that share tasks are of the latter kind. Of p-values that are
/// reciprocals of e-values the set with q at most r is that of e-BH (Wang and Ramdas 2022), which holds however the e-values
/// depend on each other.
pub(crate) fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|x, y| p_values[*y].total_cmp(&p_values[*x]).then(x.cmp(y)));
    let mut q_values = vec![1.0; p_values.len()];
    let mut least: f64 = 1.0;
    for (above, index) in order.iter().enumerate() {
        let rank = p_values.len() - above;
        // The last p-value has rank n, and p * n / n may round below p.
        least = least.min((p_values[*index] * p_values.len() as f64 / rank as f64).max(p_values[*index]));
        q_values[*index] = least;
    }
    q_values
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_those_of_scipy() {
        // scipy 1.17.1: false_discovery_control([0.01, 0.04, 0.03, 0.005, 0.5, 0.04]).
        let q = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.005, 0.5, 0.04]);
        for (got, want) in q.iter().zip([0.03, 0.048, 0.048, 0.03, 0.5, 0.048]) {
            assert!((got - want).abs() < 1e-12, "{q:?}");
        }
        // 4 p-values: .01 * 4 / 1, .02 * 4 / 2, .03 * 4 / 3, .5 * 4 / 4.
        let q = benjamini_hochberg(&[0.5, 0.01, 0.03, 0.02]);
        assert_eq!(q.iter().map(|q| (q * 1000.0).round()).collect::<Vec<_>>(), [500.0, 40.0, 40.0, 40.0]);
        assert_eq!(benjamini_hochberg(&[]), [0.0; 0]);
        assert_eq!(benjamini_hochberg(&[0.2]), [0.2]);
    }

    proptest! {
        #[test]
        fn q_is_monotone_and_at_least_p(p in prop::collection::vec(0.0..=1.0_f64, 0..30)) {
            let q = benjamini_hochberg(&p);
            for i in 0..p.len() {
                prop_assert!(q[i] >= p[i] && q[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || q[i] <= q[j]);
                }
            }
        }
    }
}
