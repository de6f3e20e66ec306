use serde::{Deserialize, Serialize};

use super::{GradeError, Normalise};
use crate::text::excerpt;
use crate::{Grade, Graded};

/// 1 if the answer is one of the gold answers, both normalised; else 0.
///
/// A gold answer of which nothing is left (`the`, `--`) is compared as it stands, and an empty answer is never right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exact {
    /// What is made alike first.
    #[serde(default)]
    pub normalise: Normalise,
}

impl Exact {
    pub(super) fn grade(self, graded: &Graded<'_>) -> Result<Grade, GradeError> {
        let answers = &graded.task.answers;
        if answers.is_empty() {
            return Err(GradeError::Lacks("`answers`"));
        }
        let said = self.normalise.apply(&graded.answer.text);
        let same = |gold: &&String| {
            let wanted = self.normalise.apply(gold);
            if wanted.is_empty() { same_as_it_stands(gold, &graded.answer.text) } else { wanted == said }
        };
        Ok(match answers.iter().find(same) {
            Some(gold) => Grade::of(true, format!("is `{}`", excerpt(gold))),
            None => Grade::of(false, format!("`{}` is no gold answer", excerpt(&graded.answer.text))),
        })
    }
}

/// Whether two texts that hold no words are the same and not empty.
pub(super) fn same_as_it_stands(gold: &str, said: &str) -> bool {
    !gold.trim().is_empty() && gold.trim() == said.trim()
}

#[cfg(test)]
mod tests {
    use super::super::testing::Case;
    use super::*;

    fn score(normalise: Normalise, gold: &[&str], answer: &str) -> f64 {
        Case::new(gold, answer).with(|graded| Exact { normalise }.grade(graded).unwrap().score)
    }

    #[test]
    fn squad_forgives_case_punctuation_articles_and_space() {
        assert_eq!(score(Normalise::Squad, &["Eiffel Tower"], "the  eiffel tower."), 1.0);
        assert_eq!(score(Normalise::Squad, &["no", "Eiffel Tower"], "Eiffel-Tower"), 0.0);
        assert_eq!(score(Normalise::Squad, &["Eiffel Tower"], "the Eiffel Tower in Paris"), 0.0);
        assert_eq!(score(Normalise::Case, &["Eiffel Tower"], "eiffel tower"), 1.0);
        assert_eq!(score(Normalise::Case, &["Eiffel Tower"], "the eiffel tower"), 0.0);
        assert_eq!(score(Normalise::None, &["Eiffel Tower"], "eiffel tower"), 0.0);
        assert_eq!(score(Normalise::None, &["Eiffel Tower"], " Eiffel Tower\n"), 1.0);
    }

    #[test]
    fn nothing_is_never_right() {
        for normalise in [Normalise::Squad, Normalise::Case, Normalise::None] {
            assert_eq!(score(normalise, &["the", "--", "", " "], ""), 0.0);
            assert_eq!(score(normalise, &["--"], " -- "), 1.0);
        }
        assert_eq!(score(Normalise::Squad, &["--"], "++"), 0.0);
    }

    #[test]
    fn a_task_without_answers_cannot_be_graded() {
        let error = Case::new(&[], "x").with(|graded| Exact::default().grade(graded).unwrap_err());
        assert_eq!(error.to_string(), "the task has no `answers`");
    }
}
