use std::path::Path;

use haversack_model::{Digest, canonical};
use serde::{Deserialize, Serialize};

use super::{
    Abstained, Citation, Command, Contains, Exact, F1, GradeError, JsonPath, Judge, Models, Numeric, Pattern,
};
use crate::{Gold, Grade, Graded, Task, Usage};

/// What says how good an answer is: a table `[grader.NAME]` of `suite.toml`, of the kind that it names.
///
/// ```
/// use haversack_eval::{Grader, SuiteHeader};
/// let text = "name = \"s\"\ngraders = [\"close\"]\n[grader.close]\nkind = \"f1\"\nthreshold = 0.8\n";
/// let header = SuiteHeader::parse(text, "suite.toml")?;
/// assert!(matches!(&header.graders["close"], Grader::F1(f1) if f1.threshold == 0.8));
/// # Ok::<(), haversack_eval::EvalError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Grader {
    /// The answer is a gold answer.
    Exact(Exact),
    /// A gold answer stands in the answer.
    Contains(Contains),
    /// A pattern is found in the answer.
    Regex(Pattern),
    /// A number in the answer is near the gold number.
    Numeric(Numeric),
    /// The answer shares words with a gold answer.
    F1(F1),
    /// The answer is JSON with given values at given paths.
    JsonPath(JsonPath),
    /// The answer cites passages that support it.
    Citation(Citation),
    /// The agent abstained where, and only where, there is no answer.
    Abstained(Abstained),
    /// What a program says.
    Command(Command),
    /// What a model says.
    Judge(Judge),
}

impl Grader {
    /// Grades one answer, and says what that cost. Models of judges are found in `models`.
    ///
    /// Whatever the kind: who abstains from a task that has an answer gets 0. Of a task that has none, `exact`, `contains`,
    /// `numeric`, `f1`, `json_path` and `citation` give 1 for an abstention and 0 for anything else; `abstained`,
    /// `regex`, `command` and `judge` look at the answer.
    ///
    /// # Errors
    /// When the task lacks what the grader compares with, a pattern is bad, or a program or model fails.
    pub fn grade(&self, graded: &Graded<'_>, models: &Models) -> Result<(Grade, Usage), GradeError> {
        if let Some(grade) = self.by_abstention(graded) {
            return Ok((grade, Usage::default()));
        }
        let grade = match self {
            Self::Exact(grader) => grader.grade(graded),
            Self::Contains(grader) => grader.grade(graded),
            Self::Regex(grader) => grader.grade(graded),
            Self::Numeric(grader) => grader.grade(graded),
            Self::F1(grader) => grader.grade(graded),
            Self::JsonPath(grader) => grader.grade(graded),
            Self::Citation(grader) => grader.grade(graded),
            Self::Abstained(grader) => Ok(grader.grade(graded)),
            Self::Command(grader) => grader.grade(graded),
            Self::Judge(grader) => return grader.grade(graded, models),
        };
        Ok((grade?, Usage::default()))
    }

    /// The identity of the grader, its kind, settings, and model or prompt: equal fingerprints grade alike.
    ///
    /// Of a program its command line and `version` are known, and the bytes of those files in its command line that are
    /// under `folder`, the suite's.
    ///
    /// # Errors
    /// When a judge's model is not in `models`, a file of a program cannot be read, or a setting has no canonical form.
    pub fn fingerprint(&self, folder: &Path, models: &Models) -> Result<Digest, GradeError> {
        if let Self::Command(command) = self {
            let files = command.files(folder)?;
            if !files.is_empty() {
                return Ok(canonical::digest("grader", &(VERSION, self, files))?);
            }
        }
        let model = match self {
            Self::Judge(judge) => Some(judge.identity(models)?),
            _ => None,
        };
        Ok(canonical::digest("grader", &(VERSION, self, model))?)
    }

    /// Refuses settings that are out of range or cannot be compiled.
    ///
    /// # Errors
    /// With the setting.
    pub(crate) fn check(&self) -> Result<(), GradeError> {
        match self {
            Self::Exact(_) | Self::Contains(_) | Self::Abstained(_) => Ok(()),
            Self::Regex(grader) => grader.check(),
            Self::Numeric(grader) => grader.check(),
            Self::F1(F1 { threshold }) | Self::Citation(Citation { threshold }) => {
                check_threshold(*threshold)
            }
            Self::JsonPath(grader) => grader.check(),
            Self::Command(grader) => grader.check(),
            Self::Judge(grader) => grader.check(),
        }?;
        canonical::digest("grader", self)?;
        Ok(())
    }

    /// Refuses a task that lacks what the grader compares with.
    ///
    /// # Errors
    /// With what is lacking.
    pub(crate) fn check_task(&self, task: &Task, gold: &Gold) -> Result<(), GradeError> {
        if task.unanswerable && !self.looks_anyway() {
            return Ok(());
        }
        match self {
            Self::Abstained(_) | Self::Command(_) => Ok(()),
            Self::Judge(_) if task.unanswerable => Ok(()),
            Self::Exact(_) | Self::Contains(_) | Self::F1(_) | Self::Judge(_) => {
                if task.answers.is_empty() {
                    Err(GradeError::Lacks("`answers`"))
                } else {
                    Ok(())
                }
            }
            Self::Regex(grader) => grader.wanted(task).map(|_| ()),
            Self::Numeric(grader) => grader.gold(task).map(|_| ()),
            Self::JsonPath(grader) => grader.wanted(task).map(|_| ()),
            Self::Citation(_) => citation_needs(gold),
        }
    }

    /// Whether it looks at the answer although the task has none.
    fn looks_anyway(&self) -> bool {
        matches!(self, Self::Abstained(_) | Self::Regex(_) | Self::Command(_) | Self::Judge(_))
    }

    /// The grade, where abstaining or not decides it alone.
    fn by_abstention(&self, graded: &Graded<'_>) -> Option<Grade> {
        match (graded.task.unanswerable, graded.answer.abstained) {
            (false, true) => Some(Grade::of(false, "abstained, but there is an answer")),
            (true, true) if !self.looks_anyway() => Some(Grade::of(true, "abstained, rightly")),
            (true, false) if !self.looks_anyway() => Some(Grade::of(false, "answered what has no answer")),
            _ => None,
        }
    }
}

/// Raised when a grader of the same settings grades otherwise than before.
const VERSION: u32 = 1;

pub(super) fn citation_needs(gold: &Gold) -> Result<(), GradeError> {
    if gold.answers.is_empty() && gold.documents.is_empty() && gold.spans.is_empty() {
        return Err(GradeError::Lacks("`answers`, `documents`, `spans` or relevant judgments"));
    }
    Ok(())
}

/// Refuses a threshold that is not from 0 to 1.
pub(super) fn check_threshold(threshold: f64) -> Result<(), GradeError> {
    if (0.0..=1.0).contains(&threshold) {
        Ok(())
    } else {
        Err(GradeError::Setting { key: "threshold", expected: "a number from 0 to 1" })
    }
}
