use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::GradeError;
use super::exact::same_as_it_stands;
use super::squad::tokens;
use crate::text::excerpt;
use crate::{Grade, Graded};

/// The best F1 of words shared with a gold answer, as SQuAD counts it (Rajpurkar et al., EMNLP 2016, section 6.1).
///
/// Of the shared words (with their numbers), precision is the share of the answer's and recall that of the gold answer's;
/// F1 is their harmonic mean. A gold answer of which normalisation leaves nothing is compared as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct F1 {
    /// The score that passes, from 0 to 1.
    #[serde(default = "half")]
    pub threshold: f64,
}

fn half() -> f64 {
    0.5
}

impl Default for F1 {
    fn default() -> Self {
        Self { threshold: half() }
    }
}

impl F1 {
    pub(super) fn grade(self, graded: &Graded<'_>) -> Result<Grade, GradeError> {
        let said = tokens(&graded.answer.text);
        let scored = graded.task.answers.iter().map(|gold| {
            let wanted = tokens(gold);
            let empty = if same_as_it_stands(gold, &graded.answer.text) { 1.0 } else { 0.0 };
            (if wanted.is_empty() { empty } else { f1(&wanted, &said) }, gold)
        });
        // The first of equals, so that the reason is the same wherever it is computed.
        let best = scored.reduce(|best, next| if next.0 > best.0 { next } else { best });
        let (score, gold) = best.ok_or(GradeError::Lacks("`answers`"))?;
        Ok(Grade::share(score, self.threshold, format!("F1 {score:.2} with `{}`", excerpt(gold))))
    }
}

fn f1(wanted: &[String], said: &[String]) -> f64 {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for token in wanted {
        *left.entry(token).or_default() += 1;
    }
    let mut shared = 0_usize;
    for token in said {
        if let Some(count) = left.get_mut(token.as_str()).filter(|count| **count > 0) {
            *count -= 1;
            shared += 1;
        }
    }
    if shared == 0 {
        return 0.0;
    }
    let precision = shared as f64 / said.len() as f64;
    let recall = shared as f64 / wanted.len() as f64;
    // Rounding may leave 1 by a bit.
    (2.0 * precision * recall / (precision + recall)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Case;
    use super::*;

    fn grade(gold: &[&str], answer: &str) -> Grade {
        Case::new(gold, answer).with(|graded| F1::default().grade(graded).unwrap())
    }

    /// By hand from the official definition: 2pr / (p + r) over bags of normalised words.
    #[test]
    fn f1_is_that_of_the_official_script() {
        let close = |gold: &[&str], answer: &str, expected: f64| {
            let got = grade(gold, answer).score;
            assert!((got - expected).abs() < 1e-12, "{answer}: {got}, not {expected}");
        };
        // 3 shared of 5 said and 3 wanted: p 3/5, r 1, F1 3/4.
        close(&["signing key rotation"], "rotation of the signing keychain key", 0.75);
        // 2 shared of 4 said (the article goes) and 3 wanted: p 1/2, r 2/3, F1 4/7.
        close(&["old signing key"], "a new signing key today", 4.0 / 7.0);
        // A word counts as often as both have it: 2 shared of 3 said and 2 wanted.
        close(&["very very"], "very very very", 4.0 / 5.0);
        // The best of the gold answers.
        close(&["no", "Ana Lee"], "ana lee", 1.0);
        close(&["Ana"], "", 0.0);
        close(&["Ana"], "the", 0.0);
        close(&["the"], "", 0.0);
        close(&["--"], "--", 1.0);
        close(&["U.S."], "us", 1.0);
    }

    #[test]
    fn the_threshold_decides() {
        let of = |threshold| {
            Case::new(&["a b c d"], "b").with(|graded| F1 { threshold }.grade(graded).unwrap().passed)
        };
        // p 1, r 1/3: F1 1/2, which the threshold of 1/2 admits.
        assert!(of(0.5));
        assert!(!of(0.51));
        assert!(of(0.0));
    }
}
