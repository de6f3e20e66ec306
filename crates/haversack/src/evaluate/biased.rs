use std::collections::BTreeMap;
use std::sync::Arc;

use haversack_eval::{Bias, Ordered, ProbeJob, Task, bias, orders};
use haversack_model::{Digest, Format, Pack};

use super::{EvaluateError, Evaluator};
use crate::Context;

impl Evaluator<'_> {
    /// Whether the agent trusts a passage for its place: each task's pack is put to it with the same passages in several
    /// orders, at least `wanted`, in which every passage stands equally often at every position. The passage that supports the
    /// answer is the first of a document that the task needs.
    ///
    /// The text is rendered anew, so numbers of passages follow positions; it has the same passages as the pack, and may
    /// exceed the budget by a token or two.
    ///
    /// # Errors
    /// When a pack cannot be made, `alpha` is out of range, or the evaluation is stopped.
    pub fn bias(&self, context: &Context, wanted: usize, alpha: f64) -> Result<Bias, EvaluateError> {
        let (mut jobs, mut places, mut support) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut too_few = 0;
        for (number, task) in self.suite.tasks.iter().enumerate() {
            let pack = self.pack(context, task)?;
            if pack.passages.len() < 2 {
                too_few += 1;
                continue;
            }
            let gold = self.suite.gold(task);
            let best = pack.passages.iter().position(|passage| gold.documents.contains(&passage.document));
            if let Some(best) = best {
                support.insert(task.id.clone(), best);
            }
            for order in orders(pack.passages.len(), wanted, self.options.seed.wrapping_add(number as u64)) {
                let pack = Arc::new(ordered(&pack, &order, context.recipe().packing.format));
                for trial in 0..self.trials() {
                    jobs.push(ProbeJob { task, pack: Arc::clone(&pack), trial });
                    places.push((task, order.clone()));
                }
            }
        }
        let (outcomes, _) = self.probe(&jobs)?;
        let answers = places.into_iter().zip(jobs.iter().zip(outcomes));
        let answers: Vec<Ordered> =
            answers.map(|((task, order), (job, outcome))| answer(task, order, &job.pack, &outcome)).collect();
        Ok(bias(&answers, &support, too_few, alpha)?)
    }
}

fn answer(task: &Task, order: Vec<usize>, pack: &Pack, outcome: &haversack_eval::Outcome) -> Ordered {
    let cited = outcome.answer.iter().flat_map(|answer| &answer.citations);
    let at = |citation: &String| pack.passages.iter().position(|passage| passage.citation == *citation);
    let mut cited: Vec<usize> = cited.filter_map(at).filter_map(|place| order.get(place).copied()).collect();
    cited.sort_unstable();
    cited.dedup();
    Ordered {
        task: task.id.clone(),
        order,
        trial: outcome.trial,
        score: outcome.score,
        passed: outcome.passed,
        cited,
    }
}

/// A pack with its passages in another order.
fn ordered(pack: &Pack, order: &[usize], format: Format) -> Pack {
    let passages: Vec<_> = order.iter().filter_map(|number| pack.passages.get(*number).cloned()).collect();
    let text = haversack_select::render(&passages, format);
    Pack { pack_id: Digest::of(text.as_bytes()), text, passages, ..pack.clone() }
}
