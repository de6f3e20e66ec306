use std::collections::BTreeMap;

use super::AttributeOptions;
use super::bet::Bet;
use super::search::Witness;
use crate::Oracle;
use crate::probing::{CauseError, Cube, Ledger, Want};
use crate::stats::fdr::benjamini_hochberg;

/// Shares of a candidate's capital that go to its first, second and third witness.
const SHARES: [f64; 3] = [0.7, 0.2, 0.1];
/// Pairs after which a witness that has not gained is given up.
const PATIENCE: u32 = 8;

/// A change that may have an effect, with the places where it seemed to.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// Number of the change.
    pub(crate) change: usize,
    trials: Vec<Trial>,
    /// Whether a repeatable agent showed an effect, which then needs no test.
    proven: bool,
}

/// What pairs of outcomes at one witness say.
#[derive(Debug, Clone)]
struct Trial {
    witness: Witness,
    bet: Bet,
    pairs: u32,
}

impl Trial {
    fn over(&self, options: &AttributeOptions) -> bool {
        self.pairs >= options.max_pairs
            || self.bet.capital() < 0.05
            || (self.pairs >= PATIENCE && self.bet.capital() <= 1.0)
    }
}

impl Candidate {
    /// An e-value of the change having an effect.
    fn evidence(&self) -> f64 {
        let mut evidence = 0.0;
        for (number, share) in SHARES.iter().enumerate() {
            evidence += share * self.trials.get(number).map_or(1.0, |trial| trial.bet.capital());
        }
        evidence
    }

    /// p-value of there being no effect; 0 when a repeatable agent showed one.
    pub(crate) fn p_value(&self) -> f64 {
        if self.proven { 0.0 } else { (1.0 / self.evidence()).min(1.0) }
    }
}

/// Candidates out of witnesses, ascending by change; of a change's witnesses the first three tasks'.
pub(crate) fn candidates(
    witnesses: Vec<Witness>,
    cubes: &[Cube],
    options: &AttributeOptions,
) -> Vec<Candidate> {
    let mut by_change: BTreeMap<usize, Vec<Trial>> = BTreeMap::new();
    for witness in witnesses {
        let change =
            cubes.iter().find(|cube| cube.task == witness.task).map(|cube| cube.touching[witness.at]);
        let Some(change) = change else { continue };
        by_change.entry(change).or_default().push(Trial { witness, bet: Bet::new(), pairs: 0 });
    }
    by_change
        .into_iter()
        .map(|(change, mut trials)| {
            trials.truncate(SHARES.len());
            Candidate { change, trials, proven: options.repeatable }
        })
        .collect()
}

/// Tests candidates on trials that nothing looked at before: in each round one pair of outcomes, with and without the change,
/// for each that is neither found nor given up. False when the budget ended it.
///
/// All candidates are in the same round, and a round's trials are new to all, so that whether to go on is decided before
/// they are seen.
pub(crate) fn confirm<O: Oracle>(
    ledger: &mut Ledger<'_, O>,
    cubes: &mut [Cube],
    candidates: &mut [Candidate],
    options: &AttributeOptions,
) -> Result<bool, CauseError<O::Error>> {
    for round in 0.. {
        let p_values: Vec<f64> = candidates.iter().map(Candidate::p_value).collect();
        let open: Vec<(usize, usize)> = benjamini_hochberg(&p_values)
            .into_iter()
            .enumerate()
            .filter(|(_, q)| *q > options.fdr)
            .filter_map(|(number, _)| {
                Some((number, candidates[number].trials.iter().position(|trial| !trial.over(options))?))
            })
            .collect();
        if open.is_empty() {
            break;
        }
        let mut pairs: Vec<[Want; 2]> = Vec::new();
        for (number, trial) in &open {
            let witness = &candidates[*number].trials[*trial].witness;
            pairs.push(pair(ledger, cubes, witness, options.trials + round)?);
        }
        if !ledger.ask(&pairs.concat(), 1.0)? {
            return Ok(false);
        }
        for ((number, trial), pair) in open.into_iter().zip(pairs) {
            let [without, with] = pair.map(|want| ledger.score(want.task, want.pack, want.trial));
            let trial = &mut candidates[number].trials[trial];
            let difference = with.unwrap_or(0.0) - without.unwrap_or(0.0);
            trial.bet.play(if trial.witness.raises { difference } else { -difference });
            trial.pairs += 1;
        }
    }
    Ok(true)
}

fn pair<O: Oracle>(
    ledger: &mut Ledger<'_, O>,
    cubes: &mut [Cube],
    witness: &Witness,
    trial: u32,
) -> Result<[Want; 2], CauseError<O::Error>> {
    let Some(cube) = cubes.iter_mut().find(|cube| cube.task == witness.task) else {
        return Err(CauseError::NoSuchTask { task: witness.task, tasks: ledger.tasks() });
    };
    let mut with = witness.without.clone();
    with[witness.at] = true;
    let before = cube.pack(ledger, &witness.without)?;
    let after = cube.pack(ledger, &with)?;
    Ok([cube.want(&witness.without, before, trial), cube.want(&with, after, trial)])
}
