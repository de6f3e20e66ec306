//! Simulated suites whose true effect is known: what the bench of the statistics and its short test draw from.

use haversack_eval::Pair;

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn passes(&mut self, rate: f64) -> f64 {
        f64::from(u8::from(self.unit() < rate))
    }

    /// Skewed to the right: mean 0.2, skewness 1.3, a third of it below 0.01.
    fn skewed(&mut self) -> f64 {
        let unit = self.unit();
        (unit * unit) * (unit * unit)
    }
}

/// How the scores of a suite come about. Task and version are independent but for what is said here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// One trial, pass or fail, every task at this rate.
    Passes(f64),
    /// One trial, pass or fail, each task at its own rate, uniform in [0, 1]: discordant tasks are fewer.
    OwnRates,
    /// Three trials, pass or fail, each task at its own rate, uniform in [0, 1].
    Trials,
    /// Three trials, pass or fail, each task at its own rate 1 - u^4, of mean 0.8.
    EasyTrials,
    /// Scores u^4, nothing in common between versions.
    Skewed,
    /// Scores d + 0.2 v d (1 - d) of a shared d = u^4 and v in [-1/2, 1/2]: versions differ little.
    Alike,
    /// As `Passes(0.5)`, but three quarters of tasks have the same pack in both versions.
    TiedPasses,
    /// As `Skewed`, but three quarters of tasks have the same pack in both versions.
    TiedSkewed,
}

impl Kind {
    pub fn name(self) -> String {
        match self {
            Self::Passes(rate) => format!("passes {rate}"),
            Self::OwnRates => "passes, own rates".to_owned(),
            Self::Trials => "3 trials".to_owned(),
            Self::EasyTrials => "3 trials, easy".to_owned(),
            Self::Skewed => "skewed".to_owned(),
            Self::Alike => "skewed, alike".to_owned(),
            Self::TiedPasses => "3/4 tied, passes 0.5".to_owned(),
            Self::TiedSkewed => "3/4 tied, skewed".to_owned(),
        }
    }

    fn mean(self) -> f64 {
        match self {
            Self::Passes(rate) => rate,
            Self::OwnRates | Self::Trials | Self::TiedPasses => 0.5,
            Self::EasyTrials => 0.8,
            Self::Skewed | Self::Alike | Self::TiedSkewed => 0.2,
        }
    }

    fn changed(self) -> f64 {
        if matches!(self, Self::TiedPasses | Self::TiedSkewed) { 0.25 } else { 1.0 }
    }

    /// The chance that a changed task is repaired (scores 1 in B), or broken (0) where the effect is negative.
    fn turned(self, effect: f64) -> f64 {
        let room = if effect < 0.0 { self.mean() } else { 1.0 - self.mean() };
        effect.abs() / (self.changed() * room)
    }

    /// Whether so large a mean effect is possible.
    pub fn can(self, effect: f64) -> bool {
        self.turned(effect) <= 1.0
    }

    /// A suite of `n` tasks with a true mean effect.
    pub fn suite(self, n: usize, effect: f64, random: &mut Random) -> Vec<Pair> {
        (0..n).map(|id| self.pair(id, effect, random)).collect()
    }

    fn pair(self, id: usize, effect: f64, random: &mut Random) -> Pair {
        let same_pack = random.unit() >= self.changed();
        let (a, mut b) = self.scores(random);
        if random.unit() < self.turned(effect) {
            b.fill(if effect > 0.0 { 1.0 } else { 0.0 });
        }
        if same_pack {
            b.clone_from(&a);
        }
        let passed = |scores: &[f64]| scores.iter().map(|score| *score >= 0.5).collect();
        let (passed_a, passed_b) = (passed(&a), passed(&b));
        Pair { task: format!("{id:04}"), tags: vec![], same_pack, a, b, passed_a, passed_b }
    }

    fn scores(self, random: &mut Random) -> (Vec<f64>, Vec<f64>) {
        let of = |trials: usize, rate: f64, random: &mut Random| -> Vec<f64> {
            (0..trials).map(|_| random.passes(rate)).collect()
        };
        match self {
            Self::Passes(rate) => (of(1, rate, random), of(1, rate, random)),
            Self::TiedPasses => (of(1, 0.5, random), of(1, 0.5, random)),
            Self::OwnRates => {
                let rate = random.unit();
                (of(1, rate, random), of(1, rate, random))
            }
            Self::Trials | Self::EasyTrials => {
                let rate = if self == Self::Trials { random.unit() } else { 1.0 - random.skewed() };
                (of(3, rate, random), of(3, rate, random))
            }
            Self::Skewed | Self::TiedSkewed => (vec![random.skewed()], vec![random.skewed()]),
            Self::Alike => {
                let shared = random.skewed();
                let mut near = || vec![shared + 0.2 * (random.unit() - 0.5) * shared * (1.0 - shared)];
                (near(), near())
            }
        }
    }
}
