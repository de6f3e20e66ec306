use std::collections::BTreeMap;

use crate::Ranked;

/// What the judgments say of one retrieved document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgment {
    /// The document is not among the judged ones.
    Unknown,
    /// In the pool, but with a negative grade: nobody judged it.
    Unjudged,
    /// Judged; 0 is not relevant.
    Grade(u32),
}

/// One query's ranking with the judgment of each document, and all that was judged for the query: what every
/// measure of rankings is computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Judgments of the retrieved documents, best first.
    pub ranking: Vec<Judgment>,
    /// Grades of all judged documents, retrieved or not, best first; negative grades are left out.
    pub grades: Vec<u32>,
}

impl Judged {
    /// Joins a ranking with the judgments of its query.
    #[must_use]
    pub fn new(judgments: &BTreeMap<String, i32>, ranking: &[Ranked]) -> Self {
        let mut grades: Vec<u32> =
            judgments.values().filter_map(|grade| u32::try_from(*grade).ok()).collect();
        grades.sort_unstable_by(|a, b| b.cmp(a));
        let judge = |ranked: &Ranked| match judgments.get(&ranked.document) {
            None => Judgment::Unknown,
            Some(grade) => u32::try_from(*grade).map_or(Judgment::Unjudged, Judgment::Grade),
        };
        Self { ranking: ranking.iter().map(judge).collect(), grades }
    }

    /// The same with a fixed meaning of "relevant": a grade of `level` or more.
    pub(crate) fn at(&self, level: u32) -> Binary<'_> {
        let relevant = self.grades.iter().filter(|grade| **grade >= level).count();
        Binary { judged: self, level, relevant }
    }

    /// Gain of the document at each rank: its grade, or 0.
    pub(crate) fn gains(&self) -> impl Iterator<Item = u32> {
        self.ranking.iter().map(|judgment| match judgment {
            Judgment::Grade(grade) => *grade,
            Judgment::Unknown | Judgment::Unjudged => 0,
        })
    }

    /// Gains of the best possible ranking: the positive grades, best first.
    pub(crate) fn ideal(&self) -> impl Iterator<Item = u32> {
        self.grades.iter().copied().take_while(|grade| *grade > 0)
    }
}

/// A judged ranking seen as relevant or not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binary<'a> {
    pub(crate) judged: &'a Judged,
    level: u32,
    /// Relevant documents among the judged ones (R).
    pub(crate) relevant: usize,
}

impl Binary<'_> {
    /// Whether the document at each rank is relevant.
    pub(crate) fn hits(&self) -> impl DoubleEndedIterator<Item = bool> + ExactSizeIterator {
        self.judged.ranking.iter().map(|judgment| self.is_relevant(*judgment))
    }

    pub(crate) fn is_relevant(&self, judgment: Judgment) -> bool {
        matches!(judgment, Judgment::Grade(grade) if grade >= self.level)
    }

    /// Relevant documents among the first `k`.
    pub(crate) fn found(&self, k: usize) -> usize {
        self.hits().take(k).filter(|hit| *hit).count()
    }

    /// Relevant documents retrieved at all.
    pub(crate) fn found_all(&self) -> usize {
        self.found(usize::MAX)
    }

    /// Documents retrieved.
    pub(crate) fn retrieved(&self) -> usize {
        self.judged.ranking.len()
    }

    /// Judged documents that are not relevant.
    pub(crate) fn not_relevant(&self) -> usize {
        self.judged.grades.len() - self.relevant
    }
}

/// `part / whole`, or 0 where there is no whole.
pub(crate) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Reads `+` (relevant), `-` (judged not relevant), `?` (in the pool, unjudged), `.` (unknown) or a grade.
#[cfg(test)]
pub(crate) fn drawn(ranking: &str, not_retrieved: &[u32]) -> Judged {
    let read = |c: char| match c {
        '+' => Judgment::Grade(1),
        '-' => Judgment::Grade(0),
        '?' => Judgment::Unjudged,
        '.' => Judgment::Unknown,
        grade => Judgment::Grade(grade.to_digit(10).unwrap()),
    };
    let ranking: Vec<Judgment> = ranking.chars().map(read).collect();
    let mut grades = not_retrieved.to_vec();
    grades.extend(ranking.iter().filter_map(|judgment| match judgment {
        Judgment::Grade(grade) => Some(*grade),
        _ => None,
    }));
    grades.sort_unstable_by(|a, b| b.cmp(a));
    Judged { ranking, grades }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ranking_meets_its_judgments() {
        let judgments = [("a", 2), ("b", 0), ("c", -1), ("d", 1)].map(|(id, grade)| (id.to_owned(), grade));
        let ranking = ["c", "x", "a", "b"].map(|id| Ranked { document: id.to_owned(), score: 0.0 });
        let judged = Judged::new(&judgments.into(), &ranking);
        assert_eq!(judged, drawn("?.2-", &[1]));
        assert_eq!(judged.grades, [2, 1, 0]);
        assert_eq!((judged.at(1).relevant, judged.at(2).relevant), (2, 1));
        assert_eq!((judged.at(1).found_all(), judged.at(1).not_relevant()), (1, 1));
    }
}
