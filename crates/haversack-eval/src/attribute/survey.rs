use super::AttributeOptions;
use crate::probing::{CauseError, Cube, Ledger, Local, Want};
use crate::stats::{Random, student};
use crate::{Estimate, Oracle};

/// Pairs of random contexts of one task: in each pair every touching change is made in one context and not in the other.
///
/// The difference of a pair's scores, signed by which of the two has a change, has that change's Banzhaf value as its mean:
/// the effect of making it, over contexts in which every other touching change is made or not with equal chance. One
/// pair speaks of all changes at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Survey {
    pairs: Vec<Pair>,
    exact: bool,
}

/// Two contexts, the second with every change that the first is without, and the trial that each is asked in.
#[derive(Debug, Clone)]
struct Pair {
    contexts: [Local; 2],
    wants: [Want; 2],
}

impl Survey {
    /// Draws pairs until there are `rounds`, or all of a small cube three times (once when the agent is repeatable).
    pub(crate) fn draw<O: Oracle>(
        &mut self,
        (ledger, cube): (&mut Ledger<'_, O>, &mut Cube),
        rounds: usize,
        options: &AttributeOptions,
        random: &mut Random,
    ) -> Result<(), CauseError<O::Error>> {
        let halves = if cube.width() <= 16 { 1 << (cube.width() - 1) } else { usize::MAX };
        let whole = if options.repeatable { halves } else { halves.saturating_mul(3) };
        let mut order = Vec::new();
        if whole <= options.max_rounds {
            order.extend(0..halves);
            Random::new(options.seed ^ cube.task as u64).shuffle(&mut order);
        }
        let mut contexts = Vec::new();
        for number in self.pairs.len()..rounds.min(whole) {
            let one: Local = match order.get(number % halves) {
                // The last bit is never set, so that no pair comes twice in a round through the cube.
                Some(bits) => (0..cube.width()).map(|bit| bits >> bit & 1 == 1).collect(),
                None => (0..cube.width()).map(|_| random.next() >> 63 == 1).collect(),
            };
            let other = one.iter().map(|made| !made).collect();
            contexts.extend([one, other]);
        }
        let packs = cube.packs(ledger, &contexts)?;
        for (locals, packs) in contexts.chunks_exact(2).zip(packs.chunks_exact(2)) {
            let trial = |pack| if options.repeatable { 0 } else { self.seen(pack).min(options.trials - 1) };
            let trials = [trial(packs[0]), trial(packs[1])];
            let wants =
                [cube.want(&locals[0], packs[0], trials[0]), cube.want(&locals[1], packs[1], trials[1])];
            self.pairs.push(Pair { contexts: [locals[0].clone(), locals[1].clone()], wants });
        }
        self.exact = options.repeatable && self.pairs.len() >= whole;
        Ok(())
    }

    fn seen(&self, pack: haversack_model::Digest) -> u32 {
        self.pairs.iter().flat_map(|pair| &pair.wants).filter(|want| want.pack == pack).count() as u32
    }

    /// What is to be asked.
    pub(crate) fn wants(&self) -> impl Iterator<Item = &Want> {
        self.pairs.iter().flat_map(|pair| &pair.wants)
    }

    /// The contexts that were drawn.
    pub(crate) fn contexts(&self) -> impl Iterator<Item = &Local> {
        self.pairs.iter().flat_map(|pair| &pair.contexts)
    }

    /// The effect of one touching change, by its place in the cube; none without a pair that was asked.
    pub(crate) fn effect<O: Oracle>(&self, ledger: &Ledger<'_, O>, at: usize) -> Option<Effect> {
        let score = |want: &Want| ledger.score(want.task, want.pack, want.trial);
        let differences: Vec<f64> = self
            .pairs
            .iter()
            .filter_map(|pair| {
                let change = score(&pair.wants[1])? - score(&pair.wants[0])?;
                Some(if pair.contexts[1][at] { change } else { -change })
            })
            .collect();
        if differences.is_empty() {
            return None;
        }
        let pairs = differences.len() as f64;
        let mean = differences.iter().sum::<f64>() / pairs;
        let squares: f64 = differences.iter().map(|d| (d - mean) * (d - mean)).sum();
        // Half a squared unit more, and no loss of a degree of freedom: a few equal differences do not show that all are.
        let variance = if self.exact { 0.0 } else { (squares + 0.5) / (pairs * pairs) };
        Some(Effect { mean, variance, freedom: pairs - 1.0 })
    }
}

/// The effect of a change on one task.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effect {
    /// Its estimate.
    pub(crate) mean: f64,
    variance: f64,
    freedom: f64,
}

/// The mean of effects on several tasks, with its interval: the whole range when nothing is known.
pub(crate) fn pooled(effects: &[Effect], confidence: f64) -> Estimate {
    if effects.is_empty() {
        return Estimate { mean: 0.0, low: -1.0, high: 1.0 };
    }
    let tasks = effects.len() as f64;
    let mean = effects.iter().map(|effect| effect.mean).sum::<f64>() / tasks;
    let variance = effects.iter().map(|effect| effect.variance).sum::<f64>() / (tasks * tasks);
    let freedom: f64 = effects.iter().map(|effect| effect.freedom).sum();
    let reach = student::two_sided(confidence, freedom) * libm::sqrt(variance);
    Estimate { mean, low: (mean - reach).max(-1.0), high: (mean + reach).min(1.0) }
}
