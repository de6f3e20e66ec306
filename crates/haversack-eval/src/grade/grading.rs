use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use haversack_model::{Digest, Pack, canonical};

use super::{GradeError, GradingError, Models};
use crate::{Answer, Grade, Graded, Grader, Suite, Task, Usage};

/// What all graders of a task say of one answer: the parts of an [`Outcome`](crate::Outcome) that are theirs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grading {
    /// The mean of the scores, from 0 to 1; every grader counts alike.
    pub score: f64,
    /// Whether every grader was content.
    pub passed: bool,
    /// What each said, by name.
    pub grades: BTreeMap<String, Grade>,
    /// What it cost; nothing without judges.
    pub usage: Usage,
}

impl Grading {
    /// Passed with 1, or failed with 0, by nobody in particular.
    #[must_use]
    pub fn all_or_nothing(passed: bool) -> Self {
        Self { score: f64::from(u8::from(passed)), passed, ..Self::default() }
    }

    /// Itself, if every number in it is one: a grader that says NaN, or 3, has failed.
    pub(crate) fn checked(self) -> Result<Self, GradingError> {
        let grades = self.grades.values().map(|grade| grade.score);
        let wrong = std::iter::once(self.score).chain(grades).find(|score| !(0.0..=1.0).contains(score));
        match wrong {
            Some(score) => Err(GradingError::OutOfRange(score)),
            None if !self.usage.cost.is_finite() => Err(GradingError::Cost(self.usage.cost)),
            None => Ok(self),
        }
    }
}

/// Has all graders of a task grade an answer.
///
/// ```
/// use haversack_eval::{Answer, Models, Suite, SuiteHeader, Task, grade_all};
/// # use haversack_model::{Digest, Pack, Timings};
/// # let pack = Pack { pack_id: Digest::of(b""), version: Digest::of(b""), query: String::new(), budget: 9,
/// #     tokenizer: String::new(), tokens: 0, text: String::new(), passages: vec![], decisions: vec![],
/// #     warnings: vec![], timings_us: Timings::default() };
/// let mut suite = Suite::new("smoke");
/// let header = "name = 'smoke'\ngraders = ['f1', 'exact']\n[grader.f1]\nkind = 'f1'\n[grader.exact]\nkind = 'exact'\n";
/// suite.header = SuiteHeader::parse(header, "suite.toml")?;
/// let mut task = Task::new("t1", "how long does the key stay valid?");
/// task.answers = vec!["24 hours".to_owned()];
///
/// let answer = Answer { text: "for 24 hours".to_owned(), ..Answer::default() };
/// let grading = grade_all(&suite, &task, &pack, &answer, &Models::none())?;
/// assert_eq!((grading.grades["f1"].score, grading.grades["exact"].score), (0.8, 0.0));
/// assert_eq!((grading.score, grading.passed), (0.4, false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the task has no grader, or one of them fails: a grade that is missing is never left out of the mean.
pub fn grade_all(
    suite: &Suite,
    task: &Task,
    pack: &Pack,
    answer: &Answer,
    models: &Models,
) -> Result<Grading, GradeError> {
    let gold = suite.gold(task);
    let graded = Graded { task, gold: &gold, pack, answer };
    let mut usage = Usage::default();
    let mut grades = BTreeMap::new();
    for (name, grader) in graders(suite, task)? {
        let (grade, cost) = grader.grade(&graded, models).map_err(|error| named(name, error))?;
        usage += cost;
        grades.insert(name.to_owned(), grade);
    }
    // In the order of names, so that the sum has the same bits however the suite lists them.
    let sum: f64 = grades.values().map(|grade| grade.score).sum();
    let score = (sum / grades.len() as f64).clamp(0.0, 1.0);
    Ok(Grading { score, passed: grades.values().all(|grade| grade.passed), grades, usage })
}

/// The identity of the graders that grade a suite whose files stand in `folder`: names, settings, models, prompts and program
/// files of all that a task names, or that are the suite's own. With equal identities, outcomes of the same task, agent, pack and trial need not be graded again.
///
/// What is gold for a task, and which graders it names, is part of the task, not of this.
///
/// # Errors
/// When a grader is not there, or the model of a judge is not, or a file of a program cannot be read.
pub fn graders_identity(suite: &Suite, folder: &Path, models: &Models) -> Result<Digest, GradeError> {
    let own = suite.tasks.iter().flat_map(|task| &task.graders);
    let names: BTreeSet<&String> = own.chain(&suite.header.default_graders).collect();
    let mut identities = BTreeMap::new();
    for name in names {
        let grader = find(suite, name)?;
        identities.insert(name, grader.fingerprint(folder, models).map_err(|error| named(name, error))?);
    }
    // The suite's own graders are those of every task that names none.
    Ok(canonical::digest("graders", &(identities, &suite.header.default_graders))?)
}

/// The graders of a task with their names; each name once, in the order that the suite or task lists them.
fn graders<'a>(suite: &'a Suite, task: &'a Task) -> Result<Vec<(&'a str, &'a Grader)>, GradeError> {
    let mut found: Vec<(&str, &Grader)> = Vec::new();
    for name in suite.grader_names(task) {
        let grader =
            suite.header.graders.get(name).ok_or_else(|| GradeError::Unknown { name: name.clone() })?;
        if !found.iter().any(|(other, _)| other == name) {
            found.push((name, grader));
        }
    }
    if found.is_empty() { Err(GradeError::NoGrader { task: task.id.clone() }) } else { Ok(found) }
}

fn find<'a>(suite: &'a Suite, name: &str) -> Result<&'a Grader, GradeError> {
    suite.header.graders.get(name).ok_or_else(|| GradeError::Unknown { name: name.to_owned() })
}

fn named(name: &str, source: GradeError) -> GradeError {
    GradeError::Named { name: name.to_owned(), source: Box::new(source) }
}
