use crate::attribute::bet::Bet;
use crate::probing::Levels;
use crate::stats::mean;

/// What trials of two versions say: whether their outcomes differ.
///
/// Trials come in pairs, one of each version. A bettor on "the second is better" and one on "the first is better" begin with
/// half of the capital each; that the sum reaches `1 / error` has at most that chance when the versions are alike.
#[derive(Debug, Clone)]
pub(crate) struct Ends {
    better: Bet,
    worse: Bet,
    from: Vec<f64>,
    to: Vec<f64>,
}

impl Ends {
    pub(crate) fn new() -> Self {
        Self { better: Bet::new(), worse: Bet::new(), from: Vec::new(), to: Vec::new() }
    }

    /// A trial of each version.
    pub(crate) fn pair(&mut self, from: f64, to: f64) {
        self.better.play(to - from);
        self.worse.play(from - to);
        self.from.push(from);
        self.to.push(to);
    }

    /// Pairs seen.
    pub(crate) fn pairs(&self) -> u32 {
        self.from.len() as u32
    }

    /// Mean scores of both versions.
    pub(crate) fn means(&self) -> (f64, f64) {
        (mean(&self.from), mean(&self.to))
    }

    /// Whether they differ, with this chance of error at the most.
    pub(crate) fn differ(&self, error: f64) -> bool {
        self.capital() >= 1.0 / error
    }

    /// Pairs until they could be known to differ, at the least.
    pub(crate) fn least_more(&self, error: f64) -> u32 {
        let more = |mut ends: Self, sign: f64| {
            let mut pairs = 0;
            while !ends.differ(error) && pairs < 1000 {
                ends.better.play(sign);
                ends.worse.play(-sign);
                pairs += 1;
            }
            pairs
        };
        more(self.clone(), 1.0).min(more(self.clone(), -1.0)).max(1)
    }

    /// Capital of both bettors; at most 1 when nothing speaks for a difference.
    pub(crate) fn capital(&self) -> f64 {
        f64::midpoint(self.better.capital(), self.worse.capital())
    }

    /// How other scores are told to be like the first version's or like the second's.
    ///
    /// Scores are placed between the two means. `low` is the mean place of the first version's own trials, with one more in
    /// the middle, moved a quarter of the way to the middle; `high` likewise. Neither is nearer than .05 to its end or to the
    /// middle.
    pub(crate) fn levels(&self) -> Levels {
        let (from, to) = self.means();
        let places = Levels::new(from, to, 0.2, 0.8);
        let inward = |scores: &[f64]| {
            let sum: f64 = scores.iter().map(|score| places.place(*score)).sum();
            let place = (sum + 0.5) / (scores.len() as f64 + 1.0);
            place + 0.25 * (0.5 - place)
        };
        let (low, high) = (inward(&self.from).clamp(0.05, 0.45), inward(&self.to).clamp(0.55, 0.95));
        Levels::new(from, to, low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_always_differ_are_told_apart_after_the_least_pairs() {
        let mut ends = Ends::new();
        let least = ends.least_more(0.0125);
        for pair in 0..least {
            assert!(!ends.differ(0.0125), "after {pair} pairs");
            ends.pair(1.0, 0.0);
        }
        assert!(ends.differ(0.0125));
        let levels = ends.levels();
        assert!(levels.evidence(0.0) > 0.0 && levels.evidence(1.0) < 0.0);
    }

    #[test]
    fn versions_that_are_alike_leave_the_bettors_poor() {
        let mut ends = Ends::new();
        for pair in 0..40 {
            ends.pair(f64::from(pair % 2), f64::from((pair + 1) % 2));
        }
        assert!(ends.capital() < 0.1 && !ends.differ(0.5));
        assert_eq!((ends.pairs(), ends.means()), (40, (0.5, 0.5)));
    }
}
