//! How many planted causes attribution finds, how many of what it finds are none, and what that takes; and how often bisection
//! returns exactly a planted minimal set.
//!
//! `cargo bench -p haversack-eval --bench eval_causes -- [SEEDS] [FIRST]` (default 8 1) prints a JSON line for each pair of versions and method.
//! No times are measured: the numbers are the same on every machine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    dead_code,
    reason = "a bench stops at the first surprise and prints numbers"
)]

#[path = "common/causes.rs"]
mod causes;

use causes::{Planted, Sizes};
use haversack_eval::{AttributeOptions, Attribution, BisectOptions, Factor, attribute, bisect, bisect_log};
use serde_json::json;

/// Tasks of each pair of versions whose outcome is bisected, of those that A and B differ in.
const TASKS_BISECTED: usize = 2;

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (seeds, first) = (numbers.first().copied().unwrap_or(8), numbers.get(1).copied().unwrap_or(1));
    for documents in [20, 200, 1000] {
        for tasks in [50, 200] {
            for causes in [1, 3, 10, 20] {
                for noise in [0.0, 0.1, 0.2] {
                    for seed in first..first + seeds {
                        measure(Sizes { documents, tasks, causes }, noise, seed);
                    }
                }
            }
        }
    }
}

fn measure(sizes: Sizes, noise: f64, seed: u64) {
    let of = seed * 1_000_000_000 + (sizes.documents * 100_000 + sizes.tasks * 100 + sizes.causes) as u64;
    attribution(sizes, noise, of);
    let planted = Planted::new(sizes, noise, of);
    let flipped = (0..sizes.tasks).filter(|task| !planted.minimal_sets(*task).is_empty());
    flipped.take(TASKS_BISECTED).for_each(|task| bisection(sizes, noise, of, task));
    first_bad(sizes.documents, noise, of);
}

/// One task's outcome, bisected: exact when the answer is one of the sets of which no proper part flips it.
fn bisection(sizes: Sizes, noise: f64, seed: u64, task: usize) {
    let mut planted = Planted::new(sizes, noise, seed);
    let factors = planted.factors();
    let sets: Vec<Vec<Factor>> = planted
        .minimal_sets(task)
        .into_iter()
        .map(|set| set.into_iter().map(|change| factors[change].clone()).collect())
        .collect();
    let options = BisectOptions { repeatable: noise == 0.0, seed, ..BisectOptions::default() };
    let result = bisect(&mut planted, &factors, &[task], &options).unwrap();
    println!(
        "{}",
        json!({
            "method": "bisect", "documents": sizes.documents, "tasks": sizes.tasks, "planted": sizes.causes,
            "noise": noise, "seed": seed, "task": task, "touching": planted.touching[task].len(),
            "sets": sets.len(), "smallest": sets.iter().map(Vec::len).min(), "returned": result.factors.len(),
            "exact": sets.contains(&result.factors), "conclusive": result.conclusive, "reason": result.reason,
            "redundant": result.redundant, "calls": result.calls, "packs": result.packs,
        })
    );
}

/// A log of which one version is the first bad one.
fn first_bad(versions: usize, noise: f64, seed: u64) {
    let planted = 1 + causes::Random(seed).below(versions - 1);
    let score = |version: usize, trial: u32| {
        let luck = causes::Random(seed ^ (version as u64) << 32 ^ u64::from(trial) << 8).unit();
        Ok::<_, std::convert::Infallible>(f64::from(u8::from((version < planted) != (luck < noise))))
    };
    let options = BisectOptions { repeatable: noise == 0.0, seed, ..BisectOptions::default() };
    let result = bisect_log(versions, score, &options).unwrap();
    println!(
        "{}",
        json!({
            "method": "bisect_log", "versions": versions, "noise": noise, "seed": seed,
            "exact": result.first_bad == Some(planted), "conclusive": result.conclusive, "reason": result.reason,
            "out_of_place": result.out_of_place.len(), "calls": result.calls,
        })
    );
}

fn attribution(sizes: Sizes, noise: f64, seed: u64) {
    let mut planted = Planted::new(sizes, noise, seed);
    let truth = planted.true_causes();
    let (factors, names) = (planted.factors(), planted.names());
    let options = AttributeOptions { repeatable: noise == 0.0, seed, ..AttributeOptions::default() };
    let result = attribute(&mut planted, &factors, &names, &options).unwrap();
    let number = |factor| factors.iter().position(|named| named == factor).unwrap();
    let found: Vec<usize> =
        result.factors.iter().filter(|effect| effect.found).map(|effect| number(&effect.factor)).collect();
    let right = found.iter().filter(|change| truth.contains(change)).count();
    let (covered, intervals) = coverage(&mut planted, &result, seed);
    println!(
        "{}",
        json!({
            "method": "attribute", "documents": sizes.documents, "tasks": sizes.tasks, "planted": sizes.causes,
            "noise": noise, "seed": seed, "causes": truth.len(), "found": found.len(), "right": right,
            "seen_by_leaving_one_out": truth.iter().filter(|change| planted.moves_b(**change)).count(),
            "calls": result.calls, "packs": result.packs, "leave_one_out_once": planted.changes * sizes.tasks,
            "leave_one_out_touched": planted.touching.iter().map(Vec::len).sum::<usize>(),
            "untouched": result.untouched.len(), "covered": covered, "intervals": intervals,
        })
    );
}

/// Intervals of factors with tasks that hold the true effect, by 400 random contexts of each task without noise.
fn coverage(planted: &mut Planted, result: &Attribution, seed: u64) -> (usize, usize) {
    let factors = planted.factors();
    let mut random = causes::Random(seed ^ 77);
    let (mut covered, mut intervals) = (0, 0);
    for effect in result.factors.iter().filter(|effect| effect.found) {
        let change = factors.iter().position(|factor| *factor == effect.factor).unwrap();
        let tasks: Vec<usize> = (0..planted.touching.len())
            .filter(|task| planted.touching[*task].binary_search(&change).is_ok())
            .collect();
        let mut sum = 0.0;
        for task in &tasks {
            for _ in 0..400 {
                let bits: Vec<bool> = (0..planted.changes).map(|_| random.below(2) == 0).collect();
                let with = planted.passes(*task, |at| at == change || bits[at]);
                let without = planted.passes(*task, |at| at != change && bits[at]);
                sum += f64::from(u8::from(with)) - f64::from(u8::from(without));
            }
        }
        let mean = sum / 400.0 / tasks.len() as f64 * (1.0 - 2.0 * planted.noise);
        intervals += 1;
        covered += usize::from(effect.effect.low - 0.02 <= mean && mean <= effect.effect.high + 0.02);
    }
    (covered, intervals)
}
