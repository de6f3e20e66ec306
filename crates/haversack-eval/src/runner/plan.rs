use haversack_model::{Digest, VersionId};

use crate::{
    AgentRecord, Environment, EvalError, Gold, JOURNAL_FORMAT, OnError, RunHeader, RunId, Suite, Task,
    TaskRecord,
};

/// What is to be run.
#[derive(Debug, Clone)]
pub struct RunPlan<'a> {
    /// The suite.
    pub suite: &'a Suite,
    /// Those of its tasks that are put to the agent, in this order.
    pub tasks: Vec<&'a Task>,
    /// How the version is addressed.
    pub context: String,
    /// The version.
    pub version: VersionId,
    /// The agent, as the journal is to name it.
    pub agent: AgentRecord,
    /// Identity of the graders with their settings.
    pub graders: Digest,
    /// Repetitions of each task, 1 or more.
    pub trials: u32,
    /// Tokens of a pack, where a task says nothing.
    pub budget: u32,
    /// What a call counts that fails.
    pub on_error: OnError,
    /// The recipe that packs are made with, where it can be another one than the version's.
    pub recipe: Option<Digest>,
    /// Where random numbers start.
    pub seed: u64,
    /// What it runs on.
    pub environment: Environment,
}

impl<'a> RunPlan<'a> {
    /// One trial of every task of a suite, at the suite's first budget, else 2,000 tokens; a failed call counts 0.
    #[must_use]
    pub fn new(
        suite: &'a Suite,
        context: &str,
        version: VersionId,
        agent: AgentRecord,
        graders: Digest,
        environment: Environment,
    ) -> Self {
        Self {
            suite,
            tasks: suite.tasks.iter().collect(),
            context: context.to_owned(),
            version,
            agent,
            graders,
            trials: 1,
            budget: suite.header.budgets.first().copied().unwrap_or(2_000),
            on_error: OnError::Fail,
            recipe: None,
            seed: 0,
            environment,
        }
    }

    /// The header of a run of this plan that starts `at` milliseconds after 1970.
    ///
    /// # Errors
    /// Never for a suite that was read.
    pub fn header(&self, at: u64) -> Result<RunHeader, EvalError> {
        let mut tasks = std::collections::BTreeMap::new();
        for task in &self.tasks {
            let digest = task_digest(task, &self.suite.gold(task))?;
            tasks.insert(task.id.clone(), TaskRecord { digest, tags: task.tags.clone() });
        }
        let mut header = RunHeader {
            format: JOURNAL_FORMAT,
            run: RunId::new(at, b""),
            at,
            suite: self.suite.header.name.clone(),
            suite_digest: self.suite.digest()?,
            context: self.context.clone(),
            version: self.version,
            agent: self.agent.clone(),
            graders: self.graders,
            trials: self.trials.max(1),
            budget: self.budget,
            on_error: self.on_error,
            tasks,
            recipe: self.recipe,
            seed: self.seed,
            environment: self.environment.clone(),
        };
        header.run = RunId::new(at, &serde_json::to_vec(&header)?);
        Ok(header)
    }
}

/// What a task asks and what a good answer to it holds, as one hash: grades of an edited task are not those of this one.
///
/// Tags, principal and budget are no part of it, since they change neither the question nor, but for the pack, the answer.
///
/// # Errors
/// Never for a task that was read.
pub fn task_digest(task: &Task, gold: &Gold) -> Result<Digest, EvalError> {
    // All other fields are in, also those that a later version of a task may have.
    let task = Task { tags: Vec::new(), principal: None, budget: None, ..task.clone() };
    let content = serde_json::to_string(&(&task, &gold.answers, &gold.spans, &gold.documents))?;
    Ok(Digest::of(format!("haversack task v1\0{content}").as_bytes()))
}
