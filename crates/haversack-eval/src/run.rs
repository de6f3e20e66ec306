use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::text::{at, columns, excerpt, is_id, lines, read};
use crate::{EvalError, LineError};

/// One retrieved document and its score.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The document.
    pub document: String,
    /// Its score; higher is better; never NaN.
    pub score: f64,
}

/// Rankings of documents, one per query.
///
/// A ranking is ordered as trec_eval orders it, whatever order the lines had and whatever rank they claimed:
/// by score descending, equal scores by document id *descending* in byte order. Scores are 64-bit floats, as
/// in trec_eval 10 (up to release 9 they were rounded to 32 bits, which made more of them equal).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    name: String,
    queries: BTreeMap<String, Vec<Ranked>>,
}

impl Run {
    /// An empty run.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), queries: BTreeMap::new() }
    }

    /// Reads a file; see [`Run::parse`].
    ///
    /// # Errors
    /// When the file cannot be read, or as [`Run::parse`].
    pub fn read(path: &Path) -> Result<Self, EvalError> {
        Self::parse(&read(path)?, &path.display().to_string())
    }

    /// Reads TREC's six columns, `query Q0 document rank score name`; the second and fourth are ignored.
    ///
    /// Blank lines, CRLF and lines that begin with `#` are passed over. `file` is the name that errors give.
    ///
    /// # Errors
    /// On a wrong number of columns, a score that is no number, and a document that stands twice for a query.
    pub fn parse(text: &str, file: &str) -> Result<Self, EvalError> {
        let mut run = Self::default();
        let mut seen: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (number, line) in lines(text).filter(|(_, line)| !line.starts_with('#')) {
            let columns = columns(line, 6);
            let [query, _, document, _, score, name] = columns.as_slice() else {
                let source = LineError::Columns { found: columns.len(), expected: 6, kind: "a run" };
                return Err(at(file, number, source));
            };
            if let Some(what) = bad_id(query, document) {
                return Err(at(file, number, LineError::Id { what }));
            }
            if !seen.entry(query).or_default().insert(document) {
                let (query, document) = ((*query).to_owned(), (*document).to_owned());
                return Err(at(file, number, LineError::DuplicateDocument { query, document }));
            }
            let score = parse_score(score).map_err(|source| at(file, number, source))?;
            if run.name.is_empty() {
                run.name = (*name).to_owned();
            }
            let ranking = run.queries.entry((*query).to_owned()).or_default();
            ranking.push(Ranked { document: (*document).to_owned(), score });
        }
        run.queries.values_mut().for_each(|ranking| sort(ranking));
        Ok(run)
    }

    /// Adds the ranking of one query, in any order. An empty ranking is kept: the query was run.
    ///
    /// # Errors
    /// When the query is already there, a document stands twice, a score is NaN, or an id cannot be one.
    pub fn insert(&mut self, query: &str, mut ranking: Vec<Ranked>) -> Result<(), LineError> {
        let mut seen = BTreeSet::new();
        if !is_id(query) {
            return Err(LineError::Id { what: "query id" });
        }
        for ranked in &ranking {
            if let Some(what) = bad_id(query, &ranked.document) {
                return Err(LineError::Id { what });
            }
            if ranked.score.is_nan() {
                return Err(LineError::Number { column: "score", text: "NaN".into(), expected: "a number" });
            }
            if !seen.insert(&ranked.document) {
                let (query, document) = (query.to_owned(), ranked.document.clone());
                return Err(LineError::DuplicateDocument { query, document });
            }
        }
        sort(&mut ranking);
        match self.queries.entry(query.to_owned()) {
            Entry::Occupied(_) => Err(LineError::DuplicateId { what: "query", id: query.to_owned() }),
            Entry::Vacant(slot) => {
                slot.insert(ranking);
                Ok(())
            }
        }
    }

    /// The name in the sixth column of the first line.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The queries in order of their ids, each with its ranking, best first.
    pub fn queries(&self) -> impl Iterator<Item = (&str, &[Ranked])> {
        self.queries.iter().map(|(query, ranking)| (query.as_str(), ranking.as_slice()))
    }

    /// The ranking of one query, best first.
    #[must_use]
    pub fn get(&self, query: &str) -> Option<&[Ranked]> {
        self.queries.get(query).map(Vec::as_slice)
    }

    /// The same rankings with `prefix` taken from the document ids that have it: from the ids of documents in
    /// a context to the ids of a test collection. Other ids stay whole.
    #[must_use]
    pub fn stripped(&self, prefix: &str) -> Self {
        let rename = |ranking: &Vec<Ranked>| {
            let strip =
                |id: &str| id.strip_prefix(prefix).filter(|rest| is_id(rest)).unwrap_or(id).to_owned();
            // Through `documents_of`, since two ids may become one.
            documents_of(ranking.iter().map(|ranked| (strip(&ranked.document), ranked.score)))
        };
        let queries = self.queries.iter().map(|(query, ranking)| (query.clone(), rename(ranking))).collect();
        Self { name: self.name.clone(), queries }
    }

    /// The run as TREC's six columns, best first; separated by tabs where an id holds a space.
    ///
    /// Scores are written so that they read back as the same number. A query without documents has no line.
    #[must_use]
    pub fn to_trec(&self) -> String {
        let name: String = self.name.split_whitespace().collect::<Vec<_>>().join("_");
        let name = if name.is_empty() { "haversack" } else { &name };
        let mut text = String::new();
        for (query, ranking) in &self.queries {
            for (index, Ranked { document, score }) in ranking.iter().enumerate() {
                let spaced = [query, document].iter().any(|id| id.contains(char::is_whitespace));
                let tab = if spaced { '\t' } else { ' ' };
                let rank = index + 1;
                text.push_str(&format!("{query}{tab}Q0{tab}{document}{tab}{rank}{tab}{score}{tab}{name}\n"));
            }
        }
        text
    }
}

fn bad_id(query: &str, document: &str) -> Option<&'static str> {
    if !is_id(query) {
        return Some("query id");
    }
    (!is_id(document)).then_some("document id")
}

fn parse_score(text: &str) -> Result<f64, LineError> {
    match text.parse::<f64>() {
        Ok(score) if !score.is_nan() => Ok(score),
        _ => Err(LineError::Number { column: "score", text: excerpt(text), expected: "a number" }),
    }
}

/// Score descending, then document id descending; -0 equals 0, as it does in C.
fn sort(ranking: &mut [Ranked]) {
    ranking.sort_by(|a, b| {
        (b.score + 0.0).total_cmp(&(a.score + 0.0)).then_with(|| b.document.cmp(&a.document))
    });
}

/// The ranking of documents behind a ranking of chunks: each document once, with the best score of its chunks.
///
/// The result has the order of a [`Run`]: score descending, equal scores by document id descending. NaN scores
/// are left out.
///
/// ```
/// use haversack_eval::documents_of;
/// let chunks = [("a.md", 0.9), ("b.md", 0.8), ("a.md", 0.7)];
/// let documents = documents_of(chunks);
/// assert_eq!(documents.len(), 2);
/// assert_eq!((documents[0].document.as_str(), documents[0].score), ("a.md", 0.9));
/// ```
pub fn documents_of<D: Into<String>>(chunks: impl IntoIterator<Item = (D, f64)>) -> Vec<Ranked> {
    let mut best: BTreeMap<String, f64> = BTreeMap::new();
    for (document, score) in chunks {
        if score.is_nan() {
            continue;
        }
        let known = best.entry(document.into()).or_insert(score);
        if score > *known {
            *known = score;
        }
    }
    let mut ranking: Vec<Ranked> =
        best.into_iter().map(|(document, score)| Ranked { document, score }).collect();
    sort(&mut ranking);
    ranking
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(run: &Run, query: &str) -> Vec<String> {
        run.get(query).unwrap().iter().map(|ranked| ranked.document.clone()).collect()
    }

    #[test]
    fn ranks_are_ignored_and_ties_go_to_the_greater_id() {
        let run =
            Run::parse("q Q0 a 1 1.0 x\nq Q0 c 2 1.0 x\r\n\nq Q0 b 3 2 x\nq Q0 z 4 -0 x\nq Q0 y 4 0 x", "r");
        assert_eq!(order(&run.unwrap(), "q"), ["b", "c", "a", "z", "y"]);
    }

    #[test]
    fn a_run_reads_back_as_it_was_written() {
        let mut run = Run::new("my run");
        let ranked = |document: &str, score| Ranked { document: document.to_owned(), score };
        run.insert("q1", vec![ranked("my file", 0.1 + 0.2), ranked("b", f64::from(0.3_f32))]).unwrap();
        run.insert("q2", vec![ranked("b", 1e-300)]).unwrap();
        let again = Run::parse(&run.to_trec(), "r").unwrap();
        assert_eq!(again.name(), "my_run");
        assert_eq!(again.queries, run.queries);
        assert!(run.insert("q1", Vec::new()).is_err());
        assert!(run.insert("q3", vec![ranked("a", f64::NAN)]).is_err());
    }

    #[test]
    fn errors_name_file_and_line() {
        let cases = [
            ("q Q0 a 1 1.0 x\nq Q0 a 2 0.5 x\n", "f:2: document `a` stands twice for query `q`"),
            ("q Q0 a 1 1.0\n", "f:1: 5 columns, but a line of a run has 6"),
            ("q Q0 a 1 nan x\n", "f:1: score `nan` is not a number"),
            ("q Q0 a 1 1,0 x\n", "f:1: score `1,0` is not a number"),
        ];
        for (text, message) in cases {
            assert_eq!(Run::parse(text, "f").unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_prefix_is_taken_off_where_it_stands() {
        let run = Run::parse("q Q0 c/x#1 1 1.0 x\nq Q0 other 2 0.5 x\nq Q0 c/x# 2 0.4 x\n", "f").unwrap();
        assert_eq!(order(&run.stripped("c/x#"), "q"), ["1", "other", "c/x#"]);
    }
}
