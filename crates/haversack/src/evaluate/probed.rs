use haversack_eval::{Answer, Outcome, ProbeJob, Runner, Task};
use haversack_model::{Pack, Principal};

use super::{EvaluateError, Evaluator};

impl Evaluator<'_> {
    /// The outcomes of packs, in their order, with the calls that this took. What is known of a pack is used again; what is
    /// new is recorded beside the runs.
    ///
    /// # Errors
    /// When the evaluation is stopped, a call failed, or outcomes cannot be recorded.
    pub(super) fn probe(&self, jobs: &[ProbeJob<'_>]) -> Result<(Vec<Outcome>, u64), EvaluateError> {
        let no_packs = |_: &Task, _: u32, _: &Principal| Err("packs are given".into());
        let grade = |task: &Task, pack: &Pack, answer: &Answer| self.grade(task, pack, answer);
        let known = self.known();
        let runner = Runner {
            packs: &no_packs,
            agent: self.agent_ref(),
            grade: &grade,
            cache: &known,
            options: self.run_options(),
        };
        let probed =
            runner.probe(self.suite, jobs, (self.graders(), self.suite.header.run.on_error), &self.probes)?;
        drop(known);
        self.learn(|cache| probed.fresh.iter().for_each(|(key, outcome)| cache.keep(*key, outcome)));
        if let Some(stop) = probed.stopped {
            return Err(EvaluateError::Stopped(stop));
        }
        let failed = |outcome: &&Outcome| !outcome.status.is_said();
        if let Some(first) = probed.outcomes.iter().find(failed) {
            return Err(EvaluateError::FailedCalls {
                task: first.task.clone(),
                error: first.error.clone().unwrap_or_default(),
                failed: probed.outcomes.iter().filter(failed).count(),
            });
        }
        Ok((probed.outcomes, probed.calls))
    }
}
