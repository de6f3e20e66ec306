//! Agents: what is under test. An agent gets a task's query with its pack, and answers.

mod backoff;
pub(crate) mod command;
mod extractive;
pub(crate) mod openai;
pub(crate) mod replay;
#[cfg(test)]
mod samples;
mod setting;
mod spec;

use haversack_model::{Digest, Pack};
use serde::{Deserialize, Serialize};

pub use command::{CommandMode, CommandSpec};
pub use extractive::{AnswerForm, Extractive, ExtractiveOptions};
pub use openai::{OpenAi, OpenAiSpec, OutputLimit, Prices, PromptSpec};
pub use replay::{RecordedAnswer, ReplaySpec};
pub use setting::{AgentSetting, AgentSpecError};
pub use spec::{AgentSpec, BUILT_IN_AGENT};

/// Answers questions from packs.
///
/// An agent that needs the network or another process does so inside [`Agent::answer`], which several threads may
/// call at once.
pub trait Agent: Send + Sync {
    /// The identity under which outcomes are kept: all that could make the agent answer otherwise, the program or
    /// model, its prompt and settings, but no secret. Equal fingerprints mean that an outcome may be used again.
    fn fingerprint(&self) -> Digest;

    /// Answers one question.
    ///
    /// # Errors
    /// When there is no answer to be had: time is up, the program or server failed, or a budget is spent.
    fn answer(&self, question: &Question<'_>) -> Result<Answer, AgentError>;

    /// How many questions may be asked at once; 1 for agents that compute on this machine.
    fn concurrency(&self) -> usize {
        1
    }

    /// Whether it answers alike whenever it is asked alike, so that one trial says all.
    fn repeatable(&self) -> bool {
        false
    }
}

/// One call of an agent.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Id of the task.
    pub task: &'a str,
    /// What is asked.
    pub query: &'a str,
    /// The context to answer from.
    pub pack: &'a Pack,
    /// Which repetition this is, from 0; an agent that draws random numbers takes them from it.
    pub trial: u32,
}

/// What an agent said.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The answer; empty when it abstained.
    pub text: String,
    /// Whether the agent said that the context does not hold an answer.
    #[serde(default)]
    pub abstained: bool,
    /// The passages that it names as support, as [`Passage::citation`](haversack_model::Passage::citation) writes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<String>,
    /// What it cost.
    #[serde(default)]
    pub usage: Usage,
}

/// What a call, or many, cost.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Requests to a model or program, repetitions included.
    pub calls: u64,
    /// Tokens read, as the server counts them.
    pub input_tokens: u64,
    /// Tokens written, as the server counts them.
    pub output_tokens: u64,
    /// In the currency of the prices that the suite gives; 0 without prices.
    pub cost: f64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.cost += other.cost;
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// It took too long.
    #[error("no answer within {seconds} s")]
    TimedOut {
        /// The limit.
        seconds: f64,
    },
    /// The program or server failed; what it said of it stands in `reason`.
    #[error("{reason}")]
    Failed {
        /// What happened, without secrets.
        reason: String,
    },
    /// What was said is no answer.
    #[error("the answer cannot be read: {reason}")]
    Protocol {
        /// What is wrong with it.
        reason: String,
    },
    /// The limit of calls, tokens or cost is reached.
    #[error("the agent's budget is spent: {what}")]
    Budget {
        /// Which limit.
        what: String,
    },
    /// Nothing was recorded for this pack.
    #[error("no recorded answer for task `{task}` and pack {pack}")]
    NotRecorded {
        /// The task.
        task: String,
        /// The pack.
        pack: Digest,
    },
}
