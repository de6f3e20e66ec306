/// How scores are told apart that are either like those of one context or like those of another.
///
/// A score becomes a number from 0 (at `from` or beyond it) to 1 (at `to` or beyond). "Like the first" means that this number
/// has a mean of at most `low`, "like the second" of at least `high`. The evidence of a trial is the logarithm of the
/// likelihood ratio of two coins of those means; for numbers between 0 and 1 the product of such ratios is, by convexity, an
/// e-process under either meaning, so that the chance of it ever going beyond `1 / delta` the wrong way is at most `delta`
/// (Wald 1945; Ville 1939; for bounded variables Waudby-Smith and Ramdas 2023, section 2).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Levels {
    from: f64,
    to: f64,
    low: f64,
    high: f64,
}

impl Levels {
    /// Levels around two different scores.
    pub(crate) fn new(from: f64, to: f64, low: f64, high: f64) -> Self {
        Self { from, to, low, high }
    }

    /// A score as a number from 0, like the first, to 1, like the second.
    pub(crate) fn place(&self, score: f64) -> f64 {
        ((score - self.from) / (self.to - self.from)).clamp(0.0, 1.0)
    }

    /// What one trial says for "like the second" (above 0) or "like the first" (below).
    pub(crate) fn evidence(&self, score: f64) -> f64 {
        let place = self.place(score);
        place * libm::log(self.high / self.low)
            + (1.0 - place) * libm::log((1.0 - self.high) / (1.0 - self.low))
    }

    /// Trials that evidence of so much takes at the least.
    pub(crate) fn least_trials(&self, evidence: f64) -> u32 {
        let most = libm::log(self.high / self.low).min(libm::log((1.0 - self.low) / (1.0 - self.high)));
        libm::ceil(evidence / most - 1e-9).clamp(1.0, 1e6) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_that_of_a_coin_between_the_levels_and_clamped_beyond() {
        let levels = Levels::new(0.8, 0.2, 0.2, 0.8);
        let ln4 = libm::log(4.0);
        assert!((levels.evidence(0.2) - ln4).abs() < 1e-12);
        assert!((levels.evidence(0.0) - ln4).abs() < 1e-12);
        assert!((levels.evidence(1.0) + ln4).abs() < 1e-12);
        assert!(levels.evidence(0.5).abs() < 1e-12);
        assert_eq!((levels.least_trials(2.0 * ln4), levels.least_trials(0.1)), (2, 1));
    }

    #[test]
    fn the_mean_ratio_under_the_first_meaning_is_at_most_one() {
        let levels = Levels::new(0.0, 1.0, 0.25, 0.7);
        for scores in [vec![0.0, 0.5], vec![0.25], vec![0.0, 0.0, 0.0, 1.0], vec![0.1, 0.3]] {
            let mean: f64 = scores.iter().map(|score| libm::exp(levels.evidence(*score))).sum::<f64>();
            assert!(mean / scores.len() as f64 <= 1.0 + 1e-12, "{scores:?}");
        }
    }
}
