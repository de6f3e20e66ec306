use super::mean;

/// Means that the confidence sequence is computed for: steps of 0.001 in [-1, 1].
const STEPS: usize = 2_000;

/// The largest share of the capital that is bet, of what could be lost.
const LARGEST_BET: f64 = 0.5;

/// What an anytime-valid test knows after some tasks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Anytime {
    /// Tasks looked at.
    pub(crate) tasks: usize,
    /// Whether it stopped since p reached alpha.
    pub(crate) stopped: bool,
    /// 1 over the largest capital so far; below alpha in at most alpha of sequences without a difference, however often one looks.
    pub(crate) p_value: f64,
    /// Mean of the differences so far.
    pub(crate) mean: f64,
    /// An interval that holds the mean at all times at once with confidence 1 - alpha.
    pub(crate) interval: (f64, f64),
}

/// Bets on each difference in its order until the bets say that the mean is not 0, or the differences end.
///
/// The hedged capital process of Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B
/// 86, 2024, section 4.3, on x = (d + 1) / 2: half of the capital bets that the mean is above m, half that it is below, with the
/// predictable plug-in bets of its formula 26, at most one half of what could be lost. By Ville's inequality the capital at
/// the true m exceeds 1 / alpha at any time with probability at most alpha. The interval holds the means of a grid that were never
/// rejected, and one step on either side.
pub(crate) fn bet(differences: &[f64], alpha: f64) -> Anytime {
    let mut bettor = Bettor::new(alpha);
    let mut grid = Grid::new();
    let mut hedge = Capital::default();
    let mut largest: f64 = 1.0;
    let mut tasks = 0;
    for difference in differences {
        let x = 0.5 * (difference + 1.0);
        let stake = bettor.stake();
        largest = largest.max(hedge.bet(x, 0.5, stake));
        grid.bet(x, stake, 1.0 / alpha);
        bettor.see(x);
        tasks += 1;
        if largest * alpha >= 1.0 {
            break;
        }
    }
    let mean = mean(&differences[..tasks]);
    let (low, high) = grid.interval();
    Anytime {
        tasks,
        stopped: largest * alpha >= 1.0,
        p_value: 1.0 / largest,
        mean,
        interval: (low.min(mean) + 0.0, high.max(mean) + 0.0),
    }
}

/// Chooses how much to bet from what was seen before.
struct Bettor {
    alpha: f64,
    seen: f64,
    sum: f64,
    squares: f64,
}

impl Bettor {
    /// One value of 1/2 and one variance of 1/4 are seen beforehand, as in the paper.
    fn new(alpha: f64) -> Self {
        Self { alpha, seen: 1.0, sum: 0.5, squares: 0.25 }
    }

    fn stake(&self) -> f64 {
        let variance = self.squares / self.seen;
        (2.0 * libm::log(2.0 / self.alpha) / (variance * self.seen * libm::log1p(self.seen))).sqrt()
    }

    fn see(&mut self, x: f64) {
        self.seen += 1.0;
        self.sum += x;
        let off = x - self.sum / self.seen;
        self.squares += off * off;
    }
}

/// What two bettors made of 1 each.
#[derive(Clone, Copy)]
struct Capital {
    above: f64,
    below: f64,
}

impl Default for Capital {
    fn default() -> Self {
        Self { above: 1.0, below: 1.0 }
    }
}

impl Capital {
    /// Bets `stake` on x against m, and returns half of the richer one's capital: a lower bound of the hedge.
    fn bet(&mut self, x: f64, m: f64, stake: f64) -> f64 {
        // Neither loses more than the largest bet; at m = 0 or 1 a stake has no limit.
        self.above *= 1.0 + stake.min(LARGEST_BET / m) * (x - m);
        self.below *= 1.0 - stake.min(LARGEST_BET / (1.0 - m)) * (x - m);
        0.5 * self.above.max(self.below)
    }
}

/// Bets against every mean of a grid at once.
struct Grid {
    capitals: Vec<Option<Capital>>,
}

impl Grid {
    fn new() -> Self {
        Self { capitals: vec![Some(Capital::default()); STEPS + 1] }
    }

    fn bet(&mut self, x: f64, stake: f64, limit: f64) {
        for (step, slot) in self.capitals.iter_mut().enumerate() {
            if let Some(capital) = slot
                && capital.bet(x, step as f64 / STEPS as f64, stake) >= limit
            {
                *slot = None;
            }
        }
    }

    /// From the last rejected mean below to the first above, as differences; everything when all were rejected, which has
    /// probability below alpha.
    fn interval(&self) -> (f64, f64) {
        let left = |step: usize| 2.0 * step as f64 / STEPS as f64 - 1.0;
        let first = self.capitals.iter().position(Option::is_some);
        let last = self.capitals.iter().rposition(Option::is_some);
        match (first, last) {
            (Some(first), Some(last)) => (left(first.saturating_sub(1)), left((last + 1).min(STEPS))),
            _ => (-1.0, 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;

    fn flips(random: &mut Random, n: usize, up: f64, down: f64) -> Vec<f64> {
        (0..n)
            .map(|_| {
                let u = random.below(1 << 53) as f64 / (1_u64 << 53) as f64;
                if u < up {
                    1.0
                } else if u < up + down {
                    -1.0
                } else {
                    0.0
                }
            })
            .collect()
    }

    #[test]
    fn looking_after_every_task_keeps_the_error() {
        let mut random = Random::new(11);
        let (mut wrong, mut missed) = (0, 0);
        for _ in 0..200 {
            let test = bet(&flips(&mut random, 120, 0.25, 0.25), 0.05);
            wrong += usize::from(test.stopped);
            missed += usize::from(test.interval.0 > 0.0 || test.interval.1 < 0.0);
        }
        // 10 expected at most.
        assert!(wrong <= 18 && missed <= 18, "{wrong} {missed}");
    }

    #[test]
    fn a_large_effect_stops_early() {
        let mut random = Random::new(5);
        let test = bet(&flips(&mut random, 150, 0.5, 0.05), 0.05);
        assert!(test.stopped && test.tasks < 80 && test.p_value <= 0.05, "{test:?}");
        assert!(test.interval.0 <= 0.45 && test.interval.1 >= 0.45);
    }

    #[test]
    fn exchanging_the_versions_negates_the_interval() {
        let differences = flips(&mut Random::new(2), 60, 0.3, 0.1);
        let negated: Vec<f64> = differences.iter().map(|d| -d).collect();
        let (test, other) = (bet(&differences, 0.05), bet(&negated, 0.05));
        assert!((test.p_value - other.p_value).abs() < 1e-12);
        assert!((test.interval.0 + other.interval.1).abs() < 1e-9);
    }

    #[test]
    fn ties_are_no_evidence_of_a_difference() {
        let test = bet(&[0.0; 100], 0.05);
        assert_eq!((test.tasks, test.stopped, test.p_value), (100, false, 1.0));
        assert!(test.interval.1 < 0.3, "they are evidence against a large one: {test:?}");
        assert_eq!(bet(&[], 0.05).interval, (-1.0, 1.0));
    }
}
