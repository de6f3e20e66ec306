use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use haversack_eval::{
    Agent, AgentRecord, AgentSetting, AgentSpec, Answer, BUILT_IN_AGENT, Environment, Grader, Grading,
    GradingError, JournalError, JournalOptions, Models, OutcomeCache, OutcomeKey, ProbeLog, RunId,
    RunOptions, RunPlan, RunRecord, Runner, Runs, Stop, Suite, Task, grade_all, graders_identity,
};
use haversack_model::{Digest, Pack, Principal, Request, canonical};

use super::{EvaluateError, Watch};
use crate::{Context, Store};

/// Most repetitions of a task.
const MOST_TRIALS: u32 = 1_000;

/// How a suite is put to an agent; what is none is as the suite says.
#[derive(Debug, Clone, Default)]
pub struct EvaluateOptions {
    /// Name of the agent, as in `[agent.NAME]`; without any, the built-in one.
    pub agent: Option<String>,
    /// Repetitions of each task.
    pub trials: Option<u32>,
    /// Tokens of a pack.
    pub budget: Option<u32>,
    /// Questions at once, where the agent allows as many; 0 is as many as it allows.
    pub concurrency: usize,
    /// Where random numbers start.
    pub seed: u64,
    /// The program that evaluates, with its version, for the record.
    pub program: String,
}

/// A suite with an agent and graders, ready to be put to versions; runs are recorded in the store's folder `runs`.
///
/// Outcomes of earlier runs are used again where agent, graders, task and packed bytes are the same, so an agent is asked only
/// about what is new.
#[derive(Clone)]
pub struct Evaluator<'a> {
    pub(super) store: &'a Store,
    pub(super) suite: &'a Suite,
    pub(super) watch: Watch<'a>,
    pub(super) options: EvaluateOptions,
    agent: Arc<dyn Agent>,
    record: AgentRecord,
    models: Models,
    graders: Digest,
    runs: Runs,
    /// A snapshot is taken for each run, so that no lock is held while an agent answers.
    cache: Arc<Mutex<Arc<OutcomeCache>>>,
    secrets: Vec<String>,
    unreadable: Arc<Vec<(RunId, JournalError)>>,
    pub(super) probes: Arc<Mutex<ProbeLog>>,
}

/// The runs of a store.
#[must_use]
pub fn runs(store: &Store) -> Runs {
    Runs::new(&runs_folder(store))
}

pub(crate) fn runs_folder(store: &Store) -> PathBuf {
    store.inner.root().join("runs")
}

/// Outcomes of contexts between versions, beside the runs.
pub(crate) fn probes_path(store: &Store) -> PathBuf {
    runs_folder(store).join("probes.jsonl")
}

impl<'a> Evaluator<'a> {
    /// Opens the agent and the graders of a suite that stands in `folder`. `variable` looks up environment variables that an
    /// agent's description names.
    ///
    /// # Errors
    /// When there is no such agent, it cannot be opened, the suite has no tasks or graders, or recorded runs cannot be listed.
    pub fn open(
        store: &'a Store,
        (suite, folder): (&'a Suite, &Path),
        options: EvaluateOptions,
        variable: &dyn Fn(&str) -> Option<String>,
        watch: Watch<'a>,
    ) -> Result<Self, EvaluateError> {
        let header = &suite.header;
        if suite.tasks.is_empty() {
            return Err(EvaluateError::NoTasks { suite: header.name.clone() });
        }
        let trials = options.trials.unwrap_or(header.run.trials);
        if !(1..=MOST_TRIALS).contains(&trials) {
            return Err(EvaluateError::Trials { trials, most: MOST_TRIALS });
        }
        let name = options.agent.clone().or_else(|| header.run.agent.clone());
        let name = name.unwrap_or_else(|| BUILT_IN_AGENT.to_owned());
        let spec = find(suite, &name)?;
        let secrets = RefCell::new(Vec::new());
        let noted = |name: &str| {
            let value = variable(name);
            secrets.borrow_mut().extend(value.clone());
            value
        };
        let setting = AgentSetting { folder, variable: &noted };
        let open = |source| EvaluateError::Agent { name: name.clone(), source: Box::new(source) };
        let agent = spec.open(&setting).map_err(open)?;
        let models = models(suite, &setting)?;
        if suite.tasks.iter().any(|task| suite.grader_names(task).is_empty()) {
            return Err(EvaluateError::NoGraders { suite: header.name.clone() });
        }
        let graders = graders_identity(suite, folder, &models)?;
        let record =
            AgentRecord { name, fingerprint: agent.fingerprint(), spec: serde_json::to_value(&spec)? };
        let runs = runs(store);
        let listing = runs.all()?;
        let mut cache = OutcomeCache::new(&listing.recordings);
        let (probes, known) = ProbeLog::open(&probes_path(store))?;
        known.iter().for_each(|(key, outcome): &(OutcomeKey, _)| cache.keep(*key, outcome));
        let (cache, probes) = (Arc::new(Mutex::new(Arc::new(cache))), Arc::new(Mutex::new(probes)));
        let (secrets, unreadable) = (secrets.into_inner(), Arc::new(listing.unreadable));
        Ok(Self {
            store,
            suite,
            watch,
            options,
            agent,
            record,
            models,
            graders,
            runs,
            cache,
            probes,
            secrets,
            unreadable,
        })
    }

    /// The agent's name and identity.
    #[must_use]
    pub fn agent(&self) -> &AgentRecord {
        &self.record
    }

    pub(super) fn agent_ref(&self) -> &dyn Agent {
        self.agent.as_ref()
    }

    /// Identity of the graders.
    #[must_use]
    pub fn graders(&self) -> Digest {
        self.graders
    }

    /// Recorded runs that are damaged: their outcomes are not used again.
    #[must_use]
    pub fn unreadable(&self) -> &[(RunId, JournalError)] {
        &self.unreadable
    }

    /// Whether the agent answers alike whenever it is asked alike.
    #[must_use]
    pub fn repeatable(&self) -> bool {
        self.agent.repeatable()
    }

    /// Repetitions of each task.
    #[must_use]
    pub fn trials(&self) -> u32 {
        self.options.trials.unwrap_or(self.suite.header.run.trials)
    }

    /// Tokens of a pack of a context where a task names none: as asked for, else as the suite or the recipe says.
    pub(super) fn budget(&self, context: &Context) -> u32 {
        budget(self.suite, context, self.options.budget)
    }

    /// The same with another budget, if one is given.
    pub(super) fn with_budget(&self, budget: Option<u32>) -> Self {
        let mut other = self.clone();
        other.options.budget = budget.or(self.options.budget);
        other
    }

    /// The pack of a task in a context.
    ///
    /// # Errors
    /// When the index is damaged.
    pub fn pack(&self, context: &Context, task: &Task) -> Result<Pack, EvaluateError> {
        let budget = task.budget.unwrap_or_else(|| self.budget(context));
        Ok(pack(context, task, budget, &self.suite.principal(task))?)
    }

    /// Puts tasks (all of the suite's, where none are given) to the agent, with packs of a context that people call `address`.
    ///
    /// A run that is interrupted, or whose budget is spent, is recorded as far as it came: [`Evaluator::resume`] goes on with it.
    ///
    /// # Errors
    /// When a pack cannot be made or the run cannot be recorded.
    pub fn run(
        &self,
        context: &Context,
        address: &str,
        tasks: Option<&[&'a Task]>,
    ) -> Result<RunRecord, EvaluateError> {
        let plan = self.plan(context, address, tasks)?;
        let mut at = (self.watch.clock)();
        // Two runs of the same within one tick of the clock need two names.
        let mut journal = loop {
            let header = plan.header(at).map_err(crate::Error::from)?;
            match self.runs.create(header, &self.journal_options()) {
                Err(JournalError::Exists { .. }) => at += 1,
                journal => break journal?,
            }
        };
        self.go_on(context, &plan, &mut journal)
    }

    /// A run that must come to its end.
    pub(super) fn whole_run(
        &self,
        context: &Context,
        address: &str,
        tasks: Option<&[&'a Task]>,
    ) -> Result<RunRecord, EvaluateError> {
        let record = self.run(context, address, tasks)?;
        if record.stopped == Some(Stop::Cancelled) {
            return Err(EvaluateError::Stopped(Stop::Cancelled));
        }
        record.require_complete()?;
        Ok(record)
    }

    /// Goes on with a run of this suite, agent and version. Calls that failed are made again.
    ///
    /// # Errors
    /// As [`Evaluator::run`], and when the run is of something else.
    pub fn resume(&self, context: &Context, run: &RunId) -> Result<RunRecord, EvaluateError> {
        let recorded = self.runs.read(run)?;
        let header = &recorded.header;
        let tasks: Vec<&Task> =
            self.suite.tasks.iter().filter(|task| header.tasks.contains_key(&task.id)).collect();
        let mut plan = self.plan(context, &header.context, Some(&tasks))?;
        (plan.trials, plan.budget, plan.seed) = (header.trials, header.budget, header.seed);
        let mut journal = self.runs.resume(run, (self.watch.clock)(), &self.journal_options())?;
        self.go_on(context, &plan, &mut journal)
    }

    fn go_on(
        &self,
        context: &Context,
        plan: &RunPlan<'_>,
        journal: &mut haversack_eval::Journal,
    ) -> Result<RunRecord, EvaluateError> {
        let packs = |task: &Task, budget: u32, principal: &Principal| {
            pack(context, task, budget, principal).map_err(Into::into)
        };
        let cache = self.known();
        let grade = |task: &Task, pack: &Pack, answer: &Answer| self.grade(task, pack, answer);
        let runner = Runner {
            packs: &packs,
            agent: self.agent.as_ref(),
            grade: &grade,
            cache: &cache,
            options: self.run_options(),
        };
        let record = runner.run(plan, journal)?;
        drop(cache);
        self.learn(|cache| cache.add(journal.recording()));
        Ok(record)
    }

    fn plan(
        &self,
        context: &Context,
        address: &str,
        tasks: Option<&[&'a Task]>,
    ) -> Result<RunPlan<'a>, EvaluateError> {
        let cpus = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
        let environment = Environment {
            program: self.options.program.clone(),
            os: std::env::consts::OS.to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            cpus,
        };
        let mut plan = RunPlan::new(
            self.suite,
            address,
            context.version(),
            self.record.clone(),
            self.graders,
            environment,
        );
        if let Some(tasks) = tasks {
            plan.tasks = tasks.to_vec();
        }
        plan.trials = self.trials();
        plan.budget = self.budget(context);
        plan.recipe = Some(canonical::digest("recipe", context.recipe()).map_err(crate::Error::from)?);
        plan.on_error = self.suite.header.run.on_error;
        plan.seed = self.options.seed;
        Ok(plan)
    }

    pub(super) fn grade(&self, task: &Task, pack: &Pack, answer: &Answer) -> Result<Grading, GradingError> {
        let grading = grade_all(self.suite, task, pack, answer, &self.models);
        grading.map_err(|error| GradingError::Failed(Box::new(error)))
    }

    pub(super) fn run_options(&self) -> RunOptions<'a> {
        let mut options = RunOptions::new(self.watch.clock);
        options.retry_failed = true;
        options.cancel = self.watch.cancel;
        options.progress = self.watch.progress;
        if self.options.concurrency > 0 {
            options.concurrency = self.options.concurrency;
        }
        options
    }

    fn journal_options(&self) -> JournalOptions {
        // An agent that computes here answers faster than a disk, and is asked again for nothing.
        let sync_every = if self.agent.repeatable() { 64 } else { 1 };
        JournalOptions { sync_every, secrets: self.secrets.clone() }
    }

    /// What is known now.
    pub(super) fn known(&self) -> Arc<OutcomeCache> {
        Arc::clone(&self.cache.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes in what is new; that is cheap where no snapshot is held.
    pub(super) fn learn(&self, new: impl FnOnce(&mut OutcomeCache)) {
        new(Arc::make_mut(&mut self.cache.lock().unwrap_or_else(PoisonError::into_inner)));
    }
}

/// Tokens of a pack where a task names none.
pub(super) fn budget(suite: &Suite, context: &Context, asked: Option<u32>) -> u32 {
    let recipe = u32::try_from(context.recipe().packing.budget).unwrap_or(u32::MAX);
    asked.or(suite.header.run.budget).unwrap_or(recipe)
}

pub(super) fn pack(
    context: &Context,
    task: &Task,
    budget: u32,
    principal: &Principal,
) -> Result<Pack, crate::Error> {
    context.pack(&Request::new(&task.query).budget(budget as usize).principal(principal.clone()))
}

/// What a suite says of an agent; the built-in one needs no saying.
fn find(suite: &Suite, name: &str) -> Result<AgentSpec, EvaluateError> {
    match suite.header.agents.get(name) {
        Some(spec) => Ok(spec.clone()),
        None if name == BUILT_IN_AGENT => Ok(AgentSpec::Extractive(Default::default())),
        None => {
            let mut known: Vec<String> = suite.header.agents.keys().cloned().collect();
            known.push(BUILT_IN_AGENT.to_owned());
            Err(EvaluateError::NoAgent { name: name.to_owned(), known })
        }
    }
}

/// The models of a suite's judges: agents of kind `openai`, by name.
fn models(suite: &Suite, setting: &AgentSetting<'_>) -> Result<Models, EvaluateError> {
    let mut models = Models::none();
    for grader in suite.header.graders.values() {
        if let Grader::Judge(judge) = grader
            && let Some(AgentSpec::OpenAi(spec)) = suite.header.agents.get(&judge.model)
        {
            let open = |source| EvaluateError::Agent { name: judge.model.clone(), source: Box::new(source) };
            models = models.with(&judge.model, Arc::new(spec.open(setting).map_err(open)?));
        }
    }
    Ok(models)
}
