use std::path::PathBuf;

use haversack_model::{InvalidDocumentId, RecipeError};

use crate::{GradeError, MeasureParseError};

/// Why something could not be read, written or measured.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is not what it should be.
    #[error("{file}:{line}: {source}")]
    Line {
        /// The file as the caller named it.
        file: String,
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        source: LineError,
    },
    /// Nothing to measure with: no query is judged, or none of the judged queries is in the run.
    #[error("no query has both judgments and results")]
    NothingInCommon,
    /// A measure of rankings was asked of packs, or the reverse.
    #[error("`{measure}` is computed from {needs}")]
    WrongInput {
        /// The measure.
        measure: String,
        /// `rankings` or `packs`.
        needs: &'static str,
    },
    /// A folder to import lacks a file.
    #[error("{} has no {expected}", folder.display())]
    Lacks {
        /// The folder.
        folder: PathBuf,
        /// What was looked for.
        expected: &'static str,
    },
    /// An imported recipe or its name was refused.
    #[error("the imported recipe is refused")]
    Recipe(#[from] RecipeError),
    /// A path that is not UTF-8 cannot be written into a recipe.
    #[error("{} is not UTF-8", .0.display())]
    NonUtf8Path(PathBuf),
    /// A value cannot be written as TOML, which is a bug.
    #[error("cannot be written as TOML")]
    Toml(#[from] toml::ser::Error),
    /// A value cannot be written as JSON, which is a bug.
    #[error("cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// What is wrong with one line of a file.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Wrong number of columns.
    #[error("{found} columns, but a line of {kind} has {expected}")]
    Columns {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
        /// What the file holds.
        kind: &'static str,
    },
    /// A column that should hold a number does not.
    #[error("{column} `{text}` is not {expected}")]
    Number {
        /// Name of the column.
        column: &'static str,
        /// What stands there (at most 80 characters).
        text: String,
        /// What should.
        expected: &'static str,
    },
    /// An id that is empty or holds a control character.
    #[error("{what} is empty or holds a control character")]
    Id {
        /// Which id.
        what: &'static str,
    },
    /// The same document twice for one query.
    #[error("document `{document}` stands twice for query `{query}`")]
    DuplicateDocument {
        /// The query.
        query: String,
        /// The document.
        document: String,
    },
    /// The same id twice.
    #[error("{what} `{id}` stands twice")]
    DuplicateId {
        /// What it names.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// Two lines that cannot both be true.
    #[error("line {first} has another {what}")]
    Contradiction {
        /// What there can be only one of.
        what: &'static str,
        /// The line of the first, from 1.
        first: usize,
    },
    /// A key nobody knows.
    #[error("unknown key `{key}`{}", suggestion.as_ref().map_or(String::new(), |s| format!("; did you mean `{s}`?")))]
    UnknownKey {
        /// The dotted path of the key.
        key: String,
        /// The nearest known one, if one is near.
        suggestion: Option<String>,
    },
    /// A name that names nothing.
    #[error("no {what} `{name}`{}", suggestion.as_ref().map_or(String::new(), |s| format!("; did you mean `{s}`?")))]
    NoSuch {
        /// What it should name.
        what: &'static str,
        /// The name.
        name: String,
        /// The nearest known one, if one is near.
        suggestion: Option<String>,
    },
    /// A `kind` that is none of those there are.
    #[error("no kind `{kind}`; {}", suggestion.map_or_else(|| format!("there are {}", known.join(", ")), |near| format!("did you mean `{near}`?")))]
    NoSuchKind {
        /// What stands there.
        kind: String,
        /// The nearest known one, if one is near.
        suggestion: Option<&'static str>,
        /// All that there are.
        known: Vec<&'static str>,
    },
    /// A grader cannot be used as it stands.
    #[error("grader `{name}`: {source}")]
    Grader {
        /// Its name.
        name: String,
        /// Why.
        source: Box<GradeError>,
    },
    /// A key of `expect` cannot be used.
    #[error("`expect.{key}`: {source}")]
    Expect {
        /// The key.
        key: &'static str,
        /// Why.
        source: Box<GradeError>,
    },
    /// Neither the task nor the suite names a grader, but the suite has some.
    #[error("no grader for this task: name some here or under `graders` of the suite")]
    NoGrader,
    /// A task that is said to be unanswerable, and answered.
    #[error("an unanswerable task has no `answers`")]
    AnsweredUnanswerable,
    /// A key that must be given is not.
    #[error("lacks `{0}`")]
    Missing(&'static str),
    /// A value of the wrong type.
    #[error("`{key}` is not {expected}")]
    WrongType {
        /// The key.
        key: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A number outside its range.
    #[error("`{key}` is {value}, but must be {}", range_words(*from, *to))]
    Range {
        /// The dotted path of the key.
        key: String,
        /// What it is.
        value: f64,
        /// The least that it may be.
        from: f64,
        /// The most.
        to: f64,
    },
    /// A policy that demands nothing, which would let everything through.
    #[error("the policy demands nothing")]
    EmptyPolicy,
    /// Not JSON, or not of the right shape.
    #[error("{0}")]
    Json(#[source] serde_json::Error),
    /// Not TOML, or not of the right shape.
    #[error("{}", .0.message())]
    Toml(#[source] Box<toml::de::Error>),
    /// A string that cannot name a document.
    #[error(transparent)]
    DocumentId(#[from] InvalidDocumentId),
    /// A string that names no measure.
    #[error(transparent)]
    Measure(#[from] MeasureParseError),
    /// A span that ends before it begins, or is empty.
    #[error("span {from}..{to} holds nothing")]
    EmptySpan {
        /// First byte.
        from: usize,
        /// One past the last.
        to: usize,
    },
    /// Judgments for a task that is not in the suite.
    #[error("query `{query}` is judged, but no task has this id")]
    NoSuchTask {
        /// The query.
        query: String,
    },
    /// A gold span whose text does not stand where it says.
    #[error("span {start}..{end} of `{source_name}` does not hold the text given with it")]
    SpanText {
        /// First character.
        start: usize,
        /// One past the last.
        end: usize,
        /// The raw document.
        source_name: String,
    },
    /// A gold span of a document that is not there.
    #[error("no raw document `{0}` in the folder")]
    NoRawDocument(String),
}

fn range_words(from: f64, to: f64) -> String {
    match (from == f64::MIN, to == f64::MAX) {
        (true, true) => "a finite number".to_owned(),
        (_, true) => format!("a finite number from {from} up"),
        _ => format!("from {from} to {to}"),
    }
}
