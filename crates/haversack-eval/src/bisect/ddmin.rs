use super::ends::Ends;
use super::search::{Care, Search, Stop};
use super::{BisectOptions, Bisection, Direction, Reason, Stage, Verdict};
use crate::probing::{CauseError, Cube, Ledger, check_hints, touching};
use crate::stats::Random;
use crate::{Factor, Oracle, Subset};

/// Checks of a set before the search gives up.
const ATTEMPTS: u32 = 4;
/// Chance that a quick test errs.
const QUICK: f64 = 0.02;

/// A smallest set of changes between A and B that flips the mean outcome of tasks, and how sure that is.
///
/// `factors` names the oracle's changes in their order; `tasks` are numbers of its tasks.
///
/// # Errors
/// When names, options or hints do not fit the oracle, no task is given, or the oracle fails.
///
/// ```
/// use haversack_eval::bisect::Reason;
/// use haversack_eval::{BisectOptions, Factor, bisect};
///
/// # use haversack_eval::{Oracle, Probe, Subset};
/// # use haversack_model::Digest;
/// # struct Both;
/// # impl Oracle for Both {
/// #     type Error = std::convert::Infallible;
/// #     fn changes(&self) -> usize { 20 }
/// #     fn tasks(&self) -> usize { 1 }
/// #     fn packs(&mut self, _: usize, contexts: &[Subset]) -> Result<Vec<Digest>, Self::Error> {
/// #         Ok(contexts.iter().map(|c| Digest::of(&[c.has(3).into(), c.has(7).into(), c.has(9).into()])).collect())
/// #     }
/// #     fn outcomes(&mut self, probes: &[Probe]) -> Result<Vec<f64>, Self::Error> {
/// #         Ok(probes.iter().map(|probe| f64::from(u8::from(probe.changes.has(7) && probe.changes.has(3)))).collect())
/// #     }
/// #     fn calls(&self) -> u64 { 0 }
/// # }
/// // The task passes when both change 3 and change 7 are made.
/// let factors: Vec<Factor> = (0..20).map(|n| Factor::Field { field: format!("field.{n}") }).collect();
/// let result = bisect(&mut Both, &factors, &[0], &BisectOptions::default())?;
/// assert_eq!(result.factors, [factors[3].clone(), factors[7].clone()]);
/// assert_eq!((result.reason, result.conclusive, result.redundant), (Reason::Found, true, Some(false)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn bisect<O: Oracle>(
    oracle: &mut O,
    factors: &[Factor],
    tasks: &[usize],
    options: &BisectOptions,
) -> Result<Bisection, CauseError<O::Error>> {
    options.check()?;
    let (changes, asked) = (oracle.changes(), oracle.tasks());
    if factors.len() != changes {
        return Err(CauseError::Factors { given: factors.len(), changes });
    }
    if let Some(task) = tasks.iter().find(|task| **task >= asked) {
        return Err(CauseError::NoSuchTask { task: *task, tasks: asked });
    }
    let mut tasks = tasks.to_vec();
    tasks.sort_unstable();
    tasks.dedup();
    if tasks.is_empty() {
        return Err(CauseError::Nothing { what: "task" });
    }
    let mut ledger = Ledger::new(oracle, options.max_calls);
    let cubes = cubes(&mut ledger, &tasks, options)?;
    let mut search = Search::new(ledger, cubes, options)?;
    let mut ends = Ends::new();
    let mut found = Found::default();
    let reason = match found.run(&mut search, &mut ends) {
        Ok(reason) => reason,
        Err(Stop::Budget) => Reason::Budget,
        Err(Stop::Failed(error)) => return Err(error),
    };
    Ok(found.bisection(search, &ends, factors, reason))
}

/// The contexts of each task, in the changes that touch any of them; in all changes when those do not make B out of A.
fn cubes<O: Oracle>(
    ledger: &mut Ledger<'_, O>,
    tasks: &[usize],
    options: &BisectOptions,
) -> Result<Vec<Cube>, CauseError<O::Error>> {
    let changes = ledger.changes();
    let mut random = Random::new(options.seed);
    let mut numbers = Vec::new();
    if let Some(hints) = &options.touching {
        check_hints(hints, ledger.tasks(), changes)?;
    }
    for task in tasks {
        match &options.touching {
            Some(hints) => numbers.extend_from_slice(&hints[*task]),
            None => numbers.extend(touching(ledger, *task, &mut random)?),
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    for task in tasks {
        let packs = ledger.packs(*task, &[Subset::of(changes, &numbers), Subset::all(changes)])?;
        if packs.first() != packs.last() {
            numbers = (0..changes).collect();
            break;
        }
    }
    Ok(tasks.iter().map(|task| Cube::new(*task, numbers.clone(), Subset::none(changes))).collect())
}

/// What the search has so far.
#[derive(Debug, Default)]
struct Found {
    sets: Vec<Vec<usize>>,
    /// The smallest set that seemed to flip the outcome, while none is checked.
    best: Vec<usize>,
    redundant: Option<bool>,
    differ: bool,
    certain: bool,
}

impl Found {
    fn run<O: Oracle>(
        &mut self,
        search: &mut Search<'_, O>,
        ends: &mut Ends,
    ) -> Result<Reason, Stop<O::Error>> {
        if search.same_packs() {
            self.certain = true;
            return Ok(Reason::SamePacks);
        }
        let doubt = 1.0 - search.options.confidence;
        self.differ = search.ends(doubt / 4.0, ends)?;
        if !self.differ {
            self.certain = search.options.repeatable;
            return Ok(Reason::SameOutcome);
        }
        let all: Vec<usize> = (0..search.width()).collect();
        let Some(set) = self.set(search, &all)? else { return Ok(Reason::Unsettled) };
        self.certain = true;
        self.sets.push(set);
        self.others(search, &all)?;
        Ok(Reason::Found)
    }

    /// Whether B without what was found still has B's outcome; if all sets are wanted, the next one.
    fn others<O: Oracle>(&mut self, search: &mut Search<'_, O>, all: &[usize]) -> Result<(), Stop<O::Error>> {
        let doubt = 1.0 - search.options.confidence;
        loop {
            let rest: Vec<usize> =
                all.iter().copied().filter(|at| !self.sets.iter().any(|set| set.contains(at))).collect();
            let care = Care { stage: Stage::Redundancy, error: QUICK.min(doubt), first: 0 };
            let verdict = match search.ask(&rest, care) {
                // The set itself is there and checked; only this question stays open.
                Err(Stop::Budget) => return Ok(()),
                other => other?,
            };
            if self.sets.len() == 1 {
                self.redundant = match verdict {
                    Verdict::LikeA => Some(false),
                    Verdict::LikeB => Some(true),
                    Verdict::Unsettled => None,
                };
            }
            if !search.options.all || verdict != Verdict::LikeB {
                return Ok(());
            }
            match self.set(search, &rest) {
                Ok(Some(set)) => self.sets.push(set),
                Ok(None) | Err(Stop::Budget) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// A checked minimal set among `within`, which flips the outcome as a whole; none when checks fail.
    fn set<O: Oracle>(
        &mut self,
        search: &mut Search<'_, O>,
        within: &[usize],
    ) -> Result<Option<Vec<usize>>, Stop<O::Error>> {
        let mut set = within.to_vec();
        for attempt in 0..ATTEMPTS {
            let care =
                Care { stage: Stage::Search, error: QUICK * libm::pow(0.25, f64::from(attempt)), first: 0 };
            set = minimise(search, set, care)?;
            if self.sets.is_empty() {
                self.best.clone_from(&set);
            }
            set = match check(search, &set, attempt)? {
                Check::Holds => return Ok(Some(set)),
                Check::Smaller(part) => part,
                Check::Fails => within.to_vec(),
                Check::Unsettled => return Ok(None),
            };
        }
        Ok(None)
    }

    fn bisection<O: Oracle>(
        self,
        search: Search<'_, O>,
        ends: &Ends,
        factors: &[Factor],
        reason: Reason,
    ) -> Bisection {
        let touching = search.cubes.first().map(|cube| cube.touching.clone()).unwrap_or_default();
        let named = |set: Vec<usize>| {
            let mut numbers: Vec<usize> = set.into_iter().map(|at| touching[at]).collect();
            numbers.sort_unstable();
            numbers.into_iter().map(|number| factors[number].clone()).collect::<Vec<_>>()
        };
        let mut sets = self.sets.into_iter();
        let first = sets.next().unwrap_or(self.best);
        let (from, to) = ends.means();
        let known = ends.pairs() > 0;
        let direction = match () {
            () if !self.differ => Direction::Same,
            () if to > from => Direction::Better,
            () => Direction::Worse,
        };
        Bisection {
            factors: named(first),
            others: sets.map(named).collect(),
            redundant: self.redundant,
            direction,
            from_score: known.then_some(from),
            to_score: known.then_some(to),
            confidence: search.options.confidence,
            calls: search.ledger.calls(),
            packs: search.ledger.packs_made(),
            steps: search.steps,
            conclusive: self.certain,
            reason,
        }
    }
}

/// What a check of a set says.
enum Check {
    Holds,
    /// A part that flips the outcome as well.
    Smaller(Vec<usize>),
    /// The set does not flip it.
    Fails,
    Unsettled,
}

/// Asks on fresh trials whether a set flips the outcome and no set with one change less does.
fn check<O: Oracle>(
    search: &mut Search<'_, O>,
    set: &[usize],
    attempt: u32,
) -> Result<Check, Stop<O::Error>> {
    let doubt = (1.0 - search.options.confidence) * 0.75 * libm::pow(0.5, f64::from(attempt + 1));
    let care = Care {
        stage: Stage::Check,
        error: doubt / (set.len() + 1) as f64,
        first: search.options.trials * (attempt + 1),
    };
    let mut unsettled = false;
    match search.ask(set, care)? {
        Verdict::LikeB => {}
        Verdict::LikeA => return Ok(Check::Fails),
        Verdict::Unsettled => unsettled = true,
    }
    for left_out in set {
        let part: Vec<usize> = set.iter().copied().filter(|at| at != left_out).collect();
        match search.ask(&part, care)? {
            Verdict::LikeA => {}
            Verdict::LikeB => return Ok(Check::Smaller(part)),
            Verdict::Unsettled => unsettled = true,
        }
    }
    Ok(if unsettled { Check::Unsettled } else { Check::Holds })
}

/// ddmin: halves, then ever finer parts and their complements, until no single change can be left out.
fn minimise<O: Oracle>(
    search: &mut Search<'_, O>,
    mut set: Vec<usize>,
    care: Care,
) -> Result<Vec<usize>, Stop<O::Error>> {
    let mut parts = 2;
    'smaller: while set.len() >= 2 {
        let bounds: Vec<usize> = (0..=parts).map(|part| part * set.len() / parts).collect();
        for ends in bounds.windows(2) {
            let part = set[ends[0]..ends[1]].to_vec();
            if search.ask(&part, care)? == Verdict::LikeB {
                (set, parts) = (part, 2);
                continue 'smaller;
            }
        }
        // With two parts each is the complement of the other.
        for ends in bounds.windows(2).filter(|_| parts > 2) {
            let others = [&set[..ends[0]], &set[ends[1]..]].concat();
            if search.ask(&others, care)? == Verdict::LikeB {
                (set, parts) = (others, parts - 1);
                continue 'smaller;
            }
        }
        if parts >= set.len() {
            break;
        }
        parts = (parts * 2).min(set.len());
    }
    Ok(set)
}
