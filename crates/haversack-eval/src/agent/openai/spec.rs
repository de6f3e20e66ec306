use std::collections::BTreeMap;

use haversack_model::canonical;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::Client;
use super::ledger::{Ledger, Limits};
use super::prompt::{PROMPT_VERSION, Prompt, PromptSpec};
use super::{OpenAi, check};
use crate::agent::backoff::{Backoff, sleep};
use crate::agent::setting::seconds;
use crate::agent::{AgentSetting, AgentSpecError};
use crate::secret::Secrets;
use crate::suite::Keys;

/// The keys of `kind = "openai"`: a server of Chat Completions, its model, a prompt, and limits.
///
/// ```
/// use haversack_eval::{Agent, AgentSetting, OpenAiSpec};
///
/// let mut spec = OpenAiSpec::new("http://localhost:8080/v1", "qwen3");
/// spec.temperature = Some(0.0);
/// spec.max_calls = Some(100);
/// let setting = AgentSetting { folder: ".".as_ref(), variable: &|_| None };
/// assert_eq!(spec.open(&setting)?.concurrency(), 4);
/// # Ok::<(), haversack_eval::AgentSpecError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenAiSpec {
    /// Where `/chat/completions` is, such as `https://api.openai.com/v1` or `http://localhost:11434/v1`.
    pub base_url: String,
    /// The model, as the server names it.
    pub model: String,
    /// Name of the environment variable that holds the key; none for servers that want no key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_env: Option<String>,
    /// What the model is told.
    #[serde(default, skip_serializing_if = "PromptSpec::is_default")]
    pub prompt: PromptSpec,
    /// From 0; what the server takes by itself without this key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Most tokens of an answer.
    #[serde(default = "max_tokens")]
    pub max_tokens: u32,
    /// What the server calls that limit.
    #[serde(default)]
    pub max_tokens_key: OutputLimit,
    /// Seed of the first trial, for servers that draw by seeds; trial n has this plus n.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// More headers. No place for secrets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// More headers, each with the name of the environment variable that holds its value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers_env: BTreeMap<String, String>,
    /// More keys of the request, as they are: `{ reasoning_effort = "low" }`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub body: BTreeMap<String, Value>,
    /// What tokens cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<Prices>,
    /// Most requests, repetitions included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_calls: Option<u64>,
    /// Most tokens, read and written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens_total: Option<u64>,
    /// Most cost, in the currency of the prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost: Option<f64>,
    /// Seconds for one attempt, from the connection to the last byte.
    #[serde(default = "timeout")]
    pub timeout: f64,
    /// Seconds for the connection.
    #[serde(default = "connect_timeout")]
    pub connect_timeout: f64,
    /// Attempts after one that failed in a way that may pass.
    #[serde(default = "retries")]
    pub retries: u32,
    /// Seconds before the second attempt; doubled before each further one.
    #[serde(default = "backoff")]
    pub backoff: f64,
    /// Longest wait in seconds; a server that asks for a longer one is not waited for.
    #[serde(default = "max_backoff")]
    pub max_backoff: f64,
    /// How many questions may be asked at once.
    #[serde(default = "concurrency")]
    pub concurrency: usize,
    /// Most bytes of a reply.
    #[serde(default = "max_response")]
    pub max_response: usize,
    /// A proxy, `http://host:port`. Those of the environment are not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// Whether secrets may go over plain HTTP to another machine, where anyone on the way can read them.
    #[serde(default)]
    pub plain_http: bool,
}

/// What tokens cost, per million.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// A million tokens that the model reads.
    pub input: f64,
    /// A million tokens that it writes.
    pub output: f64,
}

/// What a server calls the limit of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputLimit {
    /// Most servers.
    #[default]
    MaxTokens,
    /// OpenAI's models that reason.
    MaxCompletionTokens,
}

impl OutputLimit {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
        }
    }
}

fn max_tokens() -> u32 {
    1024
}

fn timeout() -> f64 {
    120.0
}

fn connect_timeout() -> f64 {
    10.0
}

fn retries() -> u32 {
    4
}

fn backoff() -> f64 {
    0.5
}

fn max_backoff() -> f64 {
    60.0
}

fn concurrency() -> usize {
    4
}

fn max_response() -> usize {
    8 << 20
}

impl OpenAiSpec {
    pub(in crate::agent) const KEYS: Keys = Keys::Table(&[
        ("kind", Keys::Leaf),
        ("base_url", Keys::Leaf),
        ("model", Keys::Leaf),
        ("api_key_env", Keys::Leaf),
        (
            "prompt",
            Keys::Table(&[
                ("system", Keys::Leaf),
                ("user", Keys::Leaf),
                ("abstention", Keys::Leaf),
                ("version", Keys::Leaf),
            ]),
        ),
        ("temperature", Keys::Leaf),
        ("max_tokens", Keys::Leaf),
        ("max_tokens_key", Keys::Leaf),
        ("seed", Keys::Leaf),
        ("headers", Keys::Any(&Keys::Leaf)),
        ("headers_env", Keys::Any(&Keys::Leaf)),
        ("body", Keys::Leaf),
        ("prices", Keys::Table(&[("input", Keys::Leaf), ("output", Keys::Leaf)])),
        ("max_calls", Keys::Leaf),
        ("max_tokens_total", Keys::Leaf),
        ("max_cost", Keys::Leaf),
        ("timeout", Keys::Leaf),
        ("connect_timeout", Keys::Leaf),
        ("retries", Keys::Leaf),
        ("backoff", Keys::Leaf),
        ("max_backoff", Keys::Leaf),
        ("concurrency", Keys::Leaf),
        ("max_response", Keys::Leaf),
        ("proxy", Keys::Leaf),
        ("plain_http", Keys::Leaf),
    ]);

    /// A server and a model, and all else as in a suite that does not say.
    #[must_use]
    pub fn new(base_url: &str, model: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            model: model.to_owned(),
            api_key_env: None,
            prompt: PromptSpec::default(),
            temperature: None,
            max_tokens: max_tokens(),
            max_tokens_key: OutputLimit::MaxTokens,
            seed: None,
            headers: BTreeMap::new(),
            headers_env: BTreeMap::new(),
            body: BTreeMap::new(),
            prices: None,
            max_calls: None,
            max_tokens_total: None,
            max_cost: None,
            timeout: timeout(),
            connect_timeout: connect_timeout(),
            retries: retries(),
            backoff: backoff(),
            max_backoff: max_backoff(),
            concurrency: concurrency(),
            max_response: max_response(),
            proxy: None,
            plain_http: false,
        }
    }

    /// Makes the client. No server is spoken to yet.
    ///
    /// # Errors
    /// When a value makes no sense, a secret stands in the suite, or an environment variable that is named is not set.
    pub fn open(&self, setting: &AgentSetting<'_>) -> Result<OpenAi, AgentSpecError> {
        check::values(self)?;
        let mut secrets = Secrets::default();
        let client = Client::new(self, setting, &mut secrets)?;
        let prompt = Prompt::new(&self.prompt)?;
        // Temperature 0 and no temperature are not the same; neither are prices, limits and waits part of an answer.
        let model = json!({
            "url": client.url(), "model": self.model, "temperature": self.temperature, "max_tokens": self.max_tokens,
            "seed": self.seed, "headers": self.headers, "headers_env": self.headers_env.keys().collect::<Vec<_>>(),
            "body": self.body,
        });
        let agent = json!({"model": model, "prompt": prompt.identity(), "prompt_version": PROMPT_VERSION});
        Ok(OpenAi {
            client,
            prompt,
            ledger: Ledger::new(
                Limits { calls: self.max_calls, tokens: self.max_tokens_total, cost: self.max_cost },
                self.prices.unwrap_or_default(),
            ),
            backoff: Backoff {
                retries: self.retries,
                first: seconds("backoff", self.backoff)?,
                longest: seconds("max_backoff", self.max_backoff)?,
            },
            sleep: sleep(),
            secrets,
            as_agent: canonical::digest("agent openai", &agent)?,
            as_model: canonical::digest("chat model", &model)?,
            spec: self.clone(),
        })
    }
}
