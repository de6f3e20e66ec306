//! Unit vectors on a fixed grid.

/// Vectors are stored as multiples of this, 2^-16.
///
/// Last-bit differences of the final sums then rarely survive. (Differences *within* a quantised model
/// are amplified far beyond this; the bundled graph avoids them by construction.) The error is at most
/// 2^-17 per component: below 2e-4 in length and below 1e-6 in cosine at 384 dimensions.
pub(crate) const GRID: f64 = 1.0 / 65_536.0;

/// Scales to unit length and rounds to the grid; `None` if the input is not finite or has no direction.
pub(crate) fn on_grid(vector: &[f64]) -> Option<Vec<f32>> {
    let unit = normalised(vector)?;
    // Adding zero turns -0 into 0: equal vectors are then equal bit by bit.
    Some(unit.iter().map(|x| (libm::rint(x / GRID) * GRID) as f32 + 0.0).collect())
}

/// Scales to unit length; `None` if the input is not finite or has no direction.
pub(crate) fn normalised(vector: &[f64]) -> Option<Vec<f64>> {
    let norm = libm::sqrt(vector.iter().map(|x| x * x).sum::<f64>());
    (norm.is_finite() && norm > f64::MIN_POSITIVE).then(|| vector.iter().map(|x| x / norm).collect())
}

/// The mean of `rows`, weighted; each row is as long as the first.
pub(crate) fn weighted_mean(rows: &[(Vec<f64>, usize)]) -> Vec<f64> {
    let total: usize = rows.iter().map(|(_, weight)| weight).sum();
    let mut mean = vec![0.0; rows.first().map_or(0, |(row, _)| row.len())];
    for (row, weight) in rows {
        let share = *weight as f64 / total.max(1) as f64;
        for (sum, x) in mean.iter_mut().zip(row) {
            *sum += share * x;
        }
    }
    mean
}

/// Cosine similarity; 0 where either has no direction.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(p, q)| f64::from(*p) * f64::from(*q)).sum::<f64>();
    let norms = libm::sqrt(dot(a, a) * dot(b, b));
    if norms > 0.0 { (dot(a, b) / norms) as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_has_no_direction() {
        assert_eq!(on_grid(&[0.0, 0.0]), None);
        assert_eq!(on_grid(&[f64::NAN, 1.0]), None);
        assert_eq!(on_grid(&[f64::INFINITY, 1.0]), None);
    }

    #[test]
    fn weighs_the_mean() {
        let rows = [(vec![1.0, 0.0], 3), (vec![0.0, 1.0], 1)];
        assert_eq!(weighted_mean(&rows), vec![0.75, 0.25]);
    }

    proptest! {
        #[test]
        fn lies_on_the_grid_and_near_unit_length(v in prop::collection::vec(-1e3f64..1e3, 1..400)) {
            prop_assume!(v.iter().any(|x| x.abs() > 1e-3));
            let unit = on_grid(&v).unwrap();
            for x in &unit {
                let steps = f64::from(*x) / GRID;
                prop_assert_eq!(steps, steps.round());
            }
            let length = libm::sqrt(unit.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>());
            prop_assert!((length - 1.0).abs() < 1e-3);
        }
    }
}
