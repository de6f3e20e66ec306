use std::collections::BTreeMap;

use super::AttributeOptions;
use crate::Oracle;
use crate::probing::{CauseError, Cube, Halt, Ledger, Levels, Local, differing};
use crate::stats::Random;

/// Changes of one task that are looked for at the most; and where outcomes are so noisy that a lead of `NOISY` trials is asked
/// for, that is, the other way round more than one time in three: most of what a long search finds there is chance.
const MOST: usize = 10;
const MOST_IN_NOISE: usize = 2;
const NOISY: u32 = 6;
/// Up to so many known changes, both ends of every combination of them are asked.
const COMBINED: usize = 3;
/// Evidence of one trial at a score like that of the other level: ln 4.
const STEP: f64 = 1.386_294_361_119_890_6;

/// A place where one change alone moves the outcome.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Witness {
    /// Number of the task.
    pub(crate) task: usize,
    /// Place of the change in the task's cube.
    pub(crate) at: usize,
    /// The context without it.
    pub(crate) without: Local,
    /// Whether making it raises the score.
    pub(crate) raises: bool,
}

/// Looks for the changes that move the outcome of one task.
///
/// This is learning a boolean function of few relevant variables (Blum, Hellerstein and Littlestone 1995; Bshouty and
/// Hellerstein 1998): two contexts with different outcomes that agree in all changes known to matter are joined by a path, and
/// the path is halved down to a single change, which matters where it was found. Then contexts are compared again within each
/// combination of the changes that are known, until none disagree. Redundant changes are found so (either one matters where
/// the other is not made) and those that work only together (each matters where the other is made).
///
/// The search is run again from its beginning whenever outcomes that it lacked are there; it reads them from the ledger.
pub(crate) struct Search<'s, 'a, O: Oracle> {
    pub(crate) ledger: &'s mut Ledger<'a, O>,
    pub(crate) cube: &'s mut Cube,
    pub(crate) contexts: &'s [Local],
    pub(crate) options: &'s AttributeOptions,
    /// By how many trials one side has to lead.
    pub(crate) lead: u32,
    pub(crate) witnesses: Vec<Witness>,
}

/// Two contexts whose outcomes differ, and how scores of that combination are told apart.
struct Disagreement {
    from: Local,
    to: Local,
    /// Which of the two was settled last.
    suspect: Local,
    levels: Levels,
}

/// Contexts that agree in the known changes: the two with all others made or none, and random ones.
struct Group {
    contexts: Vec<Local>,
    is_end: Vec<bool>,
}

impl<O: Oracle> Search<'_, '_, O> {
    /// Looks until nothing more is found; what was found so far stands in `witnesses` also when it is halted.
    pub(crate) fn run(&mut self) -> Result<(), Halt<O::Error>> {
        let mut dismissed: Vec<Local> = Vec::new();
        let most = if self.lead < NOISY { MOST } else { MOST_IN_NOISE };
        while self.witnesses.len() < most && dismissed.len() < 2 * most {
            let Some(disagreement) = self.disagreement(&dismissed)? else { return Ok(()) };
            match self.trace(&disagreement)? {
                Some(witness) => self.witnesses.push(witness),
                None => dismissed.push(disagreement.suspect),
            }
        }
        Ok(())
    }

    /// Contexts by how they combine the known changes, without those dismissed.
    fn combinations(&self, dismissed: &[Local]) -> Vec<Group> {
        let known: Vec<usize> = self.witnesses.iter().map(|witness| witness.at).collect();
        let key = |local: &Local| known.iter().map(|at| local[*at]).collect::<Vec<bool>>();
        let mut groups: BTreeMap<Vec<bool>, Vec<Local>> = BTreeMap::new();
        if known.len() <= COMBINED {
            for number in 0..1_usize << known.len() {
                groups.insert((0..known.len()).map(|bit| number >> bit & 1 == 1).collect(), Vec::new());
            }
        }
        for local in self.contexts {
            groups.entry(key(local)).or_default().push(local.clone());
        }
        let group = |(combination, others): (Vec<bool>, Vec<Local>)| {
            let end = |made: bool| {
                let mut local = vec![made; self.cube.width()];
                known.iter().zip(&combination).for_each(|(at, made)| local[*at] = *made);
                local
            };
            let mut contexts = vec![end(false), end(true)];
            contexts.extend(others.into_iter().filter(|local| *local != end(false) && *local != end(true)));
            let ends: Vec<bool> = (0..contexts.len()).map(|at| at < 2).collect();
            let both = contexts.into_iter().zip(ends);
            let (contexts, is_end) = both.filter(|(local, _)| !dismissed.contains(local)).unzip();
            Group { contexts, is_end }
        };
        groups.into_iter().map(group).collect()
    }

    fn disagreement(&mut self, dismissed: &[Local]) -> Result<Option<Disagreement>, Halt<O::Error>> {
        let groups = self.combinations(dismissed);
        let mut wants = Vec::new();
        for local in groups.iter().flat_map(|group| &group.contexts) {
            let pack = self.cube.pack(self.ledger, local)?;
            if self.ledger.score(self.cube.task, pack, 0).is_none() {
                wants.push(self.cube.want(local, pack, 0));
            }
        }
        if !wants.is_empty() {
            return Err(Halt::Wants(wants));
        }
        for group in &groups {
            if let Some(found) = self.disagreement_within(group)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Two contexts of a group that differ for sure enough: its ends are settled, and so is whoever is in the minority.
    fn disagreement_within(&mut self, group: &Group) -> Result<Option<Disagreement>, Halt<O::Error>> {
        let mut means = Vec::new();
        for local in &group.contexts {
            means.push(self.mean(local)?);
        }
        let low = means.iter().copied().fold(f64::INFINITY, f64::min);
        let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // A gap of a rounding error is none, also where every gap counts.
        if high - low < self.options.smallest_effect.max(1e-9) {
            return Ok(None);
        }
        let levels = Levels::new(low, high, 0.2, 0.8);
        let is_high: Vec<bool> = means.iter().map(|mean| levels.place(*mean) >= 0.5).collect();
        let many = is_high.iter().filter(|high| **high).count() * 2 >= means.len();
        let order = |at: &usize| if group.is_end[*at] { 0 } else { 1 + u8::from(is_high[*at] == many) };
        let mut places: Vec<usize> = (0..means.len()).collect();
        places.sort_by_key(order);
        let mut settled: [Option<&Local>; 2] = [None, None];
        for at in places {
            let local = &group.contexts[at];
            // The majority is only asked again for want of a partner.
            if order(&at) == 2 && settled[usize::from(!many)].is_none() {
                return Ok(None);
            }
            // Who stands out is suspected because of its first trial; only later ones may say so.
            let skipped = u32::from(order(&at) == 1);
            let side = self.settle(local, &levels, (self.lead, skipped))?;
            settled[usize::from(side)].get_or_insert(local);
            if let [Some(from), Some(to)] = settled {
                let (from, to) = (from.clone(), to.clone());
                return Ok(Some(Disagreement { from, to, suspect: local.clone(), levels }));
            }
        }
        Ok(None)
    }

    fn mean(&mut self, local: &Local) -> Result<f64, CauseError<O::Error>> {
        let pack = self.cube.pack(self.ledger, local)?;
        let scores: Vec<f64> = (0..self.options.trials)
            .map_while(|trial| self.ledger.score(self.cube.task, pack, trial))
            .collect();
        Ok(scores.iter().sum::<f64>() / scores.len().max(1) as f64)
    }

    /// Whether a context is like the higher level, by trials, after those skipped, until one side leads by `lead` trials' worth.
    fn settle(
        &mut self,
        local: &Local,
        levels: &Levels,
        (lead, skipped): (u32, u32),
    ) -> Result<bool, Halt<O::Error>> {
        let pack = self.cube.pack(self.ledger, local)?;
        let score = |ledger: &Ledger<'_, O>, trial| ledger.score(self.cube.task, pack, trial);
        let (mut trial, most) = if self.options.repeatable { (0, 1) } else { (skipped, self.options.trials) };
        let mut evidence = 0.0_f64;
        let enough = f64::from(lead) * STEP - 1e-6;
        while trial < most && evidence.abs() < enough {
            match score(self.ledger, trial) {
                Some(score) => evidence += levels.evidence(score),
                None => {
                    let more = levels.least_trials(enough - evidence.abs()).min(most - trial);
                    let wants =
                        (trial..trial + more).map(|trial| self.cube.want(local, pack, trial)).collect();
                    return Err(Halt::Wants(wants));
                }
            }
            trial += 1;
        }
        Ok(evidence > 0.0)
    }

    /// Halves the path between two contexts down to one change; again, and with more trials, when that change does not hold.
    fn trace(&mut self, disagreement: &Disagreement) -> Result<Option<Witness>, Halt<O::Error>> {
        let Disagreement { from, to, levels, .. } = disagreement;
        for lead in self.lead..self.lead + 3 {
            let (mut low, mut high) = (from.clone(), to.clone());
            let mut order = differing(&low, &high);
            Random::new(self.options.seed ^ u64::from(lead) << 32 ^ self.cube.task as u64)
                .shuffle(&mut order);
            while order.len() > 1 {
                let second = order.split_off(order.len() / 2);
                let mut middle = low.clone();
                order.iter().for_each(|at| middle[*at] = high[*at]);
                if self.settle(&middle, levels, (lead, 0))? {
                    high = middle;
                } else {
                    (low, order) = (middle, second);
                }
            }
            let Some(at) = order.first().copied() else { return Ok(None) };
            if !self.settle(&low, levels, (lead + 1, 0))? && self.settle(&high, levels, (lead + 1, 0))? {
                let (raises, task) = (high[at], self.cube.task);
                let without = if raises { low } else { high };
                return Ok(Some(Witness { task, at, without, raises }));
            }
        }
        Ok(None)
    }
}
