use std::collections::BTreeMap;

use haversack_eval::{
    AttributeOptions, Attribution, BisectOptions, Bisection, LogBisection, Task, attribute, attribute_one,
    bisect, bisect_log,
};
use haversack_model::{DocumentId, Pack};
use serde::Serialize;

use super::oracle::ContextOracle;
use super::{Between, EvaluateError, Evaluator};
use crate::{Context, Progress};

/// Which documents of one version carry a suite.
#[derive(Debug, Clone, Serialize)]
pub struct Carried {
    /// Effects of documents that are in a pack of the suite.
    pub attribution: Attribution,
    /// Documents that are in no pack of the suite.
    pub unused: Vec<DocumentId>,
}

/// A version of a log, as a bisection sees it.
#[derive(Clone)]
pub struct Step {
    /// How people call it.
    pub address: String,
    /// The version.
    pub context: Context,
}

impl Evaluator<'_> {
    /// The effect of each document and recipe field in which two versions differ.
    ///
    /// # Errors
    /// When a context cannot be made, options are out of range, or the evaluation is stopped.
    pub fn attribute(
        &self,
        (a, b): (&Context, &Context),
        options: &AttributeOptions,
        progress: &dyn Progress,
    ) -> Result<Attribution, EvaluateError> {
        let between = Between::new(self.store, a, b, progress)?;
        let tasks: Vec<&Task> = self.suite.tasks.iter().collect();
        let names: Vec<String> = tasks.iter().map(|task| task.id.clone()).collect();
        let mut oracle = ContextOracle::new(self, &between, tasks);
        let options = AttributeOptions { repeatable: self.repeatable(), ..options.clone() };
        attribute(&mut oracle, between.factors(), &names, &options).map_err(EvaluateError::cause)
    }

    /// The effect of each document of one version by its presence. Only documents of which a passage is in a pack of the suite
    /// are asked about.
    ///
    /// # Errors
    /// As [`Evaluator::attribute`].
    pub fn carried(&self, context: &Context, options: &AttributeOptions) -> Result<Carried, EvaluateError> {
        let tasks: Vec<&Task> = self.suite.tasks.iter().collect();
        let mut used: BTreeMap<DocumentId, Vec<usize>> = BTreeMap::new();
        for (number, task) in tasks.iter().enumerate() {
            let pack: Pack = self.pack(context, task)?;
            for passage in pack.passages {
                used.entry(passage.document).or_default().push(number);
            }
        }
        let documents: Vec<DocumentId> = used.keys().cloned().collect();
        let mut touching = vec![Vec::new(); tasks.len()];
        for (factor, tasks) in used.values().enumerate() {
            tasks.iter().for_each(|task| touching[*task].push(factor));
        }
        touching.iter_mut().for_each(|factors: &mut Vec<usize>| factors.dedup());
        let between = Between::without(context, &documents)?;
        let names: Vec<String> = tasks.iter().map(|task| task.id.clone()).collect();
        let mut oracle = ContextOracle::new(self, &between, tasks);
        let options =
            AttributeOptions { repeatable: self.repeatable(), touching: Some(touching), ..options.clone() };
        let attribution = attribute_one(&mut oracle, between.factors(), &names, &options);
        let attribution = attribution.map_err(EvaluateError::cause)?;
        let index = context.index();
        let mut unused = Vec::new();
        for at in index.live_documents() {
            let id = index.document_id(at).map_err(crate::Error::from)?;
            if !used.contains_key(&id) {
                unused.push(id);
            }
        }
        unused.sort();
        Ok(Carried { attribution, unused })
    }

    /// A smallest set of changes between two versions that flips the mean outcome of tasks.
    ///
    /// # Errors
    /// As [`Evaluator::attribute`].
    pub fn bisect(
        &self,
        (a, b): (&Context, &Context),
        tasks: &[&Task],
        options: &BisectOptions,
        progress: &dyn Progress,
    ) -> Result<Bisection, EvaluateError> {
        let between = Between::new(self.store, a, b, progress)?;
        let numbers: Vec<usize> = (0..tasks.len()).collect();
        let mut oracle = ContextOracle::new(self, &between, tasks.to_vec());
        let options = BisectOptions { repeatable: self.repeatable(), ..options.clone() };
        bisect(&mut oracle, between.factors(), &numbers, &options).map_err(EvaluateError::cause)
    }

    /// The version of a log that flipped the mean outcome of tasks; the first step is good, the last is bad.
    ///
    /// # Errors
    /// When a pack cannot be made, options are out of range, or the evaluation is stopped.
    pub fn bisect_log(
        &self,
        steps: &[Step],
        tasks: &[&Task],
        options: &BisectOptions,
    ) -> Result<LogBisection, EvaluateError> {
        let each = tasks.len().max(1) as u64;
        // What the search counts as one call asks every task.
        let max_calls = options.max_calls.map(|calls| calls / each);
        let options = BisectOptions { repeatable: self.repeatable(), max_calls, ..options.clone() };
        let score = |version: usize, trial: u32| {
            let context = &steps[version].context;
            let mut jobs = Vec::with_capacity(tasks.len());
            for task in tasks {
                let pack = std::sync::Arc::new(self.pack(context, task)?);
                jobs.push(haversack_eval::ProbeJob { task, pack, trial });
            }
            let (outcomes, _) = self.probe(&jobs)?;
            Ok(outcomes.iter().map(|outcome| outcome.score).sum::<f64>() / outcomes.len().max(1) as f64)
        };
        let mut found = bisect_log(steps.len(), score, &options).map_err(EvaluateError::cause)?;
        found.calls *= each;
        Ok(found)
    }
}
