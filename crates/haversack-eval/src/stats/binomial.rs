//! The binomial distribution, from logarithms of factorials.

/// P(X = k) for X ~ Bin(n, p).
pub(crate) fn point(n: usize, k: usize, p: f64) -> f64 {
    if k > n {
        return 0.0;
    }
    if p <= 0.0 || p >= 1.0 {
        return f64::from(u8::from(k == if p <= 0.0 { 0 } else { n }));
    }
    let (n, k) = (n as f64, k as f64);
    let choose = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
    libm::exp(choose + k * libm::log(p) + (n - k) * libm::log1p(-p))
}

/// P(X >= k) for X ~ Bin(n, 1/2).
pub(crate) fn upper_tail(n: usize, k: usize) -> f64 {
    let mut term = point(n, k, 0.5);
    let mut sum = 0.0;
    for x in k..=n {
        let before = sum;
        sum += term;
        // Beyond the middle terms fall; one that no longer counts ends the sum.
        if sum == before && 2 * x > n {
            break;
        }
        term *= (n - x) as f64 / (x + 1) as f64;
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_scipy() {
        // scipy 1.17.1: binom.pmf(7, 30, 0.18), binom.sf(17, 25, 0.5), binom.sf(539, 1000, 0.5).
        assert!((point(30, 7, 0.18) / 0.129_825_872_681_437_36 - 1.0).abs() < 1e-12);
        assert!((upper_tail(25, 18) / 0.021_642_625_331_878_662 - 1.0).abs() < 1e-12);
        assert!((upper_tail(1000, 540) / 0.006_222_073_138_585_9 - 1.0).abs() < 1e-10);
    }

    #[test]
    fn certain_events_are_certain() {
        assert_eq!(
            (point(3, 0, 0.0), point(3, 3, 1.0), point(3, 2, 1.0), point(3, 4, 0.5)),
            (1.0, 1.0, 0.0, 0.0)
        );
        assert_eq!((upper_tail(0, 0), upper_tail(4, 5)), (1.0, 0.0));
        assert!((upper_tail(9, 0) - 1.0).abs() < 1e-12);
    }
}
