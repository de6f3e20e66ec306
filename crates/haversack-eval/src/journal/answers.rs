use super::{JournalError, Recording};
use crate::RecordedAnswer;

impl Recording {
    /// Every answer of the run by task and trial, those that wait for a grader included.
    #[must_use]
    pub fn recorded_answers(&self) -> Vec<RecordedAnswer> {
        let graded = self.entries.values().filter_map(|entry| {
            let outcome = &entry.outcome;
            let answer = outcome.answer.clone()?;
            Some(RecordedAnswer {
                task: outcome.task.clone(),
                pack_id: outcome.pack_id,
                trial: Some(outcome.trial),
                answer,
            })
        });
        let waiting = self.ungraded.values().map(|ungraded| RecordedAnswer {
            task: ungraded.task.clone(),
            pack_id: ungraded.pack_id,
            trial: Some(ungraded.trial),
            answer: ungraded.answer.clone(),
        });
        let mut answers: Vec<RecordedAnswer> = graded.chain(waiting).collect();
        answers.sort_by(|a, b| (&a.task, a.trial).cmp(&(&b.task, b.trial)));
        answers
    }

    /// The answers as JSON lines: `{"agent": fingerprint}`, then one [`RecordedAnswer`] a line: what an agent of kind
    /// `replay` reads, which then has the same fingerprint.
    ///
    /// # Errors
    /// Never for a journal that was read.
    pub fn answers_jsonl(&self) -> Result<String, JournalError> {
        let mut text = format!("{{\"agent\":\"{}\"}}\n", self.header.agent.fingerprint);
        for answer in self.recorded_answers() {
            text.push_str(&serde_json::to_string(&answer)?);
            text.push('\n');
        }
        Ok(text)
    }

    /// Whether the outcome of a task and trial is there and is none of a call that failed.
    #[must_use]
    pub fn succeeded(&self, task: &str, trial: u32) -> bool {
        let entry = self.entries.get(&(task.to_owned(), trial));
        entry.is_some_and(|entry| entry.outcome.status.is_said())
    }
}
