use std::collections::BTreeMap;

use haversack_model::{Digest, VersionId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::RunId;
use crate::OnError;

/// What a run is of: the first event of its journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunHeader {
    /// Format of the journal.
    pub format: u32,
    /// The run's id.
    pub run: RunId,
    /// Milliseconds since 1970 by the caller's clock.
    pub at: u64,
    /// Name of the suite.
    pub suite: String,
    /// What the suite asks and judges.
    pub suite_digest: Digest,
    /// How the version was addressed.
    pub context: String,
    /// The version that packs were drawn from.
    pub version: VersionId,
    /// Who answered.
    pub agent: AgentRecord,
    /// Identity of the graders with their settings.
    pub graders: Digest,
    /// Repetitions of each task.
    pub trials: u32,
    /// Tokens of a pack, where a task says nothing.
    pub budget: u32,
    /// What a call counts that fails.
    pub on_error: OnError,
    /// The recipe that packs were made with: an experiment's is not its version's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Digest>,
    /// The tasks, by id.
    pub tasks: BTreeMap<String, TaskRecord>,
    /// Where random numbers start; of the record only, since outcomes are kept by the agent's fingerprint.
    pub seed: u64,
    /// What it ran on.
    pub environment: Environment,
}

/// The agent of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentRecord {
    /// The name that the suite gives it.
    pub name: String,
    /// Its identity.
    pub fingerprint: Digest,
    /// Its settings as JSON, without secrets: names of environment variables, never their values.
    pub spec: Value,
}

/// A task of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskRecord {
    /// What it asks and what a good answer holds; see [`task_digest`](crate::task_digest).
    pub digest: Digest,
    /// Slices it belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// What a run ran on, as the caller says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The program with its version.
    pub program: String,
    /// Operating system.
    pub os: String,
    /// Processor architecture.
    pub arch: String,
    /// Processors.
    pub cpus: u32,
}

impl RunHeader {
    /// The first thing in which this run is another one than `other`, if it is: an id, a time and an environment make no
    /// difference.
    #[must_use]
    pub fn differs(&self, other: &Self) -> Option<&'static str> {
        [
            ("suite", self.suite == other.suite && self.suite_digest == other.suite_digest),
            ("version", self.version == other.version),
            ("agent", self.agent.fingerprint == other.agent.fingerprint),
            ("graders", self.graders == other.graders),
            ("trials", self.trials == other.trials),
            ("budget", self.budget == other.budget),
            ("on_error", self.on_error == other.on_error),
            ("recipe", self.recipe == other.recipe),
            ("seed", self.seed == other.seed),
            ("tasks", self.tasks == other.tasks),
        ]
        .into_iter()
        .find_map(|(what, same)| (!same).then_some(what))
    }

    /// Whether an outcome of this task and trial belongs to the run.
    #[must_use]
    pub fn plans(&self, task: &str, trial: u32) -> bool {
        trial < self.trials && self.tasks.contains_key(task)
    }

    /// Outcomes of the whole run.
    #[must_use]
    pub fn planned(&self) -> u64 {
        self.tasks.len() as u64 * u64::from(self.trials)
    }
}
