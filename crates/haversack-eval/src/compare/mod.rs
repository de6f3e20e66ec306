//! Paired comparison of two versions by the outcomes of the same tasks.
//!
//! A task counts once, with the mean of its trials, so that repeated trials are not taken for more tasks.

mod difference;
mod error;
mod options;
mod paired;
mod test;
mod verdict;

use serde::{Deserialize, Serialize};

pub use error::{CompareError, Side};
pub use options::{CompareOptions, Interval};
pub use paired::compare;
pub use test::Test;
pub use verdict::Verdict;

/// The outcomes of one task in both versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Id of the task.
    pub task: String,
    /// Slices it belongs to.
    pub tags: Vec<String>,
    /// Whether both versions packed the same bytes, so that outcomes of one count for both.
    pub same_pack: bool,
    /// Score of each trial in A, from 0 to 1.
    pub a: Vec<f64>,
    /// Score of each trial in B.
    pub b: Vec<f64>,
    /// Whether each trial in A passed.
    pub passed_a: Vec<bool>,
    /// Whether each trial in B passed.
    pub passed_b: Vec<bool>,
}

impl Pair {
    /// A task of which both versions pack the same bytes, so that nobody was asked: it is a tie.
    #[must_use]
    pub fn unasked(task: &str, tags: &[String]) -> Self {
        let (task, tags) = (task.to_owned(), tags.to_vec());
        let (a, b, passed_a, passed_b) = Default::default();
        Self { task, tags, same_pack: true, a, b, passed_a, passed_b }
    }

    /// Whether there are outcomes.
    #[must_use]
    pub fn asked(&self) -> bool {
        !(self.a.is_empty() && self.b.is_empty())
    }
}

/// A mean with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Whether B is better than A, and how sure that is. Effects are B minus A: above 0 is better.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Tasks compared.
    pub tasks: usize,
    /// Tasks whose packs differ.
    pub changed: usize,
    /// Confidence of all intervals, as 0.95.
    pub confidence: f64,
    /// Tasks without outcomes, since both versions pack the same bytes: ties.
    #[serde(default)]
    pub unasked: usize,
    /// Mean score in A of the tasks with outcomes.
    pub mean_a: f64,
    /// Mean score in B of the tasks with outcomes.
    pub mean_b: f64,
    /// What `p_value` and `effect` say together.
    pub verdict: Verdict,
    /// Mean paired difference with its interval.
    pub effect: Estimate,
    /// How this interval and those of slices were computed.
    pub interval: Interval,
    /// Two-sided p-value of `test`, from which the verdict is: below 0.05 in close to 5 % of comparisons without a difference,
    /// given that enough tasks differ (seven or so for differences of many sizes, four of one size).
    pub p_value: f64,
    /// How `p_value` was computed.
    pub test: Test,
    /// Two-sided p-value of the paired permutation test: below 0.05 in at most 5 % of comparisons without a difference,
    /// and in fewer, down to none, where the sums of differences tie, as those of pass and fail do.
    pub conservative_p_value: f64,
    /// Whether both p-values count every possibility, or random sign flips were drawn.
    pub exact: bool,
    /// Tasks that B does better.
    pub wins: usize,
    /// Tasks without a difference.
    pub ties: usize,
    /// Tasks that B does worse.
    pub losses: usize,
    /// Pass and fail.
    pub passes: Passes,
    /// Effects within tags, ascending by tag.
    pub slices: Vec<Slice>,
    /// What repeated trials say of chance.
    pub noise: Noise,
    /// What this suite can see.
    pub power: Power,
    /// Every task, ascending by id.
    pub per_task: Vec<TaskEffect>,
    /// Anytime-valid test over tasks in their order, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequential: Option<Sequential>,
}

/// Tasks by whether they passed; a task with several trials passes when most of them do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Passes {
    /// In both.
    pub both: usize,
    /// In A only: regressions.
    pub only_a: usize,
    /// In B only: repairs.
    pub only_b: usize,
    /// In neither.
    pub neither: usize,
    /// Two-sided p-value of the exact McNemar test, which is conservative: see
    /// [`Comparison::conservative_p_value`].
    pub p_value: f64,
    /// The same with half of the probability of the table seen (the mid-p test), which is not.
    pub mid_p_value: f64,
}

/// The effect within one tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// The tag.
    pub tag: String,
    /// Tasks that have it.
    pub tasks: usize,
    /// Mean paired difference.
    pub effect: Estimate,
    /// Two-sided p-value, computed as [`Comparison::p_value`].
    pub p_value: f64,
    /// The same under false-discovery control over all slices (Benjamini-Hochberg).
    pub q_value: f64,
}

/// What repeated trials say of chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Noise {
    /// Trials of each task (the fewest).
    pub trials: usize,
    /// Standard deviation of a trial's score within a task and version; none with one trial.
    pub deviation: Option<f64>,
    /// The mean difference that chance alone exceeds in 5 % of repetitions, tasks and packs being the same; none with one
    /// trial.
    pub floor: Option<f64>,
}

/// What this suite can see, at the spread of differences that it showed.
///
/// Where few tasks differ, or none, the spread is taken to be at least that of the effect itself, made of changes of the size
/// seen (of 1 when none was seen); so these numbers never say that a suite without differences sees everything. With
/// k = z(1 - alpha/2) + z(power), standard deviation s and size m the smallest effect is
/// max(k s / sqrt(n), k^2 m / (n + k^2)).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// Significance level, as 0.05.
    pub alpha: f64,
    /// Chance of seeing it, as 0.8.
    pub power: f64,
    /// The smallest true effect that this suite sees with that chance.
    pub smallest_effect: f64,
    /// The effect that is wanted, and tasks that are needed to see it.
    pub wanted: Option<f64>,
    /// Tasks needed for the wanted effect.
    pub tasks_needed: Option<u64>,
}

/// One task of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskEffect {
    /// Id of the task.
    pub task: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether both versions packed the same bytes.
    pub same_pack: bool,
    /// Whether there are outcomes.
    #[serde(default = "yes")]
    pub asked: bool,
    /// Mean score in A; 0 without outcomes.
    pub a: f64,
    /// Mean score in B; 0 without outcomes.
    pub b: f64,
    /// B minus A.
    pub effect: f64,
}

/// An anytime-valid test: it may be looked at after every task.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sequential {
    /// Tasks looked at, in the order of the pairs given, until it stopped, or all.
    pub tasks: usize,
    /// Whether it stopped before the end.
    pub stopped: bool,
    /// An anytime-valid p-value at that point.
    pub p_value: f64,
    /// A confidence interval that holds at every point at once, at that point.
    pub effect: Estimate,
}

fn yes() -> bool {
    true
}

impl Comparison {
    /// The same judged by the sequential test, if there is one: its verdict, p-value and interval hold whenever tasks are no longer
    /// asked, and those of a fixed number of tasks do not.
    #[must_use]
    pub fn by_sequential_test(mut self) -> Self {
        let Some(sequential) = self.sequential else { return self };
        (self.p_value, self.conservative_p_value) = (sequential.p_value, sequential.p_value);
        (self.test, self.exact, self.effect) = (Test::Betting, false, sequential.effect);
        self.verdict = match (sequential.stopped, sequential.effect.mean > 0.0) {
            (true, true) => Verdict::Better,
            (true, false) => Verdict::Worse,
            (false, _) => Verdict::NoDifferenceSeen,
        };
        self
    }
}
