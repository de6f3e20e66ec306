use std::collections::BTreeMap;
use std::path::Path;

use crate::text::{at, columns, excerpt, is_id, lines, read};
use crate::{EvalError, LineError};

/// Relevance judgments: for each query, the grade of each judged document.
///
/// A grade of 1 or more is relevant (a measure may ask for more), 0 is judged not relevant, and a negative
/// grade means "in the pool, not judged", as in trec_eval.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Qrels {
    queries: BTreeMap<String, BTreeMap<String, i32>>,
}

/// The two layouts of a file of judgments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// `query iteration document grade`
    Trec,
    /// `query document grade`, separated by tabs, usually below a header.
    Beir,
}

impl Qrels {
    /// Reads a file; see [`Qrels::parse`].
    ///
    /// # Errors
    /// When the file cannot be read, or as [`Qrels::parse`].
    pub fn read(path: &Path) -> Result<Self, EvalError> {
        Self::parse(&read(path)?, &path.display().to_string())
    }

    /// Reads TREC's four columns (`query 0 document grade`) or BEIR's three, told apart by the first line.
    ///
    /// Blank lines, CRLF and, in the TREC layout, lines that begin with `#` are passed over, as trec_eval 10
    /// does. Ids may hold spaces only where tabs separate the columns. `file` is the name that errors give.
    ///
    /// # Errors
    /// On a wrong number of columns, a grade that is no integer, and a document that stands twice for a query.
    pub fn parse(text: &str, file: &str) -> Result<Self, EvalError> {
        let mut qrels = Self::default();
        let mut layout = None;
        for (number, line) in lines(text) {
            if layout != Some(Layout::Beir) && line.starts_with('#') {
                continue;
            }
            let layout = match layout {
                Some(layout) => layout,
                None => {
                    let first = detect(line);
                    layout = Some(first);
                    if first == Layout::Beir && is_header(line) {
                        continue;
                    }
                    first
                }
            };
            qrels.add_line(line, layout).map_err(|source| at(file, number, source))?;
        }
        Ok(qrels)
    }

    fn add_line(&mut self, line: &str, layout: Layout) -> Result<(), LineError> {
        let (expected, kind) = match layout {
            Layout::Trec => (4, "qrels"),
            Layout::Beir => (3, "qrels in BEIR's layout"),
        };
        let columns = columns(line, expected);
        let (query, document, grade) = match (layout, columns.as_slice()) {
            (Layout::Trec, [query, _, document, grade]) | (Layout::Beir, [query, document, grade]) => {
                (*query, *document, *grade)
            }
            _ => return Err(LineError::Columns { found: columns.len(), expected, kind }),
        };
        let number = grade.parse().map_err(|_| LineError::Number {
            column: "grade",
            text: excerpt(grade),
            expected: "an integer",
        })?;
        self.insert(query, document, number)
    }

    /// Adds one judgment.
    ///
    /// # Errors
    /// When the document is already judged for the query, or an id is empty or holds a control character.
    pub fn insert(&mut self, query: &str, document: &str, grade: i32) -> Result<(), LineError> {
        for (id, what) in [(query, "query id"), (document, "document id")] {
            if !is_id(id) {
                return Err(LineError::Id { what });
            }
        }
        let judged = self.queries.entry(query.to_owned()).or_default();
        if judged.contains_key(document) {
            return Err(LineError::DuplicateDocument { query: query.into(), document: document.into() });
        }
        judged.insert(document.to_owned(), grade);
        Ok(())
    }

    /// The judged queries in order of their ids, each with its documents and grades.
    pub fn queries(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, i32>)> {
        self.queries.iter().map(|(query, judged)| (query.as_str(), judged))
    }

    /// The judgments of one query.
    #[must_use]
    pub fn get(&self, query: &str) -> Option<&BTreeMap<String, i32>> {
        self.queries.get(query)
    }

    /// Number of judged queries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queries.len()
    }

    /// Whether nothing is judged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }

    /// Whether at least one document is relevant to the query.
    #[must_use]
    pub fn has_relevant(&self, query: &str) -> bool {
        self.get(query).is_some_and(|judged| judged.values().any(|grade| *grade > 0))
    }

    /// The documents of grade 1 or more, in order of their ids.
    pub fn relevant(&self, query: &str) -> impl Iterator<Item = &str> {
        let judged = self.get(query).into_iter().flatten();
        judged.filter(|(_, grade)| **grade > 0).map(|(document, _)| document.as_str())
    }

    /// The same judgments with `prefix` before every document id: from the ids of a test collection to the
    /// ids of documents in a context.
    #[must_use]
    pub fn prefixed(&self, prefix: &str) -> Self {
        let rename = |judged: &BTreeMap<String, i32>| {
            judged.iter().map(|(document, grade)| (format!("{prefix}{document}"), *grade)).collect()
        };
        Self { queries: self.queries.iter().map(|(query, judged)| (query.clone(), rename(judged))).collect() }
    }

    /// The judgments in BEIR's layout: a header, then `query`, `document`, `grade` separated by tabs, sorted.
    #[must_use]
    pub fn to_beir(&self) -> String {
        let mut text = String::from("query-id\tcorpus-id\tscore\n");
        for (query, judged) in &self.queries {
            for (document, grade) in judged {
                text.push_str(&format!("{query}\t{document}\t{grade}\n"));
            }
        }
        text
    }

    /// The judgments in TREC's layout, sorted; separated by tabs where an id holds a space.
    #[must_use]
    pub fn to_trec(&self) -> String {
        let mut text = String::new();
        for (query, judged) in &self.queries {
            for (document, grade) in judged {
                let spaced = [query, document].iter().any(|id| id.contains(char::is_whitespace));
                let tab = if spaced { '\t' } else { ' ' };
                text.push_str(&format!("{query}{tab}0{tab}{document}{tab}{grade}\n"));
            }
        }
        text
    }
}

fn detect(line: &str) -> Layout {
    let tabs: Vec<&str> = line.split('\t').collect();
    if is_header(line) || (tabs.len() == 3 && tabs[2].trim().parse::<i32>().is_ok()) {
        Layout::Beir
    } else {
        Layout::Trec
    }
}

fn is_header(line: &str) -> bool {
    let names: Vec<String> = line.split_ascii_whitespace().map(str::to_lowercase).collect();
    matches!(names.as_slice(), [query, document, score]
        if matches!(query.as_str(), "query-id" | "query_id" | "qid" | "query")
            && matches!(document.as_str(), "corpus-id" | "corpus_id" | "doc_id" | "docid" | "doc-id")
            && matches!(score.as_str(), "score" | "relevance" | "rel"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_say_the_same() {
        let trec = Qrels::parse("# a comment\nq1 0 a 1\r\n\r\nq1\t0\tb\t0\nq2 0 c -1", "t").unwrap();
        let beir = Qrels::parse("query-id\tcorpus-id\tscore\nq1\ta\t1\nq1\tb\t0\nq2\tc\t-1\n", "b").unwrap();
        let bare = Qrels::parse("q1\ta\t1\nq1\tb\t0\nq2\tc\t-1\n", "b").unwrap();
        assert_eq!(trec, beir);
        assert_eq!(trec, bare);
        assert_eq!(Qrels::parse(&trec.to_trec(), "t").unwrap(), trec);
        assert_eq!(Qrels::parse(&trec.to_beir(), "t").unwrap(), trec);
        assert!(trec.has_relevant("q1") && !trec.has_relevant("q2") && !trec.has_relevant("q3"));
    }

    #[test]
    fn ids_with_spaces_survive_both_layouts() {
        let mut qrels = Qrels::default();
        qrels.insert("q 1", "docs/my file.md", 2).unwrap();
        assert_eq!(Qrels::parse(&qrels.to_trec(), "t").unwrap(), qrels);
        assert_eq!(Qrels::parse(&qrels.to_beir(), "t").unwrap(), qrels);
    }

    #[test]
    fn errors_name_file_and_line() {
        let cases = [
            ("q 0 a 1\nq 0 a 1\n", "f:2: document `a` stands twice for query `q`"),
            ("q 0 a 1\n\nq 0 b\n", "f:3: 3 columns, but a line of qrels has 4"),
            ("q 0 a 1.5\n", "f:1: grade `1.5` is not an integer"),
            (
                "query-id\tcorpus-id\tscore\nq\ta\n",
                "f:2: 2 columns, but a line of qrels in BEIR's layout has 3",
            ),
            ("q 0 a 99999999999\n", "f:1: grade `99999999999` is not an integer"),
        ];
        for (text, message) in cases {
            assert_eq!(Qrels::parse(text, "f").unwrap_err().to_string(), message);
        }
    }
}
