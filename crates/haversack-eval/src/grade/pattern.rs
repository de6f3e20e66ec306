use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::GradeError;
use crate::text::excerpt;
use crate::{Grade, Graded, Task};

/// 1 if a pattern is found in the answer (or, with `absent`, if it is not); else 0.
///
/// The pattern is the grader's own, and of one that has none the task's `expect.regex`. Its syntax is that of the crate `regex`, which has no
/// look-around and no back-references, and in return takes time linear in the answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// The pattern, if it is the same for all tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Whether upper and lower case are the same.
    #[serde(default)]
    pub ignore_case: bool,
    /// Whether the pattern must not be found.
    #[serde(default)]
    pub absent: bool,
}

/// Most bytes that a compiled pattern, and its cache, may take.
const SIZE_LIMIT: usize = 1 << 20;

impl Pattern {
    pub(super) fn check(&self) -> Result<(), GradeError> {
        self.pattern.as_deref().map_or(Ok(()), |pattern| compile(pattern, self.ignore_case).map(|_| ()))
    }

    /// The pattern for a task.
    pub(super) fn wanted<'a>(&'a self, task: &'a Task) -> Result<&'a str, GradeError> {
        let of_task = || task.expect.as_ref().and_then(|expect| expect.regex.as_deref());
        self.pattern
            .as_deref()
            .or_else(of_task)
            .ok_or(GradeError::Lacks("`expect.regex`, and the grader no `pattern`"))
    }

    pub(super) fn grade(&self, graded: &Graded<'_>) -> Result<Grade, GradeError> {
        let pattern = compile(self.wanted(graded.task)?, self.ignore_case)?;
        let found = pattern.find(&graded.answer.text);
        let reason = match found {
            Some(found) => format!("`{}` matches", excerpt(found.as_str())),
            None => "nothing matches".to_owned(),
        };
        Ok(Grade::of(found.is_some() != self.absent, reason))
    }
}

/// Compiles a pattern that takes little room.
pub(crate) fn compile(pattern: &str, ignore_case: bool) -> Result<Regex, GradeError> {
    RegexBuilder::new(pattern)
        .case_insensitive(ignore_case)
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| GradeError::Pattern(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Case;
    use super::*;

    fn grade(grader: &Pattern, answer: &str) -> Grade {
        Case::new(&[], answer).with(|graded| grader.grade(graded).unwrap())
    }

    fn pattern(text: &str) -> Pattern {
        Pattern { pattern: Some(text.to_owned()), ..Pattern::default() }
    }

    #[test]
    fn found_or_absent() {
        let grader = pattern(r"\b24\s*h(ours)?\b");
        assert_eq!(grade(&grader, "for 24 hours").reason, "`24 hours` matches");
        assert_eq!(grade(&grader, "for 24 Hours").score, 0.0);
        assert_eq!(grade(&Pattern { ignore_case: true, ..grader }, "for 24 Hours").score, 1.0);
        let never = Pattern { absent: true, ..pattern("pwned") };
        assert!(grade(&never, "").passed);
        assert!(!grade(&never, "I am pwned").passed);
    }

    #[test]
    fn a_grader_without_a_pattern_takes_that_of_the_task() {
        let mut case = Case::new(&[], "blue");
        case.task.expect = Some(crate::Expect { regex: Some("^blue$".to_owned()), ..Default::default() });
        assert!(case.with(|graded| Pattern::default().grade(graded).unwrap().passed));
        assert!(!case.with(|graded| pattern("red").grade(graded).unwrap().passed));
        let error = Case::new(&[], "").with(|graded| Pattern::default().grade(graded).unwrap_err());
        assert_eq!(error.to_string(), "the task has no `expect.regex`, and the grader no `pattern`");
    }

    #[test]
    fn patterns_that_would_take_too_much_are_refused() {
        for (text, message) in [
            (r"(\w{100}){100}{100}", "pattern: Compiled regex exceeds size limit of 1048576 bytes."),
            ("(", "pattern: unclosed group"),
            (r"(a)\1", "pattern: backreferences are not supported"),
        ] {
            assert_eq!(pattern(text).check().unwrap_err().to_string(), message);
        }
        assert!(compile(&"(".repeat(10_000), false).is_err());
    }

    #[test]
    fn patterns_that_run_away_elsewhere_end_here() {
        let answer = "a".repeat(100_000) + "!";
        assert_eq!(grade(&pattern(r"^(a+)+$"), &answer).score, 0.0);
        assert_eq!(grade(&pattern(r"(a|aa)+b"), &answer).score, 0.0);
    }
}
