//! What a policy limits besides scores: who is cited, what is paid, what fails.

use super::input::GateInput;
use super::judge::Known;
use crate::Outcome;
use crate::number::counted;

/// Tasks whose pack in B cites an untrusted document: how many, or which share.
pub(super) fn untrusted(input: &GateInput<'_>, share: bool) -> Known {
    let packs = input.packs.ok_or("the packs of B were not given")?;
    if packs.is_empty() {
        return Err("B has no packs".to_owned());
    }
    let lacking = input
        .comparison
        .and_then(|comparison| comparison.per_task.iter().find(|task| !packs.contains_key(&task.task)));
    if let Some(task) = lacking {
        return Err(format!("the pack of task `{}` was not given", task.task));
    }
    let citing: Vec<String> =
        packs.iter().filter(|(_, pack)| pack.untrusted > 0).map(|(task, _)| task.clone()).collect();
    let words =
        format!("{} of {} cite an untrusted document in B", citing.len(), counted(packs.len(), "pack"));
    let number = citing.len() as f64;
    Ok((if share { number / packs.len() as f64 } else { number }, words, citing))
}

/// What the agent's answers in B cost. A call that failed may have cost, too; what is not recorded is not counted, and
/// the words say so.
pub(super) fn cost(input: &GateInput<'_>) -> Known {
    let outcomes = outcomes(input)?;
    let priced: Vec<f64> = outcomes
        .iter()
        .filter_map(|outcome| outcome.answer.as_ref())
        .map(|answer| answer.usage.cost)
        .collect();
    if priced.is_empty() {
        return Err("no answer of B was recorded".to_owned());
    }
    let without = outcomes.len() - priced.len();
    let mut words = format!("of {}", counted(priced.len(), "answer"));
    if without > 0 {
        words.push_str(&format!("; {} without an answer not counted", counted(without, "call")));
    }
    Ok((priced.iter().sum(), words, Vec::new()))
}

/// The share of calls that failed or ran out of time, of the version that has more: failures in A would make B look better.
pub(super) fn failed_calls(input: &GateInput<'_>) -> Known {
    let b = failures(outcomes(input)?, "B");
    match input.baseline.filter(|outcomes| !outcomes.is_empty()) {
        Some(baseline) => {
            let a = failures(baseline, "A");
            Ok(if a.0 > b.0 { a } else { b })
        }
        None => Ok(b),
    }
}

fn failures(outcomes: &[Outcome], version: &str) -> (f64, String, Vec<String>) {
    let failed = |outcome: &&Outcome| !outcome.status.is_said();
    let mut tasks: Vec<String> = outcomes.iter().filter(failed).map(|outcome| outcome.task.clone()).collect();
    let number = tasks.len();
    tasks.sort();
    tasks.dedup();
    let words = format!("{number} of {} failed in {version}", counted(outcomes.len(), "call"));
    (number as f64 / outcomes.len() as f64, words, tasks)
}

fn outcomes<'a>(input: &GateInput<'a>) -> Result<&'a [Outcome], String> {
    let outcomes = input.outcomes.ok_or("the outcomes of B were not given")?;
    if outcomes.is_empty() { Err("B has no outcomes".to_owned()) } else { Ok(outcomes) }
}
