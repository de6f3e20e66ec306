//! The agent `command`: any program that reads a question and writes an answer, both as one line of JSON.

pub(crate) mod message;
mod spec;
#[cfg(all(test, unix))]
mod tests;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use haversack_model::Digest;

use super::backoff::{Backoff, Sleep};
use super::{Agent, AgentError, Answer, Question};
use crate::program::{Launch, Process, Silence};
use crate::secret::{Secrets, shortened};

pub use spec::{CommandMode, CommandSpec};

/// Most characters of what a program printed in a message about it.
const EXCERPT: usize = 300;

/// Runs a program for each question, or keeps one running and asks it many.
pub(super) struct Command {
    launch: Launch,
    mode: CommandMode,
    timeout: Duration,
    backoff: Backoff,
    sleep: Sleep,
    concurrency: usize,
    secrets: Secrets,
    fingerprint: Digest,
    /// Programs that wait for their next question; only in the mode `serve`.
    idle: Mutex<Vec<Process>>,
}

impl Agent for Command {
    fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    fn answer(&self, question: &Question<'_>) -> Result<Answer, AgentError> {
        let mut attempt = 0;
        loop {
            match self.attempt(question) {
                Ok(mut answer) => {
                    answer.usage.calls += u64::from(attempt);
                    return Ok(answer);
                }
                Err(error) if attempt >= self.backoff.retries => return Err(error),
                Err(_) => {
                    let what = format!("{}\0{}", question.task, question.trial);
                    (self.sleep)(self.backoff.wait(&what, attempt));
                    attempt += 1;
                }
            }
        }
    }

    fn concurrency(&self) -> usize {
        self.concurrency
    }
}

impl Command {
    fn attempt(&self, question: &Question<'_>) -> Result<Answer, AgentError> {
        let deadline = Instant::now() + self.timeout;
        match self.mode {
            CommandMode::Once => {
                let mut process = self.start()?;
                let said = process.ask_once(message::question(question, None)?, deadline);
                self.read(&mut process, said, None)
            }
            CommandMode::Serve => {
                let mut process = self.waiting()?;
                let id = process.next_id();
                process.send(message::question(question, Some(id))?);
                let said = process.line(deadline);
                let answer = self.read(&mut process, said, Some(id))?;
                // After a failure it is dropped instead, which ends it: nobody knows what it would say next.
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(process);
                Ok(answer)
            }
        }
    }

    fn start(&self) -> Result<Process, AgentError> {
        self.launch.start().map_err(|source| AgentError::Failed {
            reason: format!("cannot start `{}`: {source}", self.launch.program),
        })
    }

    /// A running program that is quiet; those that ended or spoke unasked are replaced.
    fn waiting(&self) -> Result<Process, AgentError> {
        loop {
            let process = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut process) = process else { return self.start() };
            if process.is_quiet() {
                return Ok(process);
            }
        }
    }

    fn read(
        &self,
        process: &mut Process,
        said: Result<Vec<u8>, Silence>,
        id: Option<u64>,
    ) -> Result<Answer, AgentError> {
        let program = &self.launch.program;
        let error = match said {
            Ok(said) => match message::answer(&said, id) {
                Ok(mut answer) => {
                    self.secrets.answer(&mut answer);
                    return Ok(answer);
                }
                Err(message::Unusable::Reported(reason)) => {
                    AgentError::Failed { reason: format!("`{program}` says: {reason}") }
                }
                Err(message::Unusable::Wrong(reason)) => {
                    let printed = self.secrets.redact(&String::from_utf8_lossy(&said));
                    let printed = shortened(printed.trim(), EXCERPT);
                    AgentError::Protocol { reason: format!("{reason}; `{program}` printed: {printed}") }
                }
            },
            Err(Silence::TimedOut) => AgentError::TimedOut { seconds: self.timeout.as_secs_f64() },
            Err(Silence::TooMuch { limit }) => {
                AgentError::Protocol { reason: format!("`{program}` printed more than {limit} bytes") }
            }
            Err(Silence::Ended { status }) => {
                AgentError::Failed { reason: format!("`{program}` ended: {status}") }
            }
        };
        process.kill();
        Err(self.with_stderr(error, &process.stderr()))
    }

    /// The error with the end of what the program wrote to stderr.
    fn with_stderr(&self, error: AgentError, stderr: &str) -> AgentError {
        let stderr = self.secrets.redact(stderr);
        let tail =
            if stderr.trim().is_empty() { String::new() } else { format!("; stderr: {}", stderr.trim()) };
        match error {
            AgentError::Failed { reason } => {
                AgentError::Failed { reason: format!("{}{tail}", self.secrets.redact(&reason)) }
            }
            AgentError::Protocol { reason } => {
                AgentError::Protocol { reason: format!("{}{tail}", self.secrets.redact(&reason)) }
            }
            other => other,
        }
    }
}
