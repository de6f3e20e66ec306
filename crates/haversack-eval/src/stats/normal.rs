//! The standard normal distribution.

use std::f64::consts::{PI, SQRT_2};

/// P(Z <= x), with a relative error of some 1e-15 in the lower tail.
pub(crate) fn cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// The x with `cdf(x)` = p; infinite at 0 and 1, NaN outside of them.
///
/// Newton's method on ln cdf. That function is concave, and -sqrt(-2 ln p) is left of the root since
/// cdf(-t) <= exp(-t^2/2) / 2; from there every step stays left of it and comes nearer.
pub(crate) fn quantile(p: f64) -> f64 {
    if p > 0.5 {
        return -quantile(1.0 - p);
    }
    if p <= 0.0 || p.is_nan() {
        return if p == 0.0 { f64::NEG_INFINITY } else { f64::NAN };
    }
    let goal = libm::log(p);
    let mut x = -(-2.0 * goal).sqrt();
    for _ in 0..40 {
        let below = cdf(x);
        let density = libm::exp(-0.5 * x * x) / (2.0 * PI).sqrt();
        let step = (goal - libm::log(below)) * below / density;
        x += step;
        if step.abs() <= 1e-15 * x.abs().max(1.0) {
            break;
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_scipy() {
        // scipy 1.17.1: norm.cdf, norm.ppf.
        for (x, p) in [
            (-8.0, 6.220_960_574_271_74e-16),
            (-1.5, 0.066_807_201_268_858_07),
            (2.25, 0.987_775_527_344_955_3),
        ] {
            assert!((cdf(x) / p - 1.0).abs() < 1e-13, "{x}");
        }
        for (p, x) in [
            (1e-300, -37.047_096_299_361_2),
            (1e-10, -6.361_340_902_404_056),
            (0.025, -1.959_963_984_540_054),
            (0.2, -0.841_621_233_572_914_2),
            (0.8, 0.841_621_233_572_914_3),
            (0.975, 1.959_963_984_540_054),
        ] {
            assert!((quantile(p) - x).abs() < 1e-12 * x.abs(), "{p}: {}", quantile(p));
        }
        assert!(quantile(0.5).abs() < 1e-15);
    }

    #[test]
    fn the_ends_are_infinite() {
        assert_eq!((quantile(0.0), quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(quantile(-0.1).is_nan() && quantile(1.1).is_nan() && quantile(f64::NAN).is_nan());
    }
}
