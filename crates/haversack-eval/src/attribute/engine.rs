use super::confirm::{Candidate, candidates, confirm};
use super::search::{Search, Witness};
use super::survey::{Effect, Survey, pooled};
use super::{AttributeOptions, Attribution, Factor, FactorEffect};
use crate::probing::{CauseError, Cube, Halt, Ledger, Local, check_hints, touching, touching_at};
use crate::stats::Random;
use crate::stats::fdr::benjamini_hochberg;
use crate::{Oracle, Subset};

/// Shares of the budget that may be spent when the first outcomes are there, and when candidates are.
const SURVEY_SHARE: f64 = 0.5;
const SEARCH_SHARE: f64 = 0.8;

/// The effect of each change between two versions on the outcomes of a suite; see the module for what is done and what
/// holds.
///
/// `factors` names the oracle's changes, `tasks` its tasks, in their order.
///
/// # Errors
/// When names, options or hints do not fit the oracle, or the oracle fails.
///
/// ```
/// use haversack_eval::{AttributeOptions, Factor, attribute};
///
/// # use haversack_eval::{Oracle, Probe, Subset};
/// # use haversack_model::Digest;
/// # struct Seven;
/// # impl Oracle for Seven {
/// #     type Error = std::convert::Infallible;
/// #     fn changes(&self) -> usize { 20 }
/// #     fn tasks(&self) -> usize { 1 }
/// #     fn packs(&mut self, _: usize, contexts: &[Subset]) -> Result<Vec<Digest>, Self::Error> {
/// #         Ok(contexts.iter().map(|c| Digest::of(&[c.has(3).into(), c.has(7).into(), c.has(9).into()])).collect())
/// #     }
/// #     fn outcomes(&mut self, probes: &[Probe]) -> Result<Vec<f64>, Self::Error> {
/// #         Ok(probes.iter().map(|probe| f64::from(u8::from(!probe.changes.has(7)))).collect())
/// #     }
/// #     fn calls(&self) -> u64 { 0 }
/// # }
/// // 20 changes, of which 3, 7 and 9 touch the pack of the one task, and 7 breaks it.
/// let mut oracle = Seven;
/// let factors: Vec<Factor> = (0..20).map(|n| Factor::Field { field: format!("field.{n}") }).collect();
/// let options = AttributeOptions { repeatable: true, ..AttributeOptions::default() };
///
/// let result = attribute(&mut oracle, &factors, &["q1".to_owned()], &options)?;
/// let first = &result.factors[0];
/// assert_eq!((&first.factor, first.found, first.effect.mean), (&factors[7], true, -1.0));
/// assert_eq!(result.factors.iter().filter(|effect| effect.found).count(), 1);
/// assert_eq!(result.factors.iter().filter(|effect| effect.tasks == 0).count(), 17);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn attribute<O: Oracle>(
    oracle: &mut O,
    factors: &[Factor],
    tasks: &[String],
    options: &AttributeOptions,
) -> Result<Attribution, CauseError<O::Error>> {
    run(oracle, (factors, tasks), options, false)
}

/// The effect of the presence of each document of one version: an effect above 0 carries the suite, one below hurts it, and
/// a document without tasks is in no pack.
///
/// The oracle's A is the context without any of the documents, its B the whole version. A document counts for the tasks whose
/// packs change when it alone is taken away; the others always stay. Else as [`attribute`].
///
/// # Errors
/// As [`attribute`].
pub fn attribute_one<O: Oracle>(
    oracle: &mut O,
    factors: &[Factor],
    tasks: &[String],
    options: &AttributeOptions,
) -> Result<Attribution, CauseError<O::Error>> {
    run(oracle, (factors, tasks), options, true)
}

fn run<O: Oracle>(
    oracle: &mut O,
    (factors, tasks): (&[Factor], &[String]),
    options: &AttributeOptions,
    from_b: bool,
) -> Result<Attribution, CauseError<O::Error>> {
    options.check()?;
    let (changes, asked) = (oracle.changes(), oracle.tasks());
    if factors.len() != changes {
        return Err(CauseError::Factors { given: factors.len(), changes });
    }
    if tasks.len() != asked {
        return Err(CauseError::Tasks { given: tasks.len(), tasks: asked });
    }
    let mut ledger = Ledger::new(oracle, options.max_calls);
    let mut random = Random::new(options.seed);
    let cubes = cubes(&mut ledger, options, &mut random, from_b)?;
    let mut engine = Engine {
        surveys: vec![Survey::default(); cubes.len()],
        ledger,
        cubes,
        options,
        random,
        complete: true,
    };
    engine.survey(|_| options.min_rounds, SURVEY_SHARE)?;
    let lead = engine.lead()?;
    let witnesses = engine.search(lead)?;
    let mut candidates = candidates(witnesses, &engine.cubes, options);
    if !options.repeatable {
        engine.complete &= confirm(&mut engine.ledger, &mut engine.cubes, &mut candidates, options)?;
    }
    let verdicts = verdicts(&candidates, changes);
    let more: Vec<bool> = engine
        .cubes
        .iter()
        .map(|cube| cube.touching.iter().any(|number| verdicts[*number].1 <= options.fdr))
        .collect();
    engine.survey(|at| if more[at] { options.max_rounds } else { options.min_rounds }, 1.0)?;
    Ok(engine.attribution(factors, tasks, &verdicts))
}

/// The contexts of every task that a change touches.
fn cubes<O: Oracle>(
    ledger: &mut Ledger<'_, O>,
    options: &AttributeOptions,
    random: &mut Random,
    from_b: bool,
) -> Result<Vec<Cube>, CauseError<O::Error>> {
    let (tasks, changes) = (ledger.tasks(), ledger.changes());
    if let Some(hints) = &options.touching {
        check_hints(hints, tasks, changes)?;
    }
    let mut cubes = Vec::new();
    for task in 0..tasks {
        let numbers = match (&options.touching, from_b) {
            (Some(hints), _) => {
                let mut numbers = hints[task].clone();
                numbers.sort_unstable();
                numbers.dedup();
                numbers
            }
            (None, true) => touching_at(ledger, task)?,
            (None, false) => touching(ledger, task, random)?,
        };
        if !numbers.is_empty() {
            cubes.push(Cube::new(task, numbers, Subset::all(changes)));
        }
    }
    Ok(cubes)
}

/// p-value and q-value of every change; 1 of those that are no candidates.
fn verdicts(candidates: &[Candidate], changes: usize) -> Vec<(f64, f64)> {
    let p_values: Vec<f64> = candidates.iter().map(Candidate::p_value).collect();
    let mut verdicts = vec![(1.0, 1.0); changes];
    for (candidate, (p, q)) in candidates.iter().zip(p_values.iter().zip(benjamini_hochberg(&p_values))) {
        verdicts[candidate.change] = (*p, q);
    }
    verdicts
}

struct Engine<'a, O: Oracle> {
    ledger: Ledger<'a, O>,
    cubes: Vec<Cube>,
    surveys: Vec<Survey>,
    options: &'a AttributeOptions,
    random: Random,
    complete: bool,
}

impl<O: Oracle> Engine<'_, O> {
    /// Asks tasks in random contexts, pair after pair, until each has its rounds or the share of the budget is spent.
    fn survey(&mut self, rounds: impl Fn(usize) -> usize, share: f64) -> Result<(), CauseError<O::Error>> {
        let most = (0..self.cubes.len()).map(&rounds).max().unwrap_or(0);
        for round in 1..=most {
            let mut wants = Vec::new();
            for (at, (cube, survey)) in self.cubes.iter_mut().zip(&mut self.surveys).enumerate() {
                survey.draw(
                    (&mut self.ledger, cube),
                    round.min(rounds(at)),
                    self.options,
                    &mut self.random,
                )?;
                wants.extend(survey.wants().cloned());
            }
            if !self.ledger.ask(&wants, share)? {
                self.complete = false;
                break;
            }
        }
        Ok(())
    }

    /// By how many trials one side has to lead so that a context is misjudged about once in sixty times.
    ///
    /// With a chance `p` of an outcome the other way round a lead of `k` is wrong with odds of `(p / (1 - p))^k` (the gambler's
    /// ruin). `p` follows from how often two trials of A, and of B, differ, which they do with `2 p (1 - p)`.
    fn lead(&mut self) -> Result<u32, CauseError<O::Error>> {
        if self.options.repeatable {
            return Ok(1);
        }
        let (mut wants, mut differences, mut pairs) = (Vec::new(), 0.36, 2.0);
        for cube in &mut self.cubes {
            for made in [false, true] {
                let local = vec![made; cube.width()];
                let pack = cube.pack(&mut self.ledger, &local)?;
                wants.extend([0, 1].map(|trial| cube.want(&local, pack, trial)));
            }
        }
        if !self.ledger.ask(&wants, SEARCH_SHARE)? {
            self.complete = false;
        }
        for two in wants.chunks_exact(2) {
            let [first, second] =
                [&two[0], &two[1]].map(|want| self.ledger.score(want.task, want.pack, want.trial));
            if let (Some(first), Some(second)) = (first, second) {
                differences += (first - second).abs();
                pairs += 1.0;
            }
        }
        let chance = 0.5 - 0.5 * libm::sqrt((1.0 - 2.0 * differences / pairs).max(0.01));
        let lead = libm::log(60.0) / libm::log((1.0 - chance) / chance);
        Ok(libm::ceil(lead - 0.05).clamp(2.0, 6.0) as u32)
    }

    /// Searches all tasks at once: what each lacks is asked together.
    fn search(&mut self, lead: u32) -> Result<Vec<Witness>, CauseError<O::Error>> {
        let contexts: Vec<Vec<Local>> =
            self.surveys.iter().map(|survey| survey.contexts().cloned().collect()).collect();
        let mut found: Vec<Vec<Witness>> = vec![Vec::new(); self.cubes.len()];
        let mut open: Vec<usize> = (0..self.cubes.len()).collect();
        while !open.is_empty() {
            let (mut wants, mut waiting) = (Vec::new(), Vec::new());
            for at in open {
                let mut search = Search {
                    ledger: &mut self.ledger,
                    cube: &mut self.cubes[at],
                    contexts: &contexts[at],
                    options: self.options,
                    lead,
                    witnesses: Vec::new(),
                };
                let outcome = search.run();
                found[at] = search.witnesses;
                match outcome {
                    Ok(()) => {}
                    Err(Halt::Wants(more)) => {
                        wants.extend(more);
                        waiting.push(at);
                    }
                    Err(Halt::Failed(error)) => return Err(error),
                }
            }
            if !self.ledger.ask(&wants, SEARCH_SHARE)? {
                self.complete = false;
                break;
            }
            open = waiting;
        }
        Ok(found.into_iter().flatten().collect())
    }

    fn attribution(&self, factors: &[Factor], tasks: &[String], verdicts: &[(f64, f64)]) -> Attribution {
        let mut effects: Vec<FactorEffect> = factors
            .iter()
            .enumerate()
            .map(|(number, factor)| self.factor_effect(number, factor, tasks, verdicts[number]))
            .collect();
        let size = |effect: &FactorEffect| effect.effect.mean.abs();
        effects.sort_by(|a, b| size(b).total_cmp(&size(a)));
        let touched = |task: &usize| self.cubes.iter().any(|cube| cube.task == *task);
        Attribution {
            fdr: self.options.fdr,
            confidence: self.options.confidence,
            factors: effects,
            calls: self.ledger.calls(),
            packs: self.ledger.packs_made(),
            complete: self.complete,
            leave_one_out_calls: factors.len() as u64 * tasks.len() as u64,
            untouched: (0..tasks.len())
                .filter(|task| !touched(task))
                .map(|task| tasks[task].clone())
                .collect(),
        }
    }

    fn factor_effect(
        &self,
        number: usize,
        factor: &Factor,
        tasks: &[String],
        (p_value, q_value): (f64, f64),
    ) -> FactorEffect {
        let mut touched = 0;
        let mut effects: Vec<(String, Effect)> = Vec::new();
        for (cube, survey) in self.cubes.iter().zip(&self.surveys) {
            let Ok(at) = cube.touching.binary_search(&number) else { continue };
            touched += 1;
            effects.extend(survey.effect(&self.ledger, at).map(|effect| (tasks[cube.task].clone(), effect)));
        }
        let means: Vec<Effect> = effects.iter().map(|(_, effect)| *effect).collect();
        let nothing = crate::Estimate { mean: 0.0, low: 0.0, high: 0.0 };
        FactorEffect {
            factor: factor.clone(),
            tasks: touched,
            effect: if touched == 0 { nothing } else { pooled(&means, self.options.confidence) },
            suite_effect: means.iter().map(|effect| effect.mean).sum::<f64>() / tasks.len().max(1) as f64,
            p_value,
            q_value,
            found: q_value <= self.options.fdr,
            per_task: effects.into_iter().map(|(task, effect)| (task, effect.mean)).collect(),
        }
    }
}
