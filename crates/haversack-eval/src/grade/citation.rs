use std::collections::BTreeSet;

use haversack_model::{Passage, Span};
use serde::{Deserialize, Serialize};

use super::GradeError;
use crate::pack_view::answer::Words;
use crate::text::excerpt;
use crate::{Grade, Graded};

/// The share of the answer's citations that are correct; an answer without citations gets 0.
///
/// A citation is correct if it names a passage of the pack (by its citation, or by its number as `1` or `[1]`) and that
/// passage supports the answer: a gold answer stands in its text; or it shares a byte with a gold span of its document; or its
/// document is gold and no gold span of it is known. The same passage cited twice counts once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// The score that passes, from 0 to 1.
    #[serde(default = "whole")]
    pub threshold: f64,
}

fn whole() -> f64 {
    1.0
}

impl Default for Citation {
    fn default() -> Self {
        Self { threshold: whole() }
    }
}

impl Citation {
    pub(super) fn grade(self, graded: &Graded<'_>) -> Result<Grade, GradeError> {
        super::grader::citation_needs(graded.gold)?;
        let cited: BTreeSet<&str> = graded.answer.citations.iter().map(|citation| citation.trim()).collect();
        let mut places = BTreeSet::new();
        let (mut correct, mut problem) = (0_usize, None);
        for citation in cited {
            let passages = named(citation, &graded.pack.passages);
            // Two names of one passage are one citation.
            if !places.insert(passages.first().map_or(citation, |passage| &passage.citation)) {
                continue;
            }
            if passages.iter().any(|passage| supports(passage, graded)) {
                correct += 1;
            } else {
                let what = if passages.is_empty() { "is not in the pack" } else { "supports nothing" };
                problem.get_or_insert_with(|| format!("; `{}` {what}", excerpt(citation)));
            }
        }
        if places.is_empty() {
            return Ok(Grade { score: 0.0, passed: false, reason: "cites nothing".to_owned() });
        }
        let score = correct as f64 / places.len() as f64;
        let reason = format!("{correct} of {} correct{}", places.len(), problem.unwrap_or_default());
        Ok(Grade::share(score, self.threshold, reason))
    }
}

/// The passages that a citation names: several, where parts of one long line share their lines.
fn named<'a>(citation: &str, passages: &'a [Passage]) -> Vec<&'a Passage> {
    let by_name: Vec<_> = passages.iter().filter(|passage| passage.citation == citation).collect();
    if !by_name.is_empty() {
        return by_name;
    }
    let inner = citation.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(citation);
    let is_number = !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_digit());
    let number = inner.parse().ok().filter(|_| is_number).and_then(|number: usize| number.checked_sub(1));
    number.and_then(|number| passages.get(number)).into_iter().collect()
}

fn supports(passage: &Passage, graded: &Graded<'_>) -> bool {
    let gold = graded.gold;
    let words = Words::of(&passage.text);
    if gold.answers.iter().any(|answer| words.hold(answer)) {
        return true;
    }
    let mut spans = gold.spans.iter().filter(|span| span.document == passage.document).peekable();
    if spans.peek().is_some() {
        return spans.any(|span| passage.span.overlaps(&Span::new(span.from, span.to)));
    }
    gold.documents.contains(&passage.document)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, pack};
    use super::*;
    use crate::GoldSpan;

    const A: &str = "c/a.md#L1-L2";
    const B: &str = "c/b.md#L5-L6";

    fn case(citations: &[&str]) -> Case {
        let mut case = Case::new(&["24 hours"], "a day");
        case.pack = pack(&[
            ("c/a.md", (1, 2), "It is valid for 24 hours."),
            ("c/b.md", (5, 6), "Nothing of it."),
            ("c/g.md", (1, 1), "Gold."),
        ]);
        case.gold.documents = vec!["c/g.md".parse().unwrap()];
        case.answer.citations = citations.iter().map(|citation| (*citation).to_owned()).collect();
        case
    }

    fn grade(case: &Case) -> Grade {
        case.with(|graded| Citation::default().grade(graded).unwrap())
    }

    #[test]
    fn correct_is_in_the_pack_and_supports() {
        assert_eq!(grade(&case(&[A])).score, 1.0);
        assert_eq!(grade(&case(&["c/g.md#L1-L1", A])).score, 1.0);
        let half = grade(&case(&[A, B]));
        assert_eq!((half.score, half.passed), (0.5, false));
        assert_eq!(half.reason, "1 of 2 correct; `c/b.md#L5-L6` supports nothing");
        assert_eq!(
            grade(&case(&["c/x.md#L1-L2"])).reason,
            "0 of 1 correct; `c/x.md#L1-L2` is not in the pack"
        );
        assert_eq!(grade(&case(&[])).reason, "cites nothing");
        assert_eq!(grade(&case(&[""])).score, 0.0);
    }

    #[test]
    fn numbers_name_passages_too_and_twice_is_once() {
        assert_eq!(grade(&case(&["[1]", "1", A, " [1] "])).reason, "1 of 1 correct");
        assert_eq!(grade(&case(&["[2]", "1"])).score, 0.5);
        for wrong in ["0", "[0]", "4", "+1", "[1", "99999999999999999999999", "１"] {
            assert_eq!(grade(&case(&[wrong])).score, 0.0, "{wrong}");
        }
    }

    #[test]
    fn gold_spans_are_narrower_than_gold_documents() {
        let mut case = case(&[B]);
        case.gold.documents.push("c/b.md".parse().unwrap());
        assert_eq!(grade(&case).score, 1.0);
        // The passage is bytes 500..514.
        case.gold.spans = vec![GoldSpan { document: "c/b.md".parse().unwrap(), from: 0, to: 500 }];
        assert_eq!(grade(&case).score, 0.0);
        case.gold.spans[0].to = 501;
        assert_eq!(grade(&case).score, 1.0);
    }

    #[test]
    fn an_empty_pack_supports_nothing() {
        let mut case = case(&["[1]", A]);
        case.pack = pack(&[]);
        assert_eq!(grade(&case).score, 0.0);
        case.gold = crate::Gold::default();
        assert!(case.with(|graded| Citation::default().grade(graded)).is_err());
    }
}
