//! Whether the statistics of comparisons hold what they promise: false positives without a difference, and how often an
//! interval holds the true effect.
//!
//! ```text
//! cargo bench -p haversack-eval --bench eval_stats -- [--suites 10000] [--slow 2000] [--seed 7] [--kind NAME] > runs.jsonl
//! ```
//!
//! Every cell is a kind of score, a number of tasks and a true effect; `--suites` suites are drawn and compared. The bootstrap (of
//! 2,000 resamples, for comparison) and the sequential test are run on the first `--slow` of them. One JSON object a cell
//! goes to standard output. Fields: `rejected` is the share with p <= 0.05 (false positives where the effect is 0, power
//! elsewhere), `rejected_conservative` the same of the exact permutation test, `covered` the share of intervals that hold the
//! true effect, `differing` the mean number of tasks that differ.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise and prints numbers"
)]

#[path = "common/simulation.rs"]
mod simulation;

use std::sync::Mutex;

use haversack_eval::{CompareOptions, Comparison, Interval, Verdict, compare};
use serde_json::{Value, json};
use simulation::{Kind, Random};

const KINDS: [Kind; 10] = [
    Kind::Passes(0.2),
    Kind::Passes(0.5),
    Kind::Passes(0.9),
    Kind::OwnRates,
    Kind::Trials,
    Kind::EasyTrials,
    Kind::Skewed,
    Kind::Alike,
    Kind::TiedPasses,
    Kind::TiedSkewed,
];

#[derive(Clone)]
struct Arguments {
    suites: usize,
    slow: usize,
    seed: u64,
    kind: Option<String>,
}

impl Arguments {
    fn read() -> Self {
        let mut read = Self { suites: 10_000, slow: 2_000, seed: 7, kind: None };
        let mut given = std::env::args().skip(1).filter(|argument| argument != "--bench");
        while let Some(name) = given.next() {
            let value = given.next().unwrap_or_default();
            match name.as_str() {
                "--suites" => read.suites = value.parse().unwrap(),
                "--slow" => read.slow = value.parse().unwrap(),
                "--seed" => read.seed = value.parse().unwrap(),
                "--kind" => read.kind = Some(value),
                other => unreachable!("unknown option {other}"),
            }
        }
        read
    }
}

#[derive(Clone, Copy)]
struct Cell {
    kind: Kind,
    tasks: usize,
    effect: f64,
}

fn main() {
    let arguments = Arguments::read();
    let wanted = |kind: Kind| arguments.kind.as_ref().is_none_or(|name| *name == kind.name());
    // Each cell draws from a seed of its own, so that a kind alone gives the same numbers.
    let cells = cells().into_iter().enumerate().filter(|(_, cell)| wanted(cell.kind));
    let queue = Mutex::new(cells);
    let lines = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap().next();
                    let Some((number, cell)) = next else { break };
                    let line = run(number, cell, &arguments);
                    lines.lock().unwrap().push((number, line));
                }
            });
        }
    });
    let mut lines = lines.into_inner().unwrap();
    lines.sort_by_key(|(number, _)| *number);
    lines.iter().for_each(|(_, line)| println!("{line}"));
}

/// Every kind with 0, 0.05 and 0.2; where 0.2 is more than there is room for, -0.2, or else 0.1.
fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for kind in KINDS {
        let large = [0.2, -0.2, 0.1].into_iter().find(|effect| kind.can(*effect)).unwrap();
        for effect in [0.0, 0.05, large] {
            for tasks in [30, 100, 150] {
                cells.push(Cell { kind, tasks, effect });
            }
        }
    }
    cells
}

/// What was counted over the suites of a cell.
#[derive(Default)]
struct Tally {
    rejected: usize,
    conservative: usize,
    covered: usize,
    too_few: usize,
    differing: usize,
    width: f64,
    smallest: f64,
    bca_covered: usize,
    bca_width: f64,
    stopped: usize,
    stopped_after: usize,
    sequence_covered: usize,
}

fn run(number: usize, cell: Cell, arguments: &Arguments) -> Value {
    let mut random = Random(arguments.seed.wrapping_mul(1_000).wrapping_add(number as u64));
    let mut tally = Tally::default();
    for suite in 0..arguments.suites {
        let pairs = cell.kind.suite(cell.tasks, cell.effect, &mut random);
        let slow = suite < arguments.slow;
        let options = CompareOptions { sequential: slow, ..CompareOptions::default() };
        tally.add(&compare(&pairs, &options).unwrap(), cell.effect);
        if slow {
            let options =
                CompareOptions { interval: Interval::Bca, draws: 2_000, ..CompareOptions::default() };
            tally.add_bca(&compare(&pairs, &options).unwrap(), cell.effect);
        }
    }
    tally.line(cell, arguments)
}

impl Tally {
    fn add(&mut self, comparison: &Comparison, effect: f64) {
        self.rejected += usize::from(comparison.p_value <= 0.05);
        self.conservative += usize::from(comparison.conservative_p_value <= 0.05);
        self.covered += usize::from(holds(&comparison.effect, effect));
        self.too_few += usize::from(comparison.verdict == Verdict::NotEnoughTasks);
        self.differing += comparison.wins + comparison.losses;
        self.width += comparison.effect.high - comparison.effect.low;
        self.smallest += comparison.power.smallest_effect;
        if let Some(sequential) = comparison.sequential {
            self.stopped += usize::from(sequential.stopped);
            self.stopped_after += if sequential.stopped { sequential.tasks } else { 0 };
            self.sequence_covered += usize::from(holds(&sequential.effect, effect));
        }
    }

    fn add_bca(&mut self, comparison: &Comparison, effect: f64) {
        self.bca_covered += usize::from(holds(&comparison.effect, effect));
        self.bca_width += comparison.effect.high - comparison.effect.low;
    }

    fn line(&self, cell: Cell, arguments: &Arguments) -> Value {
        let all = |count: usize| count as f64 / arguments.suites as f64;
        let slow = |count: usize| count as f64 / arguments.slow as f64;
        json!({
            "kind": cell.kind.name(), "tasks": cell.tasks, "effect": cell.effect,
            "suites": arguments.suites, "slow": arguments.slow, "seed": arguments.seed,
            "differing": all(self.differing),
            "rejected": all(self.rejected), "rejected_conservative": all(self.conservative),
            "not_enough_tasks": all(self.too_few),
            "covered": all(self.covered), "width": self.width / arguments.suites as f64,
            "smallest_effect": self.smallest / arguments.suites as f64,
            "bca": {"covered": slow(self.bca_covered), "width": self.bca_width / arguments.slow as f64},
            "sequential": {
                "stopped": slow(self.stopped),
                "stopped_after": (self.stopped > 0).then(|| self.stopped_after as f64 / self.stopped as f64),
                "covered": slow(self.sequence_covered),
            },
        })
    }
}

/// Forgives rounding at the ends.
fn holds(estimate: &haversack_eval::Estimate, effect: f64) -> bool {
    estimate.low - 1e-12 <= effect && effect <= estimate.high + 1e-12
}
