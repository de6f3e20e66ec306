use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use haversack_model::DocumentId;
use serde::Deserialize;
use serde_json::Value;

use super::{ImportOptions, ImportWarning, Imported, first_file, join, lacks, read_qrels, recipe, topics};
use crate::text::{at, is_id, lines, read};
use crate::{EvalError, LineError, Measure, Suite, Task};

pub(super) fn import(folder: &Path, options: &ImportOptions) -> Result<Imported, EvalError> {
    let file = folder.join("corpus.jsonl");
    let records = file.is_file();
    let (corpus, prefix) = if records {
        (file, format!("{}/corpus.jsonl#", options.name))
    } else {
        let docs = ["docs", "corpus"].map(|name| folder.join(name)).into_iter().find(|path| path.is_dir());
        (docs.ok_or_else(|| lacks(folder, "corpus.jsonl, nor a folder docs"))?, format!("{}/", options.name))
    };
    let ids = if records { corpus_ids(&corpus, &prefix)? } else { file_ids(&corpus)? };
    let mut warnings = Vec::new();
    let mut tasks = read_tasks(folder)?;
    let answered = add_answers(folder, &mut tasks, &mut warnings)?;
    let qrels = join(&mut tasks, &read_qrels(folder)?, &mut warnings);
    note_lost_documents(&qrels, &ids, &mut warnings);
    let text = recipe::text(options, &corpus, &format!("{} documents, imported", ids.len()), records)?;

    let mut suite = Suite::new(&options.name);
    suite.header.description = format!("{} tasks, {} of them judged", tasks.len(), qrels.len());
    suite.header.context = Some(options.name.clone());
    suite.header.id_prefix = prefix;
    suite.header.measures = standard_measures(answered);
    suite.header.budgets = if answered { vec![500, 2_000] } else { vec![2_000] };
    suite.tasks = tasks;
    suite.qrels = qrels;
    Ok(Imported {
        recipe: text,
        documents: ids.len(),
        judged: suite.qrels.len(),
        unjudged: suite.unjudged(),
        corpus,
        suite,
        warnings,
    })
}

fn standard_measures(answered: bool) -> Vec<Measure> {
    let names = ["nDCG@10", "AP", "RR@10", "R@100", "evidence@2000tok"];
    let answers = ["answer@500tok", "answer@2000tok"];
    let answers = answers.into_iter().filter(|_| answered);
    names.into_iter().chain(answers).filter_map(|name| name.parse().ok()).collect()
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "_id")]
    id: Option<Value>,
    text: Option<String>,
    metadata: Option<Value>,
}

/// Reads a line that must be an object with an `_id`, which may be a string or a whole number.
pub(super) fn id_of(value: Option<&Value>) -> Result<String, LineError> {
    let id = match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if !number.is_f64() => number.to_string(),
        Some(_) => return Err(LineError::WrongType { key: "_id", expected: "a string" }),
        None => return Err(LineError::Missing("_id")),
    };
    if is_id(&id) { Ok(id) } else { Err(LineError::Id { what: "`_id`" }) }
}

fn corpus_ids(path: &Path, prefix: &str) -> Result<BTreeSet<String>, EvalError> {
    let (text, file) = (read(path)?, path.display().to_string());
    let mut ids = BTreeSet::new();
    for (number, line) in lines(&text) {
        let wrap = |source| at(&file, number, source);
        let row: Row = serde_json::from_str(line).map_err(|error| wrap(LineError::Json(error)))?;
        let id = id_of(row.id.as_ref()).map_err(wrap)?;
        format!("{prefix}{id}").parse::<DocumentId>().map_err(|error| wrap(error.into()))?;
        if !ids.insert(id.clone()) {
            return Err(wrap(LineError::DuplicateId { what: "document", id }));
        }
    }
    Ok(ids)
}

/// Paths of the files below a folder, with `/` between their parts.
fn file_ids(folder: &Path) -> Result<BTreeSet<String>, EvalError> {
    let mut ids = BTreeSet::new();
    let mut open = vec![(folder.to_owned(), String::new())];
    while let Some((path, under)) = open.pop() {
        let wrap = |source| EvalError::Read { path: path.clone(), source };
        for entry in std::fs::read_dir(&path).map_err(wrap)? {
            let entry = entry.map_err(wrap)?;
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| EvalError::NonUtf8Path(entry.path()))?;
            if entry.file_type().map_err(wrap)?.is_dir() {
                open.push((entry.path(), format!("{under}{name}/")));
            } else {
                ids.insert(format!("{under}{name}"));
            }
        }
    }
    Ok(ids)
}

/// The queries, as tasks in the order of their file.
pub(super) fn read_tasks(folder: &Path) -> Result<Vec<Task>, EvalError> {
    let names = ["queries.jsonl", "queries.tsv", "topics.tsv", "topics.txt", "topics.trec", "topics"];
    let Some(path) = first_file(folder, &names) else {
        return Err(lacks(folder, "queries (queries.jsonl, queries.tsv or topics)"));
    };
    let (text, file) = (read(&path)?, path.display().to_string());
    let queries: Vec<(usize, Task)> = if path.extension().is_some_and(|end| end == "jsonl") {
        let parse = |(number, line)| match query(line) {
            Ok(task) => Ok((number, task)),
            Err(source) => Err(at(&file, number, source)),
        };
        lines(&text).map(parse).collect::<Result<_, _>>()?
    } else {
        topics::parse(&text, &file)?
    };
    let mut ids = BTreeSet::new();
    for (number, task) in &queries {
        if !ids.insert(&task.id) {
            return Err(at(&file, *number, LineError::DuplicateId { what: "query", id: task.id.clone() }));
        }
    }
    Ok(queries.into_iter().map(|(_, task)| task).collect())
}

fn query(line: &str) -> Result<Task, LineError> {
    let row: Row = serde_json::from_str(line).map_err(LineError::Json)?;
    let id = id_of(row.id.as_ref())?;
    let text = row.text.filter(|text| !text.trim().is_empty()).ok_or(LineError::Missing("text"))?;
    let mut task = Task::new(&id, &text);
    task.tags = tags(row.metadata.as_ref());
    Ok(task)
}

/// Short facts about a query become tags `name:value`, by which results can be sliced.
fn tags(metadata: Option<&Value>) -> Vec<String> {
    let short = |text: &str| !text.is_empty() && text.len() <= 40 && is_id(text) && !text.contains(' ');
    let tag = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            _ => return None,
        };
        (short(name) && short(&value)).then(|| format!("{name}:{value}"))
    };
    metadata.and_then(Value::as_object).into_iter().flatten().filter_map(tag).collect()
}

#[derive(Deserialize)]
struct AnswerRow {
    #[serde(rename = "_id")]
    id: Option<Value>,
    answers: Option<Value>,
}

/// Adds the gold answers, where the folder has some; says whether it has.
fn add_answers(
    folder: &Path,
    tasks: &mut [Task],
    warnings: &mut Vec<ImportWarning>,
) -> Result<bool, EvalError> {
    let path = folder.join("answers.jsonl");
    if !path.is_file() {
        return Ok(false);
    }
    let (text, file) = (read(&path)?, path.display().to_string());
    let mut by_id: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (number, line) in lines(&text) {
        let (id, answers) = answers(line).map_err(|source| at(&file, number, source))?;
        if by_id.insert(id.clone(), answers).is_some() {
            return Err(at(&file, number, LineError::DuplicateId { what: "answer", id }));
        }
    }
    for task in tasks.iter_mut() {
        task.answers = by_id.remove(&task.id).unwrap_or_default();
    }
    if let Some(first) = by_id.keys().next() {
        warnings.push(ImportWarning::AnswersWithoutQuery { answers: by_id.len(), first: first.clone() });
    }
    Ok(tasks.iter().any(|task| !task.answers.is_empty()))
}

/// Answers are a list of strings or one string; a line may have none.
fn answers(line: &str) -> Result<(String, Vec<String>), LineError> {
    let row: AnswerRow = serde_json::from_str(line).map_err(LineError::Json)?;
    let wrong = LineError::WrongType { key: "answers", expected: "a list of strings" };
    let answers = match row.answers {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) => vec![text],
        Some(value) => serde_json::from_value(value).map_err(|_| wrong)?,
    };
    Ok((id_of(row.id.as_ref())?, answers.into_iter().filter(|text| !text.trim().is_empty()).collect()))
}

fn note_lost_documents(qrels: &crate::Qrels, ids: &BTreeSet<String>, warnings: &mut Vec<ImportWarning>) {
    let judged = qrels.queries().flat_map(|(_, judged)| judged.keys());
    let lost: BTreeSet<&String> = judged.filter(|id| !ids.contains(*id)).collect();
    if let Some(first) = lost.first() {
        let (documents, first) = (lost.len(), (*first).clone());
        warnings.push(ImportWarning::JudgedNotInCorpus { documents, first });
    }
}
