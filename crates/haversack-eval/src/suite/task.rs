use std::collections::BTreeSet;

use haversack_model::{DocumentId, Principal};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Expect;
use crate::text::{at, is_id, json_object, lines, unknown_in};
use crate::{EvalError, GoldSpan, LineError};

/// One thing that is asked: a line of `tasks.jsonl`, of which only `id` and `query` must be there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Its id, different from all others of the suite.
    pub id: String,
    /// The query.
    pub query: String,
    /// Gold answers, any one of which will do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<String>,
    /// Documents that are needed, by their ids in the context.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentId>,
    /// Stretches of documents that belong to the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<GoldSpan>,
    /// Names of the slices it belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Who asks, if not the suite's principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// Budget in tokens, if not that of the measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<u32>,
    /// Names of its graders, if not those of the suite.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub graders: Vec<String>,
    /// Whether the context holds no answer, so that the right behaviour is to abstain.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unanswerable: bool,
    /// What graders look for that is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
}

const KEYS: [&str; 11] = [
    "id",
    "query",
    "answers",
    "documents",
    "spans",
    "tags",
    "principal",
    "budget",
    "graders",
    "unanswerable",
    "expect",
];

impl Task {
    /// A task without gold facts.
    #[must_use]
    pub fn new(id: &str, query: &str) -> Self {
        Self {
            id: id.to_owned(),
            query: query.to_owned(),
            answers: Vec::new(),
            documents: Vec::new(),
            spans: Vec::new(),
            tags: Vec::new(),
            principal: None,
            budget: None,
            graders: Vec::new(),
            unanswerable: false,
            expect: None,
        }
    }
}

pub(crate) fn parse(text: &str, file: &str) -> Result<Vec<Task>, EvalError> {
    let mut tasks = Vec::new();
    let mut ids = BTreeSet::new();
    for (number, line) in lines(text) {
        let task: Task = json_object(line).map_err(|error| at(file, number, explain(line, error)))?;
        check(&task).map_err(|source| at(file, number, source))?;
        if !ids.insert(task.id.clone()) {
            return Err(at(file, number, LineError::DuplicateId { what: "task", id: task.id }));
        }
        tasks.push(task);
    }
    Ok(tasks)
}

pub(crate) fn write(tasks: &[Task]) -> Result<String, EvalError> {
    let mut text = String::new();
    for task in tasks {
        text.push_str(&serde_json::to_string(task)?);
        text.push('\n');
    }
    Ok(text)
}

fn check(task: &Task) -> Result<(), LineError> {
    if !is_id(&task.id) {
        return Err(LineError::Id { what: "task id" });
    }
    if task.query.trim().is_empty() {
        return Err(LineError::Missing("query"));
    }
    if task.unanswerable && !task.answers.is_empty() {
        return Err(LineError::AnsweredUnanswerable);
    }
    if let Some(expect) = &task.expect {
        expect.check()?;
    }
    match task.spans.iter().find(|span| span.from >= span.to) {
        Some(GoldSpan { from, to, .. }) => Err(LineError::EmptySpan { from: *from, to: *to }),
        None => Ok(()),
    }
}

/// Finds the unknown key behind an error, if it is one.
fn explain(line: &str, error: serde_json::Error) -> LineError {
    let value: Value = serde_json::from_str(line).unwrap_or_default();
    let spans = value["spans"].as_array().into_iter().flatten();
    let unknown = unknown_in(&value, &KEYS, "")
        .or_else(|| {
            spans.into_iter().find_map(|span| unknown_in(span, &["document", "from", "to"], "spans."))
        })
        .or_else(|| unknown_in(&value["principal"], &["name", "labels"], "principal."))
        .or_else(|| unknown_in(&value["expect"], &Expect::KEYS, "expect."));
    unknown.unwrap_or(LineError::Json(error))
}
