use serde::{Deserialize, Serialize};

use super::GradeError;
use crate::pack_view::answer::Words;
use crate::text::excerpt;
use crate::{Grade, Graded};

/// 1 if a gold answer stands in the answer, word for word and unbroken; else 0.
///
/// Words are compared as `answer@` measures compare them: letters and digits in lower case, without the articles. An
/// agent that says everything is right by this grader; join it with one that is not so easily content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contains {}

impl Contains {
    pub(super) fn grade(self, graded: &Graded<'_>) -> Result<Grade, GradeError> {
        let answers = &graded.task.answers;
        if answers.is_empty() {
            return Err(GradeError::Lacks("`answers`"));
        }
        let said = Words::of(&graded.answer.text);
        Ok(match answers.iter().find(|gold| said.hold(gold)) {
            Some(gold) => Grade::of(true, format!("holds `{}`", excerpt(gold))),
            None => Grade::of(false, "holds no gold answer"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Case;
    use super::*;

    fn score(gold: &[&str], answer: &str) -> f64 {
        Case::new(gold, answer).with(|graded| Contains {}.grade(graded).unwrap().score)
    }

    #[test]
    fn words_are_bounded_and_unbroken() {
        assert_eq!(score(&["24 hours"], "It stays valid for 24 hours [1]."), 1.0);
        assert_eq!(score(&["24 hours"], "It stays valid for 124 hours."), 0.0);
        assert_eq!(score(&["24 hours"], "24 or 48 hours"), 0.0);
        assert_eq!(score(&["Zürich"], "in ZÜRICH, mostly"), 1.0);
        assert_eq!(score(&["x"], ""), 0.0);
    }

    #[test]
    fn a_huge_answer_is_read_to_its_end() {
        let answer = "no ".repeat(200_000) + "needle";
        assert_eq!(score(&["needle"], &answer), 1.0);
        assert_eq!(score(&["no needle no"], &answer), 0.0);
    }
}
