use std::collections::BTreeSet;

use super::{CompareError, Noise, Pair, Passes, Side, TaskEffect};
use crate::stats::mcnemar::mcnemar;
use crate::stats::mean;
use crate::stats::noise::{Pooled, floor};

/// Refuses pairs that cannot be compared.
pub(super) fn check(pairs: &[Pair]) -> Result<(), CompareError> {
    if pairs.is_empty() {
        return Err(CompareError::NoPairs);
    }
    let mut seen = BTreeSet::new();
    for pair in pairs {
        if !seen.insert(pair.task.as_str()) {
            return Err(CompareError::DuplicateTask { task: pair.task.clone() });
        }
        if pair.same_pack && !pair.asked() && pair.passed_a.is_empty() && pair.passed_b.is_empty() {
            continue;
        }
        check_side(&pair.task, Side::A, &pair.a, &pair.passed_a)?;
        check_side(&pair.task, Side::B, &pair.b, &pair.passed_b)?;
    }
    Ok(())
}

fn check_side(task: &str, side: Side, scores: &[f64], passed: &[bool]) -> Result<(), CompareError> {
    let task = task.to_owned();
    if scores.is_empty() {
        return Err(CompareError::NoTrials { task, side });
    }
    if scores.len() != passed.len() {
        return Err(CompareError::Verdicts { task, side, scores: scores.len(), passed: passed.len() });
    }
    match scores.iter().position(|score| !(0.0..=1.0).contains(score)) {
        Some(trial) => Err(CompareError::Score { task, side, trial, score: scores[trial] }),
        None => Ok(()),
    }
}

/// What one task says; its tags ascending, each once.
pub(super) fn task_effect(pair: &Pair) -> TaskEffect {
    let (a, b) = (mean(&pair.a), mean(&pair.b));
    let tags: BTreeSet<&String> = pair.tags.iter().collect();
    // Trials in another order, or more of them, give means that differ by rounding; that is no difference.
    let effect = if (b - a).abs() < 1e-12 { 0.0 } else { b - a };
    TaskEffect {
        task: pair.task.clone(),
        tags: tags.into_iter().cloned().collect(),
        same_pack: pair.same_pack,
        asked: pair.asked(),
        a,
        b,
        effect,
    }
}

/// Counts passes and failures by the majority of trials; half is no majority.
pub(super) fn passes(pairs: &[&Pair]) -> Passes {
    let most = |passed: &[bool]| 2 * passed.iter().filter(|passed| **passed).count() > passed.len();
    let count = |a: bool, b: bool| {
        let asked = pairs.iter().filter(|pair| pair.asked());
        asked.filter(|pair| most(&pair.passed_a) == a && most(&pair.passed_b) == b).count()
    };
    let (only_a, only_b) = (count(true, false), count(false, true));
    let test = mcnemar(only_a, only_b);
    Passes {
        both: count(true, true),
        only_a,
        only_b,
        neither: count(false, false),
        p_value: test.exact,
        mid_p_value: test.mid,
    }
}

/// Chance within tasks.
///
/// Tasks with the same pack mostly share their outcomes. If any of them has outcomes that differ, they were recorded apart: then
/// trials of both versions are repetitions of each other, and say the most of chance.
pub(super) fn noise(pairs: &[&Pair], alpha: f64) -> Noise {
    let tasks = pairs.len();
    let pairs: Vec<&Pair> = pairs.iter().copied().filter(|pair| pair.asked()).collect();
    let apart = pairs.iter().any(|pair| pair.same_pack && pair.a != pair.b);
    let mut pooled = Pooled::default();
    let mut independent = Vec::new();
    for pair in &pairs {
        if pair.same_pack && apart {
            pooled.add(pair.a.iter().chain(&pair.b).copied());
        } else {
            pooled.add(pair.a.iter().copied());
            if !pair.same_pack {
                pooled.add(pair.b.iter().copied());
            }
        }
        if !pair.same_pack || apart {
            independent.push((pair.a.len(), pair.b.len()));
        }
    }
    let deviation = pooled.deviation();
    Noise {
        trials: pairs.iter().map(|pair| pair.a.len().min(pair.b.len())).min().unwrap_or(0),
        deviation,
        floor: deviation.map(|deviation| floor(deviation, &independent, tasks, alpha)),
    }
}
