use std::collections::BTreeMap;

use serde::Serialize;

use super::RunRecord;
use crate::Entry;

/// Scores within one tag.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TagMean {
    /// Tasks with an outcome.
    pub tasks: u64,
    /// The mean of their scores, each the mean of its trials.
    pub score: f64,
    /// The share of their outcomes that passed.
    pub passed: f64,
}

impl RunRecord {
    /// The mean over tasks of the mean over trials, from 0 to 1; tasks without an outcome are left out, so ask
    /// [`RunRecord::require_complete`] before comparing it. None of a run without outcomes.
    #[must_use]
    pub fn mean_score(&self) -> Option<f64> {
        self.mean_of(|_| true).map(|mean| mean.score)
    }

    /// The share of outcomes that passed, with the same reservation.
    #[must_use]
    pub fn pass_rate(&self) -> Option<f64> {
        self.mean_of(|_| true).map(|mean| mean.passed)
    }

    /// The same within each tag that a task with an outcome has.
    #[must_use]
    pub fn tag_means(&self) -> BTreeMap<&str, TagMean> {
        let tags = self.header.tasks.values().flat_map(|task| &task.tags);
        let mean = |tag: &'_ str| {
            self.mean_of(|task| {
                self.header.tasks.get(task).is_some_and(|task| task.tags.iter().any(|t| t == tag))
            })
        };
        let tags: std::collections::BTreeSet<&str> = tags.map(String::as_str).collect();
        tags.into_iter().filter_map(|tag| Some((tag, mean(tag)?))).collect()
    }

    /// The score of each task with an outcome: the mean of its trials.
    #[must_use]
    pub fn task_scores(&self) -> BTreeMap<&str, f64> {
        let by_task = self.outcomes.chunk_by(|a, b| a.outcome.task == b.outcome.task);
        let score = |trials: &'_ [Entry]| {
            trials.iter().map(|entry| entry.outcome.score).sum::<f64>() / trials.len() as f64
        };
        by_task.filter_map(|trials| Some((trials.first()?.outcome.task.as_str(), score(trials)))).collect()
    }

    fn mean_of(&self, wanted: impl Fn(&str) -> bool) -> Option<TagMean> {
        let scores = self.task_scores();
        let scores: Vec<f64> =
            scores.into_iter().filter(|(task, _)| wanted(task)).map(|(_, score)| score).collect();
        if scores.is_empty() {
            return None;
        }
        let outcomes: Vec<bool> = self
            .outcomes
            .iter()
            .filter(|entry| wanted(&entry.outcome.task))
            .map(|entry| entry.outcome.passed)
            .collect();
        let passed = outcomes.iter().filter(|passed| **passed).count();
        Some(TagMean {
            tasks: scores.len() as u64,
            score: scores.iter().sum::<f64>() / scores.len() as f64,
            passed: passed as f64 / outcomes.len() as f64,
        })
    }
}
