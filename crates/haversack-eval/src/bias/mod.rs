//! Whether an agent trusts a passage for its place: the same passages in several orders.

mod orders;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::stats::mean;
use crate::{CompareError, CompareOptions, Estimate, Pair, compare};

pub use orders::orders;

/// One answer to a task whose passages stood in one order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ordered {
    /// Id of the task.
    pub task: String,
    /// Number of the passage (as first packed, from 0) at each position.
    pub order: Vec<usize>,
    /// Which repetition, from 0.
    pub trial: u32,
    /// Score, from 0 to 1.
    pub score: f64,
    /// Whether it passed.
    pub passed: bool,
    /// Numbers of the passages that the answer cites, each once.
    pub cited: Vec<usize>,
}

/// What the order of passages does to an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bias {
    /// Tasks with at least two passages.
    pub tasks: usize,
    /// Tasks left out because their pack has fewer than two passages.
    pub too_few_passages: usize,
    /// Answers looked at.
    pub answers: usize,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// Tasks whose mean score depends on the order. With an agent that does not repeat itself chance is in it too.
    pub unstable: usize,
    /// Score with the best supporting passage first, less the score with it last, over tasks with supporting passages.
    pub support_first: Option<BiasEffect>,
    /// Share of answers that cite the passage that stands first, less the share that would if positions did not matter:
    /// above 0 the agent favours what stands first. None when no answer cites anything.
    pub first_cited: Option<BiasEffect>,
    /// Every task with at least two passages, ascending by id.
    pub per_task: Vec<TaskBias>,
}

/// A mean over tasks, and whether it is chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BiasEffect {
    /// Tasks that it is over.
    pub tasks: usize,
    /// The mean with its interval.
    pub effect: Estimate,
    /// Two-sided p-value.
    pub p_value: f64,
}

/// What the order of passages does to one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskBias {
    /// Id of the task.
    pub task: String,
    /// Passages of its pack.
    pub passages: usize,
    /// Orders asked.
    pub orders: usize,
    /// Lowest mean score of an order.
    pub lowest: f64,
    /// Highest mean score of an order.
    pub highest: f64,
    /// Mean score with the best supporting passage first less that with it last, if the task has one.
    pub support_first: Option<f64>,
    /// Share of answers citing the first passage less that of answers citing a passage at all positions alike.
    pub first_cited: Option<f64>,
}

/// Looks for bias in answers to the same passages in several orders.
///
/// `support` names for each task the number of the passage that supports the answer best, where one does. Orders should put
/// every passage at every position equally often, as those of [`orders`] do; a passage's share of citations then says what
/// its content is worth, and what is left is the position's.
///
/// # Errors
/// When a score is not from 0 to 1, or a confidence is out of range.
///
/// ```
/// use haversack_eval::{Ordered, bias};
/// // An agent that always cites, and believes, what stands first; passage 1 is right.
/// let answer = |task: &str, order: [usize; 2]| Ordered {
///     task: task.to_owned(), order: order.to_vec(), trial: 0, score: f64::from(u8::from(order[0] == 1)),
///     passed: order[0] == 1, cited: vec![order[0]],
/// };
/// let tasks: Vec<String> = (0..20).map(|n| format!("t{n}")).collect();
/// let answers: Vec<Ordered> = tasks.iter().flat_map(|task| [answer(task, [0, 1]), answer(task, [1, 0])]).collect();
/// let support = tasks.iter().map(|task| (task.clone(), 1)).collect();
/// let found = bias(&answers, &support, 0, 0.05)?;
/// assert_eq!((found.unstable, found.support_first.unwrap().effect.mean), (20, 1.0));
/// assert_eq!(found.first_cited.unwrap().effect.mean, 0.5);
/// # Ok::<(), haversack_eval::CompareError>(())
/// ```
pub fn bias(
    answers: &[Ordered],
    support: &BTreeMap<String, usize>,
    too_few_passages: usize,
    alpha: f64,
) -> Result<Bias, CompareError> {
    let mut by_task: BTreeMap<&str, Vec<&Ordered>> = BTreeMap::new();
    for answer in answers {
        by_task.entry(&answer.task).or_default().push(answer);
    }
    let per_task: Vec<TaskBias> =
        by_task.iter().map(|(task, answers)| task_bias(task, answers, support.get(*task).copied())).collect();
    let gaps = |of: fn(&TaskBias) -> Option<f64>| {
        per_task.iter().filter_map(|task| Some((task.task.as_str(), of(task)?))).collect::<Vec<_>>()
    };
    let cites = answers.iter().any(|answer| !answer.cited.is_empty());
    Ok(Bias {
        tasks: per_task.len(),
        too_few_passages,
        answers: answers.len(),
        confidence: 1.0 - alpha,
        unstable: per_task.iter().filter(|task| task.lowest != task.highest).count(),
        support_first: effect(&gaps(|task| task.support_first), alpha)?,
        first_cited: if cites { effect(&gaps(|task| task.first_cited), alpha)? } else { None },
        per_task,
    })
}

/// The mean of gaps from -1 to 1, as a comparison of nothing with them.
fn effect(gaps: &[(&str, f64)], alpha: f64) -> Result<Option<BiasEffect>, CompareError> {
    if gaps.is_empty() {
        return Ok(None);
    }
    let pair = |(task, gap): &(&str, f64)| Pair {
        task: (*task).to_owned(),
        tags: Vec::new(),
        same_pack: false,
        a: vec![(-gap).max(0.0)],
        b: vec![gap.max(0.0)],
        passed_a: vec![false],
        passed_b: vec![false],
    };
    let pairs: Vec<Pair> = gaps.iter().map(pair).collect();
    let compared = compare(&pairs, &CompareOptions { alpha, ..CompareOptions::default() })?;
    Ok(Some(BiasEffect { tasks: pairs.len(), effect: compared.effect, p_value: compared.p_value }))
}

fn task_bias(task: &str, answers: &[&Ordered], support: Option<usize>) -> TaskBias {
    let mut by_order: BTreeMap<&[usize], Vec<f64>> = BTreeMap::new();
    for answer in answers {
        by_order.entry(&answer.order).or_default().push(answer.score);
    }
    let means: Vec<f64> = by_order.values().map(|scores| mean(scores)).collect();
    let passages = answers.first().map_or(0, |answer| answer.order.len());
    TaskBias {
        task: task.to_owned(),
        passages,
        orders: by_order.len(),
        lowest: means.iter().copied().fold(f64::INFINITY, f64::min),
        highest: means.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        support_first: support.and_then(|support| support_gap(answers, support)),
        first_cited: (passages > 0).then(|| first_gap(answers, passages)),
    }
}

/// Mean score where a passage stands first, less that where it stands last.
fn support_gap(answers: &[&Ordered], support: usize) -> Option<f64> {
    let scores = |place: fn(&[usize]) -> Option<&usize>| {
        let there = answers.iter().filter(|answer| place(&answer.order) == Some(&support));
        let scores: Vec<f64> = there.map(|answer| answer.score).collect();
        (!scores.is_empty()).then(|| mean(&scores))
    };
    Some(scores(<[usize]>::first)? - scores(<[usize]>::last)?)
}

/// How often the passage that stands first is cited, less how often one is at a position taken at random.
fn first_gap(answers: &[&Ordered], passages: usize) -> f64 {
    let first = answers
        .iter()
        .filter(|answer| answer.order.first().is_some_and(|first| answer.cited.contains(first)));
    let cited: usize = answers.iter().map(|answer| answer.cited.len()).sum();
    let answers = answers.len() as f64;
    first.count() as f64 / answers - cited as f64 / (answers * passages as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::Random;

    fn answers(believes: impl Fn(usize, &[usize]) -> (f64, Vec<usize>)) -> Vec<Ordered> {
        let mut all = Vec::new();
        for task in 0..30 {
            for order in orders(4, 8, task as u64) {
                let (score, cited) = believes(task, &order);
                let task = format!("t{task:02}");
                all.push(Ordered { task, order, trial: 0, score, passed: score > 0.5, cited });
            }
        }
        all
    }

    fn support() -> BTreeMap<String, usize> {
        (0..30).map(|task| (format!("t{task:02}"), 2)).collect()
    }

    #[test]
    fn an_agent_that_reads_everything_shows_no_bias() {
        let found = bias(&answers(|_, _| (1.0, vec![2])), &support(), 3, 0.05).unwrap();
        assert_eq!((found.tasks, found.unstable, found.too_few_passages), (30, 0, 3));
        let first = found.first_cited.unwrap();
        assert!(first.effect.mean.abs() < 1e-12 && first.p_value > 0.5, "{first:?}");
        assert_eq!(found.support_first.unwrap().effect.mean, 0.0);
    }

    #[test]
    fn an_agent_that_believes_the_first_passage_is_found_out() {
        let found = bias(
            &answers(|_, order| (f64::from(u8::from(order[0] == 2)), vec![order[0]])),
            &support(),
            0,
            0.05,
        );
        let found = found.unwrap();
        assert_eq!(found.unstable, 30);
        assert_eq!(found.support_first.unwrap().effect.mean, 1.0);
        let first = found.first_cited.unwrap();
        assert!((first.effect.mean - 0.75).abs() < 1e-12 && first.effect.low > 0.0 && first.p_value < 0.01);
    }

    #[test]
    fn without_citations_or_support_there_is_nothing_to_say() {
        let found = bias(&answers(|_, _| (0.5, vec![])), &BTreeMap::new(), 0, 0.05).unwrap();
        assert!(found.first_cited.is_none() && found.support_first.is_none());
        assert!(bias(&[], &BTreeMap::new(), 0, 0.05).unwrap().per_task.is_empty());
    }

    fn any_answer() -> impl Strategy<Value = Ordered> {
        let numbers = || prop::collection::vec(0..5_usize, 0..5);
        (0..6_usize, numbers(), 0..3_u32, 0.0..=1.0_f64, numbers()).prop_map(
            |(task, order, trial, score, cited)| Ordered {
                task: format!("t{task}"),
                order,
                trial,
                score,
                passed: score > 0.5,
                cited,
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn scores_in_their_range_never_panic(
            answers in prop::collection::vec(any_answer(), 0..30), support in 0..5_usize, alpha in 0.01..0.5_f64,
        ) {
            let support = (0..4).map(|task| (format!("t{task}"), support)).collect();
            let _ = bias(&answers, &support, 0, alpha);
        }

        #[test]
        fn effects_are_from_minus_one_to_one(
            tasks in prop::collection::vec((2..5_usize, any::<u64>()), 1..8), alpha in 0.01..0.5_f64,
        ) {
            let mut answers = Vec::new();
            for (task, (passages, seed)) in tasks.iter().enumerate() {
                let mut random = Random::new(*seed);
                for order in orders(*passages, 6, *seed) {
                    let score = random.below(5) as f64 / 4.0;
                    let cited = (0..*passages).filter(|_| random.below(2) == 0).collect();
                    answers.push(Ordered { task: format!("t{task:02}"), order, trial: 0, score, passed: score > 0.5, cited });
                }
            }
            let found = bias(&answers, &support(), 0, alpha).unwrap();
            prop_assert_eq!(found.tasks, tasks.len());
            for BiasEffect { effect, p_value, .. } in found.support_first.into_iter().chain(found.first_cited) {
                prop_assert!(-1.0 <= effect.low && effect.low <= effect.mean);
                prop_assert!(effect.mean <= effect.high && effect.high <= 1.0);
                prop_assert!((0.0..=1.0).contains(&p_value));
            }
            prop_assert!(found.per_task.iter().all(|task| 0.0 <= task.lowest && task.lowest <= task.highest && task.highest <= 1.0));
        }
    }
}
