use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Averaging, Measure};

/// Measures of one run: for each a mean and the value of every task.
///
/// As JSON: `{"suite","version","averaging","queries","missing","unjudged","without_relevant",
/// "judged_retrieved","measures":{"nDCG@10":{"mean","per_task":{id: value}}}}`. `suite` and `version` are null
/// for a run that belongs to none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Name of the suite.
    pub suite: Option<String>,
    /// The version that was measured.
    pub version: Option<String>,
    /// Which queries count in a mean.
    pub averaging: Averaging,
    /// Queries that count.
    pub queries: usize,
    /// Judged queries for which nothing was retrieved: counted as 0 if averaging is `complete`, left out if
    /// it is `trec_eval`.
    pub missing: usize,
    /// Queries (of the run, or tasks of the suite) without judgments, which never count.
    pub unjudged: usize,
    /// Queries that count although no document is relevant to them; they can only give 0.
    pub without_relevant: usize,
    /// Retrieved documents that are judged at all. 0 mostly means that the ids of run and judgments differ.
    pub judged_retrieved: usize,
    /// The measures.
    pub measures: BTreeMap<Measure, MeasureReport>,
}

/// One measure of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureReport {
    /// The mean over tasks; of measures that count (`num_ret`) their sum, of `gmAP` the geometric mean.
    pub mean: f64,
    /// The value of each task that counts.
    pub per_task: BTreeMap<String, f64>,
}

impl MeasureReport {
    pub(crate) fn new(measure: Measure, per_task: BTreeMap<String, f64>) -> Self {
        Self { mean: measure.aggregate().of(per_task.values().copied()), per_task }
    }
}

impl Report {
    /// The mean of a measure by its name, in any form that a [`Measure`] is read from.
    #[must_use]
    pub fn mean(&self, measure: &str) -> Option<f64> {
        Some(self.measures.get(&measure.parse().ok()?)?.mean)
    }

    /// Says what was measured.
    #[must_use]
    pub fn of(mut self, suite: Option<&str>, version: Option<&str>) -> Self {
        self.suite = suite.map(str::to_owned);
        self.version = version.map(str::to_owned);
        self
    }

    /// Takes over the measures of another report of the same suite and version, as those of packs.
    #[must_use]
    pub fn with(mut self, measures: BTreeMap<Measure, MeasureReport>) -> Self {
        self.measures.extend(measures);
        self
    }
}
