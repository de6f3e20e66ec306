//! The agent `openai`: any server that speaks Chat Completions.

mod check;
mod citations;
mod client;
pub(crate) mod completion;
mod ledger;
mod prompt;
#[cfg(test)]
mod server;
mod spec;
#[cfg(test)]
mod tests;
mod wait;

use std::fmt;

use haversack_model::Digest;
use serde_json::{Map, Value, json};

use super::backoff::{Backoff, Sleep};
use super::{Agent, AgentError, Answer, Question, Usage};
use crate::secret::Secrets;
use crate::{ChatModel, Message};
use client::{Again, Client, Failure};
use ledger::{Bound, Ledger};
use prompt::Prompt;

pub use prompt::PromptSpec;
pub use spec::{OpenAiSpec, OutputLimit, Prices};

/// A model behind a server: an agent that answers from packs, and a judge's [`ChatModel`].
///
/// Limits of calls, tokens and cost count for all that goes through one value, from any thread.
pub struct OpenAi {
    spec: OpenAiSpec,
    client: Client,
    prompt: Prompt,
    ledger: Ledger,
    backoff: Backoff,
    sleep: Sleep,
    secrets: Secrets,
    as_agent: Digest,
    as_model: Digest,
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client holds the key.
        out.debug_struct("OpenAi").field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl Agent for OpenAi {
    fn fingerprint(&self) -> Digest {
        self.as_agent
    }

    fn answer(&self, question: &Question<'_>) -> Result<Answer, AgentError> {
        let messages = self.prompt.messages(question.query, question.pack);
        let seed = self.spec.seed.map(|seed| seed + u64::from(question.trial));
        let (text, usage) = self.chat(&messages, seed, &format!("{}\0{}", question.task, question.trial))?;
        Ok(self.prompt.read(&text, question.pack, usage))
    }

    fn concurrency(&self) -> usize {
        self.spec.concurrency
    }
}

impl ChatModel for OpenAi {
    fn complete(&self, messages: &[Message]) -> Result<(String, Usage), AgentError> {
        self.chat(messages, self.spec.seed, "complete")
    }

    fn fingerprint(&self) -> Digest {
        self.as_model
    }
}

impl OpenAi {
    /// What was spent so far, calls that failed included: it may exceed the sum of all answers' usage.
    #[must_use]
    pub fn spent(&self) -> Usage {
        self.ledger.spent()
    }

    /// The next message, with what it cost; `what` names the question, for the length of waits.
    fn chat(
        &self,
        messages: &[Message],
        seed: Option<u64>,
        what: &str,
    ) -> Result<(String, Usage), AgentError> {
        let body = self.body(messages, seed)?;
        let bound = Bound::of(messages, self.spec.max_tokens);
        let mut attempt = 0;
        loop {
            let failure = match self.once(&body, bound) {
                Ok((text, mut usage)) => {
                    usage.calls = u64::from(attempt) + 1;
                    return Ok((self.secrets.redact(&text), usage));
                }
                Err(failure) => failure,
            };
            let wait = match failure.again {
                Again::Never => return Err(failure.error),
                _ if attempt >= self.backoff.retries => return Err(tired(failure.error, attempt + 1)),
                Again::After(wait) if wait > self.backoff.longest => {
                    return Err(impatient(failure.error, wait.as_secs_f64()));
                }
                // A little more than asked: many may have been told the same.
                Again::After(wait) => wait + self.backoff.wait(what, 0) / 4,
                Again::Later => self.backoff.wait(what, attempt),
            };
            (self.sleep)(wait);
            attempt += 1;
        }
    }

    /// One request, paid for.
    fn once(&self, body: &[u8], bound: Bound) -> Result<(String, Usage), Failure> {
        let reserved = self.ledger.reserve(bound).map_err(Failure::never)?;
        let bytes = match self.client.post(body) {
            Ok(bytes) => bytes,
            Err(failure) => {
                if failure.is_free {
                    reserved.settle(0, 0);
                }
                // Else it was perhaps worked on: dropping the reservation pays for it in full.
                return Err(failure);
            }
        };
        let said = completion::read(&bytes)
            .map_err(|wrong| Failure::never(AgentError::Protocol { reason: wrong.reason(&self.secrets) }))?;
        let usage = match said.tokens {
            Some((input, output)) => {
                let cost = reserved.settle(input, output);
                Usage { calls: 1, input_tokens: input, output_tokens: output, cost }
            }
            // A server that does not count: the most that it can have been is paid, and said.
            None => Usage { calls: 1, cost: reserved.cost(), ..Usage::default() },
        };
        Ok((said.text, usage))
    }

    fn body(&self, messages: &[Message], seed: Option<u64>) -> Result<Vec<u8>, AgentError> {
        let mut body: Map<String, Value> = self.spec.body.clone().into_iter().collect();
        body.insert("model".to_owned(), json!(self.spec.model));
        body.insert("messages".to_owned(), json!(messages));
        body.insert("stream".to_owned(), json!(false));
        body.insert(self.spec.max_tokens_key.name().to_owned(), json!(self.spec.max_tokens));
        if let Some(temperature) = self.spec.temperature {
            body.insert("temperature".to_owned(), json!(temperature));
        }
        if let Some(seed) = seed {
            body.insert("seed".to_owned(), json!(seed));
        }
        serde_json::to_vec(&body).map_err(|source| AgentError::Failed {
            reason: format!("the request has no JSON form: {source}"),
        })
    }
}

fn tired(error: AgentError, attempts: u32) -> AgentError {
    match error {
        AgentError::Failed { reason } if attempts > 1 => {
            AgentError::Failed { reason: format!("{reason} ({attempts} attempts)") }
        }
        other => other,
    }
}

fn impatient(error: AgentError, seconds: f64) -> AgentError {
    match error {
        AgentError::Failed { reason } => {
            AgentError::Failed { reason: format!("{reason}; the server asks to wait for {seconds} s") }
        }
        other => other,
    }
}
