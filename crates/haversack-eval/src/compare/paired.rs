use std::collections::BTreeMap;

use super::difference::{check, noise, passes, task_effect};
use super::test::tested;
use super::{
    CompareError, CompareOptions, Comparison, Estimate, Interval, Pair, Power, Sequential, Slice, TaskEffect,
    Verdict,
};
use crate::stats::bootstrap::bca;
use crate::stats::fdr::benjamini_hochberg;
use crate::stats::mean;
use crate::stats::power::Reach;
use crate::stats::score::score_interval;
use crate::stats::sequential::bet;

/// Compares two versions by the outcomes of the same tasks.
///
/// The order of pairs does not matter, but for the sequential test; random numbers come from the scores themselves, so the same
/// outcomes give the same comparison, bit by bit, and exchanging A and B negates it. The numbers of trials may differ between
/// tasks and versions. Takes some milliseconds for hundreds of tasks.
///
/// # Errors
/// Without pairs, for a task without trials or twice, for a score that is not from 0 to 1, when there are not as many verdicts
/// as scores, and for options outside of their ranges.
///
/// # Examples
/// ```
/// use haversack_eval::{CompareOptions, Pair, Verdict, compare};
///
/// let pair = |id: usize, a: f64, b: f64| Pair {
///     task: format!("t{id}"),
///     tags: vec![],
///     same_pack: a == b,
///     a: vec![a],
///     b: vec![b],
///     passed_a: vec![a > 0.5],
///     passed_b: vec![b > 0.5],
/// };
/// // 40 tasks: 9 repaired, 1 broken.
/// let pairs: Vec<Pair> = (0..40)
///     .map(|id| match id {
///         0..9 => pair(id, 0.0, 1.0),
///         9 => pair(id, 1.0, 0.0),
///         _ => pair(id, 1.0, 1.0),
///     })
///     .collect();
///
/// let comparison = compare(&pairs, &CompareOptions::default())?;
/// assert_eq!((comparison.wins, comparison.ties, comparison.losses), (9, 30, 1));
/// assert_eq!(comparison.verdict, Verdict::Better);
/// assert!((comparison.effect.mean - 0.2).abs() < 1e-12 && comparison.effect.low > 0.0);
/// # Ok::<(), haversack_eval::CompareError>(())
/// ```
pub fn compare(pairs: &[Pair], options: &CompareOptions) -> Result<Comparison, CompareError> {
    options.check()?;
    check(pairs)?;
    let mut sorted: Vec<&Pair> = pairs.iter().collect();
    sorted.sort_by(|x, y| x.task.cmp(&y.task));
    let per_task: Vec<TaskEffect> = sorted.iter().map(|pair| task_effect(pair)).collect();
    let differences: Vec<f64> = per_task.iter().map(|task| task.effect).collect();
    // Where every task packs the same bytes there is nothing to estimate.
    let same = per_task.iter().all(|task| task.same_pack && task.effect == 0.0);
    let effect =
        if same { Estimate { mean: 0.0, low: 0.0, high: 0.0 } } else { estimate(&differences, options) };
    let test = tested(&differences, options.draws);
    let open = per_task.iter().filter(|task| !task.same_pack || task.effect != 0.0).count();
    let count = |sign: fn(f64) -> bool| differences.iter().filter(|d| sign(**d)).count();
    Ok(Comparison {
        tasks: per_task.len(),
        changed: per_task.iter().filter(|task| !task.same_pack).count(),
        confidence: 1.0 - options.alpha,
        unasked: per_task.iter().filter(|task| !task.asked).count(),
        mean_a: mean_of(&per_task, |task| task.a),
        mean_b: mean_of(&per_task, |task| task.b),
        verdict: Verdict::of(test.p_value, effect.mean, options.alpha, (per_task.len(), open)),
        effect,
        interval: options.interval,
        p_value: test.p_value,
        test: test.test,
        conservative_p_value: test.conservative,
        exact: test.exact,
        wins: count(|d| d > 0.0),
        ties: count(|d| d == 0.0),
        losses: count(|d| d < 0.0),
        passes: passes(&sorted),
        slices: slices(&per_task, options),
        noise: noise(&sorted, options.alpha),
        power: power(&differences, options),
        sequential: options.sequential.then(|| sequential(pairs, options.alpha)),
        per_task,
    })
}

/// The mean over tasks with outcomes.
fn mean_of(per_task: &[TaskEffect], score: fn(&TaskEffect) -> f64) -> f64 {
    mean(&per_task.iter().filter(|task| task.asked).map(score).collect::<Vec<_>>())
}

fn estimate(differences: &[f64], options: &CompareOptions) -> Estimate {
    let confidence = 1.0 - options.alpha;
    let (low, high) = match options.interval {
        Interval::Score => score_interval(differences, confidence),
        Interval::Bca => bca(differences, confidence, options.draws),
    };
    Estimate { mean: mean(differences), low, high }
}

fn slices(per_task: &[TaskEffect], options: &CompareOptions) -> Vec<Slice> {
    let mut tagged: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for task in per_task {
        for tag in &task.tags {
            tagged.entry(tag).or_default().push(task.effect);
        }
    }
    let p_values: Vec<f64> =
        tagged.values().map(|differences| tested(differences, options.draws).p_value).collect();
    let q_values = benjamini_hochberg(&p_values);
    tagged
        .into_iter()
        .zip(p_values.into_iter().zip(q_values))
        .map(|((tag, differences), (p_value, q_value))| Slice {
            tag: tag.to_owned(),
            tasks: differences.len(),
            effect: estimate(&differences, options),
            p_value,
            q_value,
        })
        .collect()
}

fn power(differences: &[f64], options: &CompareOptions) -> Power {
    let reach = Reach::new(differences, options.alpha, options.power);
    Power {
        alpha: options.alpha,
        power: options.power,
        smallest_effect: reach.smallest_effect(),
        wanted: options.wanted,
        tasks_needed: options.wanted.map(|wanted| reach.tasks_needed(wanted)),
    }
}

fn sequential(pairs: &[Pair], alpha: f64) -> Sequential {
    let differences: Vec<f64> = pairs.iter().map(|pair| task_effect(pair).effect).collect();
    let known = bet(&differences, alpha);
    let (low, high) = known.interval;
    Sequential {
        tasks: known.tasks,
        stopped: known.stopped,
        p_value: known.p_value,
        effect: Estimate { mean: known.mean, low, high },
    }
}
