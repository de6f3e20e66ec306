use std::collections::BTreeMap;

use haversack_eval::{
    AgentSide, Attribution, Change, Factor, GateResult, Outcome, PackSide, Provenance, ReportPage, SuiteSide,
    SweepPoint, TaskPacks, Usage, VersionSide,
};

use super::{Compared, EvaluateError, Evaluator, Named, Packs};
use crate::diff::{DiffOptions, between};

/// What a report shows besides the comparison, and what it says of how it was made.
#[derive(Debug, Clone, Default)]
pub struct PageFacts {
    /// Which changes moved the outcomes.
    pub attribution: Option<Attribution>,
    /// What settings cost and give.
    pub sweep: Vec<SweepPoint>,
    /// What a policy says.
    pub gate: Option<GateResult>,
    /// The command, without secrets.
    pub command: String,
    /// When, as people write it.
    pub when: String,
    /// When A and B were built, as people write it.
    pub built: [String; 2],
}

impl Evaluator<'_> {
    /// A report of a comparison: one page.
    ///
    /// # Errors
    /// When the versions cannot be compared layer by layer.
    pub fn page(
        &self,
        (a, b): (Named<'_>, Named<'_>),
        packs: &Packs,
        compared: &Compared,
        facts: PageFacts,
    ) -> Result<ReportPage, EvaluateError> {
        let header = &self.suite.header;
        let [when_a, when_b] = facts.built;
        let side = |version: Named<'_>, when: String| VersionSide {
            address: version.address.to_owned(),
            version: version.context.version(),
            when,
        };
        let mut warnings = Vec::new();
        let failed: u64 = compared.failed.iter().map(|failed| failed.calls).sum();
        let unasked = compared.comparison.unasked;
        if failed > 0 {
            warnings.push(format!("{} failed and counted 0", crate::error::count(failed as usize, "call")));
        }
        if unasked > 0 {
            warnings.push(format!(
                "{} not asked, since both versions pack the same bytes: mean scores are those of the others",
                crate::error::count(unasked, "task")
            ));
        }
        let usage = compared.runs.iter().fold(Usage::default(), |mut sum, run| {
            sum += run.totals.usage;
            sum
        });
        Ok(ReportPage {
            title: format!("{}: {} against {}", header.name, b.address, a.address),
            a: side(a, when_a),
            b: side(b, when_b),
            suite: SuiteSide {
                name: header.name.clone(),
                description: header.description.clone(),
                digest: self.suite.digest().map_err(crate::Error::from)?,
            },
            agent: AgentSide { name: self.agent().name.clone(), fingerprint: self.agent().fingerprint },
            comparison: compared.comparison.clone(),
            changes: self.changes(a, b)?,
            packs: self.task_packs(packs, &compared.outcomes),
            attribution: facts.attribution,
            sweep: facts.sweep,
            gate: facts.gate,
            provenance: Provenance {
                program: self.options.program.clone(),
                command: facts.command,
                when: facts.when,
                seed: self.options.seed,
                trials: self.trials(),
                usage,
                reused: compared.reused,
                digests: BTreeMap::from([("graders".to_owned(), self.graders())]),
                environment: BTreeMap::from([
                    ("system".to_owned(), format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
                    (
                        "runs".to_owned(),
                        compared
                            .runs
                            .iter()
                            .map(|run| run.header.run.to_string())
                            .collect::<Vec<_>>()
                            .join(", "),
                    ),
                ]),
            },
            warnings,
        })
    }

    fn changes(&self, a: Named<'_>, b: Named<'_>) -> Result<Vec<Change>, EvaluateError> {
        let diff = between(self.store, a.context, b.context, &DiffOptions::default())?;
        let plain = |what: Factor| Change { what, a: String::new(), b: String::new() };
        let sources = diff.sources;
        let added = sources.added.into_iter().map(|document| plain(Factor::Added { document }));
        let removed = sources.removed.into_iter().map(|document| plain(Factor::Removed { document }));
        let changed = sources.changed.into_iter().map(|change| Change {
            what: Factor::Changed { document: change.document },
            a: change.what.join(", "),
            b: String::new(),
        });
        let value = |value: Option<toml::Value>| value.map_or_else(String::new, |value| value.to_string());
        let fields = diff.recipe.into_iter().map(|change| Change {
            what: Factor::Field { field: change.field },
            a: value(change.a),
            b: value(change.b),
        });
        Ok(added.chain(removed).chain(changed).chain(fields).collect())
    }

    fn task_packs(&self, packs: &Packs, sides: &[Vec<Outcome>; 2]) -> Vec<TaskPacks> {
        let outcomes = |side: &[Outcome], task: &str| -> Vec<Outcome> {
            let from = side.partition_point(|outcome| outcome.task.as_str() < task);
            side[from..].iter().take_while(|outcome| outcome.task == task).cloned().collect()
        };
        let both = self.suite.tasks.iter().zip(packs.a.iter().zip(&packs.b));
        let side =
            |(task, (a, b)): (&haversack_eval::Task, (&haversack_model::Pack, &haversack_model::Pack))| {
                TaskPacks {
                    task: task.id.clone(),
                    query: task.query.clone(),
                    answers: task.answers.clone(),
                    a: PackSide::new(a, outcomes(&sides[0], &task.id)),
                    b: PackSide::new(b, outcomes(&sides[1], &task.id)),
                }
            };
        both.map(side).collect()
    }
}
