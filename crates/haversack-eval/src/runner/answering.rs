//! One question: from a pack to an outcome.

use haversack_model::Pack;

use super::Runner;
use super::working::{Job, Work};
use crate::{
    AgentError, Answer, Grading, GradingError, JournalError, OnError, Outcome, Question, Status, Stop, Task,
    Ungraded, Usage,
};

/// What came of a question.
pub(super) enum Came {
    /// An outcome, if only that the call failed.
    Outcome(Outcome),
    /// An answer, but the graders stop the run.
    Ungraded(Ungraded, Stop),
    /// Nothing, and the run stops.
    Nothing(Stop),
}

impl Work<'_> {
    /// Asks, unless the agent has answered already, and grades.
    pub fn answer(&self, job: &Job<'_>, pack: &Pack) -> Result<Came, JournalError> {
        let on_error = self.plan.on_error;
        let said = match &job.said {
            Some(said) => said.clone(),
            None => {
                let (task, trial, now) = (&job.task.id, job.trial, (self.runner.options.clock)());
                self.write(|journal| journal.asked(task, trial, pack.pack_id, now))?;
                match self.runner.ask((job.task, job.trial), pack, on_error) {
                    Ok(said) => said,
                    Err(came) => return Ok(*came),
                }
            }
        };
        let (came, usage) = self.runner.mark(job.task, pack, said, on_error);
        if usage != Usage::default() {
            self.write(|journal| journal.judged(&job.task.id, job.trial, usage))?;
        }
        Ok(came)
    }
}

impl Runner<'_> {
    /// Asks the agent.
    pub(super) fn ask(
        &self,
        (task, trial): (&Task, u32),
        pack: &Pack,
        on_error: OnError,
    ) -> Result<Ungraded, Box<Came>> {
        let begun = (self.options.clock)();
        let question = Question { task: &task.id, query: &task.query, pack, trial };
        let answer = self.agent.answer(&question).and_then(with_finite_cost);
        let millis = (self.options.clock)().saturating_sub(begun);
        let said = |answer| Ungraded { task: task.id.clone(), trial, pack_id: pack.pack_id, answer, millis };
        match answer {
            Ok(answer) => Ok(said(answer)),
            Err(AgentError::Budget { what }) => Err(Box::new(Came::Nothing(Stop::Budget { what }))),
            Err(error) => Err(Box::new(match on_error {
                OnError::Abort => Came::Nothing(failed(&said(Answer::default()), &error)),
                OnError::Fail => {
                    let timed_out = matches!(error, AgentError::TimedOut { .. });
                    let status = if timed_out { Status::TimedOut } else { Status::Failed };
                    let mut outcome = outcome(said(Answer::default()), status, Grading::default());
                    outcome.answer = None;
                    outcome.error = Some(error.to_string());
                    Came::Outcome(outcome)
                }
            })),
        }
    }

    /// Grades an answer; with what that cost.
    pub(super) fn mark(&self, task: &Task, pack: &Pack, said: Ungraded, on_error: OnError) -> (Came, Usage) {
        let came = match (self.grade)(task, pack, &said.answer).and_then(Grading::checked) {
            Ok(grading) => {
                let status = if said.answer.abstained { Status::Abstained } else { Status::Answered };
                let usage = grading.usage;
                return (Came::Outcome(outcome(said, status, grading)), usage);
            }
            Err(GradingError::Budget { what }) => Came::Ungraded(said, Stop::Budget { what }),
            Err(error) => match on_error {
                OnError::Abort => {
                    let stop = failed(&said, &error);
                    Came::Ungraded(said, stop)
                }
                OnError::Fail => {
                    let mut outcome = outcome(said, Status::Failed, Grading::default());
                    outcome.error = Some(error.to_string());
                    Came::Outcome(outcome)
                }
            },
        };
        (came, Usage::default())
    }
}

impl Ungraded {
    /// The answer of an outcome that only a grader failed on.
    pub(super) fn of(outcome: &Outcome) -> Option<Self> {
        let Outcome { task, trial, pack_id, status: Status::Failed, answer: Some(answer), millis, .. } =
            outcome
        else {
            return None;
        };
        let (task, answer) = (task.clone(), answer.clone());
        Some(Self { task, trial: *trial, pack_id: *pack_id, answer, millis: *millis })
    }
}

fn outcome(said: Ungraded, status: Status, grading: Grading) -> Outcome {
    let Ungraded { task, trial, pack_id, answer, millis } = said;
    let Grading { score, passed, grades, usage: _ } = grading;
    Outcome { task, trial, pack_id, status, score, passed, grades, answer: Some(answer), error: None, millis }
}

fn failed(said: &Ungraded, error: &dyn std::error::Error) -> Stop {
    Stop::Failed { task: said.task.clone(), trial: said.trial, error: error.to_string() }
}

/// A cost that is no number would make the journal unreadable.
fn with_finite_cost(answer: Answer) -> Result<Answer, AgentError> {
    if answer.usage.cost.is_finite() {
        return Ok(answer);
    }
    Err(AgentError::Protocol { reason: format!("a cost of {}", answer.usage.cost) })
}
