//! Runs: every task of a suite is put to an agent, as often as asked, and what came of it recorded.

mod answering;
mod cache;
mod error;
mod means;
mod packing;
mod pairs;
mod plan;
mod probing;
mod record;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
mod working;

use std::sync::atomic::AtomicBool;

pub use cache::{OutcomeCache, OutcomeKey};
pub use error::{PackError, RunError};
pub use means::TagMean;
pub use packing::PackSource;
pub use pairs::pairs;
pub use plan::{RunPlan, task_digest};
pub use probing::{ProbeJob, Probed};
pub use record::{RunRecord, Totals};

use crate::{Agent, Answer, Entry, Grading, GradingError, Journal, Task};
use haversack_model::Pack;

/// Grades one answer.
pub type Marking<'a> = dyn Fn(&Task, &Pack, &Answer) -> Result<Grading, GradingError> + Sync + 'a;

/// Puts a plan's tasks to an agent.
///
/// Where nothing is known of a task, trial and pack, the agent is asked; what it says is graded, and stands in the journal
/// before the next question. Several questions are asked at once where the agent allows it; the record is the same
/// whatever their order.
///
/// ```
/// # use haversack_eval::*;
/// # use haversack_model::{Digest, Pack, Principal};
/// # struct Echo;
/// # impl Agent for Echo {
/// #     fn fingerprint(&self) -> Digest { Digest::of(b"echo") }
/// #     fn answer(&self, question: &Question<'_>) -> Result<Answer, AgentError> {
/// #         Ok(Answer { text: question.query.to_owned(), ..Answer::default() })
/// #     }
/// # }
/// # fn pack(query: &str) -> Pack { serde_json::from_value(serde_json::json!({
/// #     "pack_id": Digest::of(query.as_bytes()), "version": Digest::of(b"v"), "query": query, "budget": 9,
/// #     "tokenizer": "o200k", "tokens": 0, "text": "", "passages": [], "decisions": [], "warnings": [], "timings_us":
/// #     {"embed": 0, "lexical": 0, "dense": 0, "fuse": 0, "rerank": 0, "select": 0, "render": 0, "total": 0}})).unwrap() }
/// # let folder = tempfile::tempdir()?;
/// let mut suite = Suite::new("smoke");
/// suite.tasks = vec![Task::new("t1", "yes"), Task::new("t2", "no")];
/// # let (version, graders) = (Digest::of(b"v"), Digest::of(b"g"));
/// # let environment = Environment { program: "p".into(), os: "o".into(), arch: "a".into(), cpus: 1 };
/// # let record = AgentRecord { name: "echo".into(), fingerprint: Echo.fingerprint(), spec: serde_json::Value::Null };
/// # let mut plan = RunPlan::new(&suite, "docs", version, record, graders, environment);
/// # plan.budget = 9;
/// let runs = Runs::new(folder.path());
/// let mut journal = runs.create(plan.header(1_000)?, &JournalOptions::default())?;
/// let runner = Runner {
///     packs: &|task: &Task, _budget: u32, _: &Principal| Ok(pack(&task.query)),
///     agent: &Echo,
///     grade: &|_, _, answer| Ok(Grading::all_or_nothing(answer.text == "yes")),
///     cache: &OutcomeCache::default(),
///     options: RunOptions::new(&|| 1_000),
/// };
///
/// let record = runner.run(&plan, &mut journal)?;
/// assert!(record.complete);
/// assert_eq!((record.totals.calls, record.mean_score()), (2, Some(0.5)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Runner<'a> {
    /// Makes packs.
    pub packs: &'a dyn PackSource,
    /// Answers.
    pub agent: &'a dyn Agent,
    /// Grades; several threads may call it at once.
    pub grade: &'a Marking<'a>,
    /// Outcomes that are known already.
    pub cache: &'a OutcomeCache,
    /// How to go about it.
    pub options: RunOptions<'a>,
}

/// How a run goes about it.
#[derive(Clone, Copy)]
pub struct RunOptions<'a> {
    /// Questions at once, if the agent allows as many; 1 or more.
    pub concurrency: usize,
    /// Whether calls that failed are made again when a run goes on. An answer that only a grader failed on is not asked
    /// for again.
    pub retry_failed: bool,
    /// Looked at between calls; once true, no further question is asked.
    pub cancel: Option<&'a AtomicBool>,
    /// Told of every outcome when it stands in the journal, one at a time.
    pub progress: Option<&'a (dyn Fn(&RunProgress<'_>) + Sync)>,
    /// Milliseconds since 1970.
    pub clock: &'a (dyn Fn() -> u64 + Sync),
}

impl<'a> RunOptions<'a> {
    /// As many questions at once as the agent allows; failed calls stay failed.
    #[must_use]
    pub fn new(clock: &'a (dyn Fn() -> u64 + Sync)) -> Self {
        Self { concurrency: usize::MAX, retry_failed: false, cancel: None, progress: None, clock }
    }
}

/// One more outcome is there.
#[derive(Debug, Clone, Copy)]
pub struct RunProgress<'a> {
    /// Outcomes that are there, those of before the run was resumed included.
    pub done: u64,
    /// Outcomes of the whole run.
    pub planned: u64,
    /// The new one.
    pub entry: &'a Entry,
}

impl Runner<'_> {
    /// Runs what the journal does not have yet.
    ///
    /// A run that ends before its end (cancelled, out of budget, or stopped by a failed call) is no error: the record says
    /// so, and the journal can be resumed. A run whose journal is complete calls nobody.
    ///
    /// # Errors
    /// When the journal is of another plan or cannot be written, or a pack cannot be made.
    pub fn run(&self, plan: &RunPlan<'_>, journal: &mut Journal) -> Result<RunRecord, RunError> {
        let planned = plan.header(journal.header().at)?;
        if let Some(what) = journal.header().differs(&planned) {
            return Err(RunError::OtherPlan { run: journal.header().run.clone(), what });
        }
        let ended = working::work(self, plan, &planned, &mut *journal)?;
        let record = RunRecord::of(journal.recording());
        match ended {
            Some(reason) => journal.stopped((self.options.clock)(), reason)?,
            None if journal.recording().finished.is_none() => {
                journal.finished((self.options.clock)(), record.totals)?;
            }
            None => {}
        }
        Ok(RunRecord::of(journal.recording()))
    }
}
