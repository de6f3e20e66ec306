use std::collections::BTreeMap;

use haversack_eval::{CompareOptions, Estimate, Pair, RunRecord, SweepPoint, pareto_front};
use haversack_model::Recipe;

use super::indexed::rebuilt;
use super::{EvaluateError, Evaluator, Named};
use crate::{Context, Progress};

/// One field of the recipe and the values that it is to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The dotted path, as `packing.budget`.
    pub field: String,
    /// Values in TOML, or bare words.
    pub values: Vec<String>,
}

/// Most points of a sweep.
const MOST: usize = 1_000;

impl Evaluator<'_> {
    /// Runs the suite under every combination of settings, in the order in which they are given, the last one varying fastest.
    /// Fields that decide the index have the documents of the version indexed in another way; `packing.budget` is the budget
    /// of tasks that name none.
    ///
    /// # Errors
    /// When a field or value is none, a context cannot be made, or a run does not come to its end.
    pub fn sweep(
        &self,
        version: Named<'_>,
        settings: &[Setting],
        progress: &dyn Progress,
    ) -> Result<Vec<SweepPoint>, EvaluateError> {
        let combinations = combinations(settings)?;
        let mut indexed: BTreeMap<Vec<(String, String)>, Context> = BTreeMap::new();
        let mut points = Vec::with_capacity(combinations.len());
        for chosen in combinations {
            let mut recipe = version.context.recipe().clone();
            for (field, value) in &chosen {
                recipe = recipe.with(field, value).map_err(|error| EvaluateError::Setting {
                    setting: format!("{field}={value}"),
                    reason: error.to_string(),
                })?;
            }
            // Whether there are graphs depends on how vectors are searched.
            let decides = |field: &str| !Recipe::at_query_time(field) || field == "retrieval.search";
            let at_build: Vec<(String, String)> =
                chosen.iter().filter(|(field, _)| decides(field)).cloned().collect();
            let base = match indexed.get(&at_build) {
                Some(context) => context.clone(),
                None => {
                    let context = rebuilt(self.store, version.context, &recipe, progress)?;
                    indexed.insert(at_build, context.clone());
                    context
                }
            };
            points.push(self.point(version.address, &base.with_recipe(recipe), &chosen)?);
        }
        let costs: Vec<(f64, f64)> = points.iter().map(|point| (point.tokens, point.score.mean)).collect();
        for (point, on_front) in points.iter_mut().zip(pareto_front(&costs)) {
            point.on_front = on_front;
        }
        Ok(points)
    }

    fn point(
        &self,
        address: &str,
        context: &Context,
        chosen: &[(String, String)],
    ) -> Result<SweepPoint, EvaluateError> {
        let label: Vec<String> = chosen.iter().map(|(field, value)| format!("{field}={value}")).collect();
        let varied = chosen.iter().any(|(field, _)| field == "packing.budget");
        let budget = varied.then(|| u32::try_from(context.recipe().packing.budget).unwrap_or(u32::MAX));
        let here = self.with_budget(budget);
        let record = here.whole_run(context, &format!("{address} with {}", label.join(" ")), None)?;
        let mut tokens = 0;
        for task in &self.suite.tasks {
            tokens += here.pack(context, task)?.tokens;
        }
        Ok(SweepPoint {
            label: label.join(" "),
            settings: chosen.iter().cloned().collect(),
            tokens: tokens as f64 / self.suite.tasks.len().max(1) as f64,
            score: mean_score(&record)?,
            failed: record.totals.failed + record.totals.timed_out,
            on_front: false,
        })
    }
}

/// The mean score of a run with its interval. Scores from 0 to 1 are stretched to differences from -1 to 1, whose interval is that
/// of comparisons; for pass and fail it then is one of a share.
fn mean_score(record: &RunRecord) -> Result<Estimate, EvaluateError> {
    let pair = |(task, score): (&str, f64)| Pair {
        task: task.to_owned(),
        tags: Vec::new(),
        same_pack: false,
        a: vec![(1.0 - 2.0 * score).max(0.0)],
        b: vec![(2.0 * score - 1.0).max(0.0)],
        passed_a: vec![false],
        passed_b: vec![false],
    };
    let pairs: Vec<Pair> = record.task_scores().into_iter().map(pair).collect();
    let stretched = haversack_eval::compare(&pairs, &CompareOptions::default())?.effect;
    let back = |value: f64| (value + 1.0) / 2.0;
    Ok(Estimate { mean: back(stretched.mean), low: back(stretched.low), high: back(stretched.high) })
}

fn combinations(settings: &[Setting]) -> Result<Vec<Vec<(String, String)>>, EvaluateError> {
    let mut all: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for setting in settings {
        let refuse = |reason: &str| EvaluateError::Setting {
            setting: setting.field.clone(),
            reason: reason.to_owned(),
        };
        if setting.values.is_empty() {
            return Err(refuse("it has no values"));
        }
        if matches!(setting.field.split('.').next(), Some("corpus" | "name" | "description")) {
            return Err(refuse("it decides which documents there are, or nothing"));
        }
        if all.len() * setting.values.len() > MOST {
            return Err(refuse("there are more than 1000 combinations"));
        }
        let with = |value: &String| (setting.field.clone(), value.clone());
        all = all
            .into_iter()
            .flat_map(|chosen| {
                setting.values.iter().map(move |value| [chosen.clone(), vec![with(value)]].concat())
            })
            .collect();
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_stands_once_and_nonsense_is_refused() {
        let setting = |field: &str, values: &[&str]| Setting {
            field: field.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        let all = combinations(&[setting("a.x", &["1", "2"]), setting("b.y", &["u", "v", "w"])]).unwrap();
        assert_eq!(all.len(), 6);
        assert_eq!(all[1], [("a.x".to_owned(), "1".to_owned()), ("b.y".to_owned(), "v".to_owned())]);
        assert!(combinations(&[setting("a.x", &[])]).is_err());
        assert!(combinations(&[setting("corpus.docs.path", &["x"])]).is_err());
    }
}
