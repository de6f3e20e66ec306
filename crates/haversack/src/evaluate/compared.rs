use std::collections::{BTreeMap, BTreeSet};

use haversack_eval::{
    CompareOptions, Comparison, Impact, Outcome, PackPair, Pair, RunRecord, Suite, Task, impact, pairs,
};
use haversack_model::{Digest, Pack};
use serde::Serialize;

use super::evaluator::{budget, pack};
use super::{EvaluateError, Evaluator};
use crate::{Context, Error};

/// A version as people name it.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    /// How it was addressed: `docs@v1`.
    pub address: &'a str,
    /// The version.
    pub context: &'a Context,
}

/// The packs of every task in two versions, in the suite's order.
pub struct Packs {
    /// In A.
    pub a: Vec<Pack>,
    /// In B.
    pub b: Vec<Pack>,
}

impl Packs {
    /// Makes them; `asked` is the budget of tasks that name none, else the suite's or each recipe's. No agent is called.
    ///
    /// # Errors
    /// When an index is damaged.
    pub fn of(suite: &Suite, (a, b): (&Context, &Context), asked: Option<u32>) -> Result<Self, Error> {
        let of = |context: &Context| {
            let plain = budget(suite, context, asked);
            let one = |task: &Task| pack(context, task, task.budget.unwrap_or(plain), &suite.principal(task));
            suite.tasks.iter().map(one).collect::<Result<Vec<Pack>, Error>>()
        };
        Ok(Self { a: of(a)?, b: of(b)? })
    }

    /// Which tasks' packs differ; `trials` is how often each would be asked.
    #[must_use]
    pub fn impact(&self, suite: &Suite, trials: u32) -> Impact {
        let both = suite.tasks.iter().zip(self.a.iter().zip(&self.b));
        let both: Vec<PackPair<'_>> = both.map(|(task, (a, b))| PackPair { task, a, b }).collect();
        impact(&both, trials)
    }
}

/// Two versions compared by the outcomes of a suite.
#[derive(Debug, Clone, Serialize)]
pub struct Compared {
    /// The comparison.
    pub comparison: Comparison,
    /// Which packs differ.
    pub impact: Impact,
    /// Calls of the agent that this took.
    pub calls: u64,
    /// Outcomes that were used again.
    pub reused: u64,
    /// Outcomes that two full runs would have needed beyond what was asked or used again: equal packs spared them.
    pub spared: u64,
    /// Calls that failed or took too long in A and in B: each counts as the suite says, and may be no fault of the context.
    pub failed: [Failures; 2],
    /// What was recorded, run by run.
    #[serde(skip)]
    pub runs: Vec<RunRecord>,
    /// Outcomes in A and in B, by task and trial; those of equal packs are the same.
    #[serde(skip)]
    pub outcomes: [Vec<Outcome>; 2],
    /// What the comparison is made of.
    #[serde(skip)]
    pub pairs: Vec<Pair>,
}

/// Calls that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Failures {
    /// How many.
    pub calls: u64,
    /// Their tasks.
    pub tasks: BTreeSet<String>,
}

impl Failures {
    fn of(outcomes: &[Outcome]) -> Self {
        let failed = outcomes.iter().filter(|outcome| !outcome.status.is_said());
        let tasks: Vec<String> = failed.map(|outcome| outcome.task.clone()).collect();
        Self { calls: tasks.len() as u64, tasks: tasks.into_iter().collect() }
    }
}

/// Tasks to ask, and where packs differ.
struct Asked<'t, 'a> {
    tasks: &'t [&'a Task],
    changed: &'t dyn Fn(&Task) -> bool,
    /// Whether to ask where they do not, too.
    all: bool,
}

/// What is gathered while tasks are asked.
#[derive(Default)]
struct Gathered {
    runs: Vec<RunRecord>,
    outcomes: [Vec<Outcome>; 2],
    pairs: Vec<Pair>,
}

impl<'a> Evaluator<'a> {
    /// The packs of every task in two versions; no agent is called.
    ///
    /// # Errors
    /// When an index is damaged.
    pub fn packs(&self, a: &Context, b: &Context) -> Result<Packs, EvaluateError> {
        Ok(Packs::of(self.suite, (a, b), self.options.budget)?)
    }

    /// Compares two versions. The agent is asked only where packs differ and no outcome is known; with `all` also once
    /// where they do not, so that means are those of the whole suite.
    ///
    /// With `options.sequential` tasks are asked in a random order, and no more of them once the answer is sure; the comparison
    /// then is one of the tasks so far, and its verdict, p-value and interval are those of the sequential test.
    ///
    /// # Errors
    /// When a run cannot be recorded or does not come to its end: what was recorded is used again next time.
    pub fn compare(
        &self,
        sides: (Named<'_>, Named<'_>),
        packs: &Packs,
        all: bool,
        options: &CompareOptions,
    ) -> Result<Compared, EvaluateError> {
        let impact = packs.impact(self.suite, self.trials());
        let changed: BTreeMap<&str, bool> =
            impact.tasks.iter().map(|task| (task.task.as_str(), task.changed)).collect();
        let changed = |task: &Task| changed.get(task.id.as_str()) == Some(&true);
        let mut tasks: Vec<&'a Task> = self.suite.tasks.iter().collect();
        let mut gathered = Gathered::default();
        let comparison = if options.sequential {
            let place = |task: &&'a Task| Digest::of(format!("{} {}", self.options.seed, task.id).as_bytes());
            tasks.sort_by_cached_key(place);
            // Small steps where calls are dear; a step asks as many at once as it can.
            let step = (tasks.len() / 20).max(4);
            let mut latest = None;
            for some in tasks.chunks(step) {
                self.gather(sides, Asked { tasks: some, changed: &changed, all }, &mut gathered)?;
                let comparison = haversack_eval::compare(&gathered.pairs, options)?.by_sequential_test();
                let sure = comparison.sequential.is_some_and(|sequential| sequential.stopped);
                latest = Some(comparison);
                if sure {
                    break;
                }
            }
            latest.ok_or(haversack_eval::CompareError::NoPairs)?
        } else {
            self.gather(sides, Asked { tasks: &tasks, changed: &changed, all }, &mut gathered)?;
            gathered.pairs.sort_by(|x, y| x.task.cmp(&y.task));
            haversack_eval::compare(&gathered.pairs, options)?
        };
        let Gathered { runs, mut outcomes, pairs } = gathered;
        let needed: u64 = runs.iter().map(|run| run.outcomes.len() as u64).sum();
        let full = 2 * u64::from(self.trials()) * self.suite.tasks.len() as u64;
        for side in &mut outcomes {
            side.sort_by(|x, y| x.task.cmp(&y.task).then(x.trial.cmp(&y.trial)));
        }
        Ok(Compared {
            comparison,
            impact,
            calls: runs.iter().map(|run| run.totals.calls).sum(),
            reused: runs.iter().map(|run| run.totals.reused).sum(),
            spared: full.saturating_sub(needed),
            failed: outcomes.each_ref().map(|outcomes| Failures::of(outcomes)),
            runs,
            outcomes,
            pairs,
        })
    }

    /// Asks tasks in both versions: changed ones in each, with `all` the others once for both.
    fn gather(
        &self,
        (a, b): (Named<'_>, Named<'_>),
        Asked { tasks, changed, all }: Asked<'_, 'a>,
        gathered: &mut Gathered,
    ) -> Result<(), EvaluateError> {
        let in_a: Vec<&'a Task> = tasks.iter().copied().filter(|task| all || changed(task)).collect();
        let in_b: Vec<&'a Task> = tasks.iter().copied().filter(|task| changed(task)).collect();
        let of_a = self.whole_run(a.context, a.address, Some(&in_a))?;
        let of_b = self.whole_run(b.context, b.address, Some(&in_b))?;
        let outcomes = |run: &RunRecord| -> Vec<Outcome> {
            run.outcomes.iter().map(|entry| entry.outcome.clone()).collect()
        };
        let (mine, theirs) = (outcomes(&of_a), outcomes(&of_b));
        // What differs is compared run against run; the same bytes have one outcome.
        let differing: BTreeSet<&str> = in_b.iter().map(|task| task.id.as_str()).collect();
        let shared: Vec<Outcome> =
            mine.iter().filter(|outcome| !differing.contains(outcome.task.as_str())).cloned().collect();
        gathered.pairs.extend(pairs(&of_a.only(&differing), &of_b)?);
        for task in tasks.iter().filter(|task| !differing.contains(task.id.as_str())) {
            gathered.pairs.push(if all {
                same(task, of_a.of_task(&task.id))
            } else {
                Pair::unasked(&task.id, &task.tags)
            });
        }
        let [outcomes_a, outcomes_b] = &mut gathered.outcomes;
        outcomes_a.extend(mine);
        outcomes_b.extend(theirs);
        outcomes_b.extend(shared);
        gathered.runs.extend([of_a, of_b]);
        Ok(())
    }
}

/// A task of which both versions pack the same bytes.
fn same(task: &Task, entries: &[haversack_eval::Entry]) -> Pair {
    let scores: Vec<f64> = entries.iter().map(|entry| entry.outcome.score).collect();
    let passed: Vec<bool> = entries.iter().map(|entry| entry.outcome.passed).collect();
    Pair {
        task: task.id.clone(),
        tags: task.tags.clone(),
        same_pack: true,
        a: scores.clone(),
        b: scores,
        passed_a: passed.clone(),
        passed_b: passed,
    }
}
