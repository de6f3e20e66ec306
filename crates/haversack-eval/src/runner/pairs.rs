use super::{RunError, RunRecord};
use crate::{Entry, Pair};

/// The outcomes of two runs, task by task: what a comparison is made of. Ascending by task id.
///
/// Versions may differ, and so may agents and budgets: what is compared is what the caller runs.
///
/// # Errors
/// When a run is not complete, or the two are not of the same tasks (as they read, with their gold facts), graders and
/// number of trials.
pub fn pairs(a: &RunRecord, b: &RunRecord) -> Result<Vec<Pair>, RunError> {
    a.require_complete()?;
    b.require_complete()?;
    let digests = |run: &RunRecord| -> Vec<_> {
        run.header.tasks.iter().map(|(id, task)| (id.clone(), task.digest)).collect()
    };
    let same = [
        ("tasks", digests(a) == digests(b)),
        ("trials", a.header.trials == b.header.trials),
        ("graders", a.header.graders == b.header.graders),
    ];
    if let Some((what, _)) = same.into_iter().find(|(_, same)| !same) {
        return Err(RunError::NotComparable { a: a.header.run.clone(), b: b.header.run.clone(), what });
    }
    let pair = |(task, facts): (&String, &crate::TaskRecord)| {
        let (of_a, of_b) = (a.of_task(task), b.of_task(task));
        let scores = |entries: &[Entry]| entries.iter().map(|entry| entry.outcome.score).collect();
        let passed = |entries: &[Entry]| entries.iter().map(|entry| entry.outcome.passed).collect();
        Pair {
            task: task.clone(),
            tags: facts.tags.clone(),
            same_pack: of_a.iter().zip(of_b).all(|(a, b)| a.outcome.pack_id == b.outcome.pack_id),
            a: scores(of_a),
            b: scores(of_b),
            passed_a: passed(of_a),
            passed_b: passed(of_b),
        }
    };
    // Tags are those of B: a later version of a suite may have sorted its tasks otherwise.
    Ok(b.header.tasks.iter().map(pair).collect())
}
