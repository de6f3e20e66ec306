use serde_json::Value;

use crate::text::{at, lines, unknown_in, unknown_in_answer};
use crate::{EvalError, LineError, Outcome, RunRecord};

/// The keys of an outcome.
const KEYS: [&str; 10] =
    ["task", "trial", "pack_id", "status", "score", "passed", "grades", "answer", "error", "millis"];

/// The outcomes of a run, an [`Outcome`] a line, by task and trial.
///
/// # Errors
/// Never for a run that was recorded.
pub fn outcomes_jsonl(run: &RunRecord) -> Result<String, EvalError> {
    let mut text = String::new();
    for entry in &run.outcomes {
        text.push_str(&serde_json::to_string(&entry.outcome)?);
        text.push('\n');
    }
    Ok(text)
}

/// Reads what [`outcomes_jsonl`] writes; `file` is the name that errors give.
///
/// # Errors
/// On a line that is no outcome: an unknown key (with the nearest known one), a wrong type, a task and trial that stands
/// twice.
pub fn outcomes_from_jsonl(text: &str, file: &str) -> Result<Vec<Outcome>, EvalError> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (number, line) in lines(text) {
        let outcome: Outcome =
            serde_json::from_str(line).map_err(|error| at(file, number, explain(line, error)))?;
        if !seen.insert((outcome.task.clone(), outcome.trial)) {
            let id = format!("{}, trial {}", outcome.task, outcome.trial);
            return Err(at(file, number, LineError::DuplicateId { what: "outcome of task", id }));
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// Finds the unknown key behind an error, if it is one.
fn explain(line: &str, error: serde_json::Error) -> LineError {
    let value: Value = serde_json::from_str(line).unwrap_or_default();
    let unknown = unknown_in(&value, &KEYS, "").or_else(|| unknown_in_answer(&value["answer"]));
    unknown.unwrap_or(LineError::Json(error))
}
