//! Paired comparison of two versions by the outcomes of the same tasks.

use serde::{Deserialize, Serialize};

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
    /// Mean score in A.
    pub mean_a: f64,
    /// Mean score in B.
    pub mean_b: f64,
    /// Mean paired difference with its BCa bootstrap interval.
    pub effect: Estimate,
    /// Two-sided p-value of the paired permutation test.
    pub p_value: f64,
    /// Whether every permutation was counted, or a sample was drawn.
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
    /// Two-sided p-value of the exact McNemar test.
    pub p_value: f64,
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
    /// Two-sided p-value.
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

/// What this suite can see.
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
    /// Mean score in A.
    pub a: f64,
    /// Mean score in B.
    pub b: f64,
    /// B minus A.
    pub effect: f64,
}

/// An anytime-valid test: it may be looked at after every task.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sequential {
    /// Tasks looked at until it stopped, or all.
    pub tasks: usize,
    /// Whether it stopped before the end.
    pub stopped: bool,
    /// An anytime-valid p-value at that point.
    pub p_value: f64,
    /// A confidence interval that holds at every point at once, at that point.
    pub effect: Estimate,
}
