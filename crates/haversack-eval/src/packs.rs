use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use crate::{EvalError, Measure, MeasureReport, PackMeasure, PackView, Suite, Task};

/// Measures the packs of a suite's tasks.
///
/// `pack_for` makes the pack of a task under a budget; it is called once for each task and budget, in the
/// order of task ids, whatever the number of measures, and not where the task has no gold facts for any. A task without gold facts for a measure is not in its
/// `per_task`; any other counts, an empty pack with 0.
///
/// # Errors
/// When a measure is one of rankings, and whatever `pack_for` returns.
pub fn measure_packs<E: From<EvalError>>(
    suite: &Suite,
    measures: &[Measure],
    mut pack_for: impl FnMut(&Task, NonZeroU32) -> Result<PackView, E>,
) -> Result<BTreeMap<Measure, MeasureReport>, E> {
    let wanted: BTreeSet<PackMeasure> = measures.iter().map(pack_measure).collect::<Result<_, _>>()?;
    let budgets: BTreeSet<NonZeroU32> = wanted.iter().map(|measure| measure.budget).collect();
    let tasks: BTreeMap<&str, &Task> = suite.tasks.iter().map(|task| (task.id.as_str(), task)).collect();
    let mut values: BTreeMap<PackMeasure, BTreeMap<String, f64>> =
        wanted.iter().map(|measure| (*measure, BTreeMap::new())).collect();
    for (id, task) in tasks {
        let gold = suite.gold(task);
        let applies = |measure: &PackMeasure| measure.of(&gold, &PackView::default()).is_some();
        let needed = |budget: &&NonZeroU32| wanted.iter().any(|m| m.budget == **budget && applies(m));
        for budget in budgets.iter().filter(needed) {
            let pack = pack_for(task, *budget)?;
            for (measure, per_task) in values.iter_mut().filter(|(measure, _)| measure.budget == *budget) {
                if let Some(value) = measure.of(&gold, &pack) {
                    per_task.insert(id.to_owned(), value);
                }
            }
        }
    }
    let report = |(measure, per_task)| {
        let measure = Measure::Pack(measure);
        (measure, MeasureReport::new(measure, per_task))
    };
    Ok(values.into_iter().map(report).collect())
}

fn pack_measure(measure: &Measure) -> Result<PackMeasure, EvalError> {
    match measure {
        Measure::Pack(measure) => Ok(*measure),
        Measure::Rank(_) => Err(EvalError::WrongInput { measure: measure.to_string(), needs: "rankings" }),
    }
}
