use haversack_eval::{
    Averaging, Measure, PackView, Report, Run, Suite, Task, documents_of, measure_packs, measure_run,
};
use haversack_model::Request;

use crate::{Context, Error, Retriever};

/// Chunks that are ranked for a task: enough for 100 documents where a document has a few chunks.
const DEPTH: usize = 1_000;

/// What a task asks of a context: its query, as its principal.
#[must_use]
pub fn request(suite: &Suite, task: &Task) -> Request {
    Request::new(&task.query).principal(suite.principal(task))
}

/// A ranking of documents for every task of a suite, each document at the place of its best chunk.
///
/// # Errors
/// When the index is damaged or the embedder cannot be opened.
pub fn rank(context: &Context, suite: &Suite, retriever: Retriever) -> Result<Run, Error> {
    let mut run = Run::new("haversack");
    for task in &suite.tasks {
        let ranked = context.ranking(&request(suite, task), retriever, DEPTH)?;
        let chunks = ranked.candidates.into_iter();
        let scored = chunks.map(|chunk| (chunk.document.to_string(), f64::from(chunk.score)));
        run.insert(&task.id, documents_of(scored))
            .map_err(|source| Error::Task { task: task.id.clone(), source: Box::new(source) })?;
    }
    Ok(run)
}

/// Measures a context against a suite: measures of rankings from `ranked`, those of packs from packs made here.
///
/// # Errors
/// When no task has both judgments and results, or a pack cannot be made.
pub fn measure(
    context: &Context,
    suite: &Suite,
    measures: &[Measure],
    ranked: &Run,
) -> Result<Report, Error> {
    let (rankings, packs): (Vec<Measure>, Vec<Measure>) =
        measures.iter().copied().partition(|measure| matches!(measure, Measure::Rank(_)));
    let report = measure_run(&suite.document_qrels(), ranked, &rankings, Averaging::Complete)?;
    let report = report.of(Some(&suite.header.name), Some(&context.version().to_string()));
    let of_packs = measure_packs(suite, &packs, |task, budget| {
        let pack = context.pack(&request(suite, task).budget(budget.get() as usize))?;
        Ok::<_, Error>(PackView::from(&pack))
    })?;
    Ok(report.with(of_packs))
}
