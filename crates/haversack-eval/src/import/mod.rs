//! From a test collection to a recipe and a suite.
//!
//! [`import`] reads a folder in BEIR's layout (`corpus.jsonl`, `queries.jsonl`, `qrels.tsv` or
//! `qrels/test.tsv`, perhaps `answers.jsonl`), or one with TREC's files: `topics` and `qrels` beside a folder
//! `docs` whose files the judgments name. It returns values; the caller writes them.

mod beir;
mod recipe;
mod spans;
mod topics;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::{EvalError, Qrels, Suite, Task};

/// How to import a folder.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Name of the context, its corpus and the suite: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// How the recipe names the corpus.
    pub path: CorpusPath,
    /// Import gold spans over raw documents instead of judged records.
    ///
    /// The folder then has raw documents `raw/corpora/<source>.md` and an `answers.jsonl` whose lines name a
    /// `source` and `spans` of characters in it.
    pub spans: bool,
}

/// How a recipe names the corpus.
#[derive(Debug, Clone)]
pub enum CorpusPath {
    /// By its absolute path.
    Absolute,
    /// Relative to this folder, in which the recipe will lie. It need not exist yet.
    RelativeTo(PathBuf),
}

/// What an import makes.
#[derive(Debug, Clone)]
pub struct Imported {
    /// Text of `recipe.toml`, over the standard recipe.
    pub recipe: String,
    /// The suite.
    pub suite: Suite,
    /// The corpus that the recipe names: a file of records or a folder.
    pub corpus: PathBuf,
    /// Documents in it.
    pub documents: usize,
    /// Queries that are judged, or have gold spans.
    pub judged: usize,
    /// Queries that are not: they are kept as tasks tagged `unjudged`, and no measure of rankings counts them.
    pub unjudged: usize,
    /// What the caller should show.
    pub warnings: Vec<ImportWarning>,
}

/// Something in a test collection that does not fit together; nothing is dropped without one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportWarning {
    /// Queries are judged that have no text; their judgments are left out.
    JudgedWithoutText {
        /// How many.
        queries: usize,
        /// The first of them.
        first: String,
    },
    /// Judgments name documents that the corpus lacks. They are kept, so that recall stays honest.
    JudgedNotInCorpus {
        /// How many different documents.
        documents: usize,
        /// The first of them.
        first: String,
    },
    /// Answers are given for queries that are not there; they are left out.
    AnswersWithoutQuery {
        /// How many.
        answers: usize,
        /// The first of them.
        first: String,
    },
}

impl fmt::Display for ImportWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JudgedWithoutText { queries, first } => {
                write!(f, "{queries} judged queries have no text and are left out, the first is `{first}`")
            }
            Self::JudgedNotInCorpus { documents, first } => {
                write!(f, "{documents} judged documents are not in the corpus, the first is `{first}`")
            }
            Self::AnswersWithoutQuery { answers, first } => {
                write!(f, "{answers} answers have no query and are left out, the first is `{first}`")
            }
        }
    }
}

/// Makes a recipe and a suite of a folder, without writing anything.
///
/// Document ids in the context are `<name>/corpus.jsonl#<_id>` for records and `<name>/<file>` for files, and
/// the suite's `id_prefix` is what stands before the ids of the collection.
///
/// # Errors
/// When a file is missing or a line of one is wrong (named with its number), an id stands twice, or the name
/// cannot be that of a context.
pub fn import(folder: &Path, options: &ImportOptions) -> Result<Imported, EvalError> {
    if options.spans { spans::import(folder, options) } else { beir::import(folder, options) }
}

/// Reads one of the files of judgments that a collection may have.
fn read_qrels(folder: &Path) -> Result<Qrels, EvalError> {
    const NAMES: [&str; 8] = [
        "qrels.tsv",
        "qrels/test.tsv",
        "qrels/dev.tsv",
        "qrels/train.tsv",
        "qrels.txt",
        "qrels.trec",
        "qrels.test",
        "qrels",
    ];
    match first_file(folder, &NAMES) {
        Some(path) => Qrels::read(&path),
        None => Err(lacks(folder, "judgments (qrels.tsv, qrels/test.tsv or qrels.txt)")),
    }
}

fn first_file(folder: &Path, names: &[&str]) -> Option<PathBuf> {
    names.iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

fn lacks(folder: &Path, expected: &'static str) -> EvalError {
    EvalError::Lacks { folder: folder.to_owned(), expected }
}

/// Keeps the judgments of queries that have a text, tags the tasks that have none, and says what was left out.
fn join(tasks: &mut [Task], qrels: &Qrels, warnings: &mut Vec<ImportWarning>) -> Qrels {
    let ids: std::collections::BTreeSet<&str> = tasks.iter().map(|task| task.id.as_str()).collect();
    let lost: Vec<&str> =
        qrels.queries().map(|(query, _)| query).filter(|query| !ids.contains(query)).collect();
    if let Some(first) = lost.first() {
        warnings.push(ImportWarning::JudgedWithoutText { queries: lost.len(), first: (*first).to_owned() });
    }
    let mut kept = Qrels::default();
    for (query, judged) in qrels.queries().filter(|(query, _)| ids.contains(query)) {
        for (document, grade) in judged {
            // Cannot fail: these judgments were already read into the same type.
            kept.insert(query, document, *grade).ok();
        }
    }
    for task in tasks.iter_mut().filter(|task| kept.get(&task.id).is_none()) {
        task.tags.push("unjudged".to_owned());
    }
    kept
}
