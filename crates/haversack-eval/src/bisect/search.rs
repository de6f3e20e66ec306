use haversack_model::Digest;

use super::ends::Ends;
use super::{BisectOptions, Stage, Step, Verdict};
use crate::Oracle;
use crate::probing::{CauseError, Cube, Ledger, Levels, Local};

/// Pairs after which versions that nothing tells apart are taken to be alike.
pub(crate) const PATIENCE: u32 = 20;

/// Why a search cannot go on.
pub(crate) enum Stop<E> {
    /// The budget of calls does not reach.
    Budget,
    /// It failed.
    Failed(CauseError<E>),
}

impl<E> From<CauseError<E>> for Stop<E> {
    fn from(error: CauseError<E>) -> Self {
        Self::Failed(error)
    }
}

/// Asks what contexts between A and B are like.
pub(crate) struct Search<'a, O: Oracle> {
    pub(crate) ledger: Ledger<'a, O>,
    /// The contexts of each task that is asked; all vary in the same changes.
    pub(crate) cubes: Vec<Cube>,
    pub(crate) options: &'a BisectOptions,
    pub(crate) steps: Vec<Step>,
    levels: Levels,
    packs_a: Vec<Digest>,
    packs_b: Vec<Digest>,
}

/// How sure an answer has to be, and from which trial on it is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Care {
    pub(crate) stage: Stage,
    pub(crate) error: f64,
    pub(crate) first: u32,
}

impl<'a, O: Oracle> Search<'a, O> {
    pub(crate) fn new(
        mut ledger: Ledger<'a, O>,
        mut cubes: Vec<Cube>,
        options: &'a BisectOptions,
    ) -> Result<Self, CauseError<O::Error>> {
        let (mut packs_a, mut packs_b) = (Vec::new(), Vec::new());
        for cube in &mut cubes {
            let width = cube.width();
            packs_a.push(cube.pack(&mut ledger, &vec![false; width])?);
            packs_b.push(cube.pack(&mut ledger, &vec![true; width])?);
        }
        let levels = Levels::new(0.0, 1.0, 0.2, 0.8);
        Ok(Self { ledger, cubes, options, steps: Vec::new(), levels, packs_a, packs_b })
    }

    /// Changes that vary.
    pub(crate) fn width(&self) -> usize {
        self.cubes.first().map_or(0, Cube::width)
    }

    /// Whether A and B have the same packs for all tasks.
    pub(crate) fn same_packs(&self) -> bool {
        self.packs_a == self.packs_b
    }

    /// Asks A and B until they are known to differ, with this chance of error, or nothing speaks for it.
    pub(crate) fn ends(&mut self, error: f64, ends: &mut Ends) -> Result<bool, Stop<O::Error>> {
        let (a, b) = (self.local(&[]), vec![true; self.width()]);
        let most = if self.options.repeatable { 1 } else { self.options.trials };
        while ends.pairs() < most {
            let more =
                if self.options.repeatable { 1 } else { ends.least_more(error).min(most - ends.pairs()) };
            let trials = ends.pairs()..ends.pairs() + more;
            let from = self.scores(&a, trials.clone())?;
            let to = self.scores(&b, trials)?;
            from.into_iter().zip(to).for_each(|(from, to)| ends.pair(from, to));
            let differ = if self.options.repeatable {
                let (from, to) = ends.means();
                (from - to).abs() > 1e-9
            } else {
                ends.differ(error)
            };
            if differ {
                self.levels = ends.levels();
                return Ok(true);
            }
            if ends.pairs() >= PATIENCE && ends.capital() <= 1.0 {
                break;
            }
        }
        Ok(false)
    }

    /// What the context with these changes is like.
    pub(crate) fn ask(&mut self, made: &[usize], care: Care) -> Result<Verdict, Stop<O::Error>> {
        let local = self.local(made);
        let packs = self.packs(&local)?;
        if packs == self.packs_a || packs == self.packs_b {
            let verdict = if packs == self.packs_a { Verdict::LikeA } else { Verdict::LikeB };
            self.note(made, care.stage, &[], verdict);
            return Ok(verdict);
        }
        let most = if self.options.repeatable { 1 } else { self.options.trials };
        let enough = if self.options.repeatable { 0.0 } else { -libm::log(care.error) };
        let first = if self.options.repeatable { 0 } else { care.first };
        let (mut evidence, mut seen) = (0.0_f64, Vec::new());
        while seen.len() < most as usize && (seen.is_empty() || evidence.abs() < enough) {
            let from = first + seen.len() as u32;
            let more = self.levels.least_trials(enough - evidence.abs()).min(first + most - from);
            for score in self.scores(&local, from..from + more)? {
                evidence += self.levels.evidence(score);
                seen.push(score);
            }
        }
        let verdict = match () {
            () if evidence.abs() < enough || evidence == 0.0 => Verdict::Unsettled,
            () if evidence > 0.0 => Verdict::LikeB,
            () => Verdict::LikeA,
        };
        self.note(made, care.stage, &seen, verdict);
        Ok(verdict)
    }

    /// The context in which these changes, numbered within the cubes, are made.
    fn local(&self, made: &[usize]) -> Local {
        let mut local = vec![false; self.width()];
        made.iter().for_each(|at| local[*at] = true);
        local
    }

    fn packs(&mut self, local: &Local) -> Result<Vec<Digest>, CauseError<O::Error>> {
        let ledger = &mut self.ledger;
        self.cubes.iter_mut().map(|cube| cube.pack(ledger, local)).collect()
    }

    /// Mean score over the tasks, for each of several trials.
    fn scores(&mut self, local: &Local, trials: std::ops::Range<u32>) -> Result<Vec<f64>, Stop<O::Error>> {
        let packs = self.packs(local)?;
        let wants: Vec<_> = trials
            .clone()
            .flat_map(|trial| {
                let cubes = self.cubes.iter().zip(&packs);
                cubes.map(move |(cube, pack)| cube.want(local, *pack, trial))
            })
            .collect();
        if !self.ledger.ask(&wants, 1.0)? {
            return Err(Stop::Budget);
        }
        let score = |trial| {
            let cubes = self.cubes.iter().zip(&packs);
            let sum: f64 = cubes.filter_map(|(cube, pack)| self.ledger.score(cube.task, *pack, trial)).sum();
            sum / self.cubes.len() as f64
        };
        Ok(trials.map(score).collect())
    }

    fn note(&mut self, made: &[usize], stage: Stage, scores: &[f64], verdict: Verdict) {
        let touching = self.cubes.first().map(|cube| cube.touching.as_slice()).unwrap_or_default();
        let mut made: Vec<usize> = made.iter().map(|at| touching[*at]).collect();
        made.sort_unstable();
        let score = (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64);
        self.steps.push(Step { stage, made, trials: scores.len() as u32, score, verdict });
    }
}
