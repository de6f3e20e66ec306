use haversack_model::Pack;

use crate::{LineError, Run, documents_of};

/// The rankings behind packs, by task: each document of a pack once, with the score of its best passage.
/// [`Run::to_trec`] writes it as TREC's six columns.
///
/// A pack is not a ranking: it lacks what did not fit, and its text may be ordered by document. The order here is that of
/// the scores.
///
/// # Errors
/// When a task stands twice or its id cannot stand in a run.
pub fn run_of_packs<'p>(
    name: &str,
    packs: impl IntoIterator<Item = (&'p str, &'p Pack)>,
) -> Result<Run, LineError> {
    let mut run = Run::new(name);
    for (task, pack) in packs {
        let passages = pack.passages.iter();
        let scored = passages.map(|passage| (passage.document.as_str(), f64::from(passage.score)));
        run.insert(task, documents_of(scored))?;
    }
    Ok(run)
}
