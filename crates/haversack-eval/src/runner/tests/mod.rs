//! What a run does with answers, failures, budgets, interruptions and what is known already.

mod exports;
mod failures;
mod order;
mod reuse;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};

use haversack_model::{Digest, Pack, Principal};

use super::samples::{pack, plan, suite};
use super::*;
use crate::{
    AgentError, AgentRecord, Environment, Journal, JournalError, JournalOptions, Outcome, Question,
    RunHeader, Runs, Status, Stop, Suite, Usage, outcomes_csv, outcomes_from_jsonl, outcomes_jsonl,
};

type Says = dyn Fn(&Question<'_>, usize) -> Result<Answer, AgentError> + Send + Sync;

/// An agent that says what a closure says of the question and the number of the call, and notes what it was asked.
struct Scripted {
    says: Box<Says>,
    asked: Mutex<Vec<(String, u32)>>,
    concurrency: usize,
}

impl Scripted {
    fn new(
        says: impl Fn(&Question<'_>, usize) -> Result<Answer, AgentError> + Send + Sync + 'static,
    ) -> Self {
        Self { says: Box::new(says), asked: Mutex::default(), concurrency: 1 }
    }

    fn right() -> Self {
        Self::new(|question, _| Ok(said(question.query)))
    }

    fn asked(&self) -> Vec<(String, u32)> {
        self.asked.lock().unwrap().clone()
    }
}

impl Agent for Scripted {
    fn fingerprint(&self) -> Digest {
        Digest::of(b"agent")
    }

    fn answer(&self, question: &Question<'_>) -> Result<Answer, AgentError> {
        let number = {
            let mut asked = self.asked.lock().unwrap();
            asked.push((question.task.to_owned(), question.trial));
            asked.len() - 1
        };
        (self.says)(question, number)
    }

    fn concurrency(&self) -> usize {
        self.concurrency
    }
}

fn said(text: &str) -> Answer {
    let usage = Usage { calls: 1, input_tokens: 10, output_tokens: 2, cost: 0.25 };
    Answer { text: text.to_owned(), usage, ..Answer::default() }
}

fn failure() -> AgentError {
    AgentError::Failed { reason: "it hung up".to_owned() }
}

/// Right is who repeats the query.
fn grade(task: &Task, _: &Pack, answer: &Answer) -> Result<Grading, GradingError> {
    Ok(Grading::all_or_nothing(answer.text == task.query))
}

fn packs(task: &Task, budget: u32, principal: &Principal) -> Result<Pack, PackError> {
    assert_eq!((budget, principal.name.as_str()), (task.budget.unwrap_or(2_000), "anyone"));
    Ok(pack(&task.query, &[&task.query]))
}

struct Bench {
    folder: tempfile::TempDir,
    cache: OutcomeCache,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), cache: OutcomeCache::default() }
    }

    fn runs(&self) -> Runs {
        Runs::new(self.folder.path())
    }

    fn begin(&self, plan: &RunPlan<'_>, at: u64) -> Journal {
        self.runs().create(plan.header(at).unwrap(), &JournalOptions::default()).unwrap()
    }

    fn resume(&self, journal: Journal) -> Journal {
        let run = journal.header().run.clone();
        drop(journal);
        self.runs().resume(&run, 9_000, &JournalOptions::default()).unwrap()
    }

    fn run(
        &self,
        plan: &RunPlan<'_>,
        agent: &Scripted,
        journal: &mut Journal,
    ) -> Result<RunRecord, RunError> {
        self.run_with(plan, agent, &grade, journal, RunOptions::new(&|| 5_000))
    }

    fn run_with(
        &self,
        plan: &RunPlan<'_>,
        agent: &Scripted,
        grade: &Marking<'_>,
        journal: &mut Journal,
        options: RunOptions<'_>,
    ) -> Result<RunRecord, RunError> {
        let runner = Runner { packs: &packs, agent, grade, cache: &self.cache, options };
        runner.run(plan, journal)
    }
}

fn retrying() -> RunOptions<'static> {
    RunOptions { retry_failed: true, ..RunOptions::new(&|| 5_000) }
}
