use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use haversack_model::DocumentId;
use serde::Deserialize;
use serde_json::Value;

use super::{ImportOptions, ImportWarning, Imported, beir, first_file, join, lacks, recipe};
use crate::text::{at, lines, read};
use crate::{EvalError, GoldSpan, LineError, Qrels, Suite, Task};

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "_id")]
    id: Option<Value>,
    source: Option<String>,
    #[serde(default)]
    spans: Vec<RawSpan>,
}

/// Characters `[start, end)` of the raw document, with their text where it is given.
#[derive(Deserialize)]
struct RawSpan {
    start: usize,
    end: usize,
    text: Option<String>,
}

/// A raw document: its file's name, and the byte at which each of its characters begins.
struct Raw {
    name: String,
    text: String,
    starts: Vec<usize>,
}

pub(super) fn import(folder: &Path, options: &ImportOptions) -> Result<Imported, EvalError> {
    let corpus = ["raw/corpora", "corpora", "raw"].map(|name| folder.join(name));
    let corpus = corpus.into_iter().find(|path| path.is_dir());
    let corpus = corpus.ok_or_else(|| lacks(folder, "folder raw/corpora"))?;
    let Some(answers) = first_file(folder, &["answers.jsonl"]) else {
        return Err(lacks(folder, "answers.jsonl with spans"));
    };
    let mut gold = read_gold(&answers, &corpus, &options.name)?;
    let mut tasks = beir::read_tasks(folder)?;
    let mut qrels = Qrels::default();
    let file = answers.display().to_string();
    for task in &mut tasks {
        task.spans = gold.remove(&task.id).unwrap_or_default();
        let documents: BTreeSet<&str> = task.spans.iter().map(|span| span.document.path()).collect();
        for document in documents {
            qrels.insert(&task.id, document, 1).map_err(|source| at(&file, 1, source))?;
        }
    }
    let mut warnings = Vec::new();
    if let Some(first) = gold.keys().next() {
        warnings.push(ImportWarning::AnswersWithoutQuery { answers: gold.len(), first: first.clone() });
    }
    let qrels = join(&mut tasks, &qrels, &mut warnings);
    let documents = count_files(&corpus)?;
    let text = recipe::text(options, &corpus, &format!("{documents} documents, imported"), false)?;
    let suite = suite(options, tasks, qrels);
    Ok(Imported {
        recipe: text,
        documents,
        judged: suite.qrels.len(),
        unjudged: suite.unjudged(),
        corpus,
        suite,
        warnings,
    })
}

fn suite(options: &ImportOptions, tasks: Vec<Task>, qrels: Qrels) -> Suite {
    let names = ["spanrecall@500tok", "spanprecision@500tok", "spanrecall@2000tok", "spanprecision@2000tok"];
    let mut suite = Suite::new(&options.name);
    suite.header.description = format!("{} tasks, {} of them with gold spans", tasks.len(), qrels.len());
    suite.header.context = Some(options.name.clone());
    suite.header.id_prefix = format!("{}/", options.name);
    suite.header.measures = names.iter().filter_map(|name| name.parse().ok()).collect();
    suite.header.budgets = vec![500, 2_000];
    suite.tasks = tasks;
    suite.qrels = qrels;
    suite
}

fn read_gold(path: &Path, corpus: &Path, name: &str) -> Result<BTreeMap<String, Vec<GoldSpan>>, EvalError> {
    let (text, file) = (read(path)?, path.display().to_string());
    let mut documents: BTreeMap<String, Raw> = BTreeMap::new();
    let mut gold = BTreeMap::new();
    for (number, line) in lines(&text) {
        let wrap = |source| at(&file, number, source);
        let row: Row = serde_json::from_str(line).map_err(|error| wrap(LineError::Json(error)))?;
        let id = beir::id_of(row.id.as_ref()).map_err(wrap)?;
        let mut spans = Vec::new();
        if !row.spans.is_empty() {
            let source = row.source.ok_or_else(|| wrap(LineError::Missing("source")))?;
            let raw = match documents.entry(source) {
                std::collections::btree_map::Entry::Occupied(slot) => slot.into_mut(),
                std::collections::btree_map::Entry::Vacant(slot) => {
                    let found = raw_file(corpus, slot.key())
                        .ok_or_else(|| wrap(LineError::NoRawDocument(slot.key().clone())))?;
                    slot.insert(Raw::read(&found)?)
                }
            };
            let document = DocumentId::new(name, &raw.name).map_err(|error| wrap(error.into()))?;
            for span in &row.spans {
                let (from, to) = raw.bytes_of(span).map_err(wrap)?;
                spans.push(GoldSpan { document: document.clone(), from, to });
            }
            spans.sort_unstable();
        }
        if gold.insert(id.clone(), spans).is_some() {
            return Err(wrap(LineError::DuplicateId { what: "answer", id }));
        }
    }
    Ok(gold)
}

/// The file of a source: its name with an ending, or its whole name.
fn raw_file(corpus: &Path, source: &str) -> Option<PathBuf> {
    // A source is a name, never a path that leads elsewhere.
    if source.contains(['/', '\\']) || source.starts_with('.') {
        return None;
    }
    let names = [format!("{source}.md"), format!("{source}.txt"), source.to_owned()];
    names.iter().map(|name| corpus.join(name)).find(|path| path.is_file())
}

fn count_files(folder: &Path) -> Result<usize, EvalError> {
    let wrap = |source| EvalError::Read { path: folder.to_owned(), source };
    let mut files = 0;
    for entry in std::fs::read_dir(folder).map_err(wrap)? {
        files += usize::from(entry.map_err(wrap)?.path().is_file());
    }
    Ok(files)
}

impl Raw {
    fn read(path: &Path) -> Result<Self, EvalError> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| EvalError::NonUtf8Path(path.to_owned()))?.to_owned();
        let text = read(path)?;
        let starts = text.char_indices().map(|(start, _)| start).chain([text.len()]).collect();
        Ok(Self { name, text, starts })
    }

    /// Bytes of a span of characters, which must hold the text that is given with it.
    fn bytes_of(&self, span: &RawSpan) -> Result<(usize, usize), LineError> {
        let RawSpan { start, end, .. } = *span;
        let wrong = || LineError::SpanText { start, end, source_name: self.name.clone() };
        let (Some(from), Some(to)) = (self.starts.get(start), self.starts.get(end)) else {
            return Err(wrong());
        };
        if from >= to {
            return Err(LineError::EmptySpan { from: start, to: end });
        }
        match &span.text {
            Some(text) if self.text.get(*from..*to) != Some(text) => Err(wrong()),
            _ => Ok((*from, *to)),
        }
    }
}
