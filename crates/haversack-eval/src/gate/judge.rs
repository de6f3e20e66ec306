//! Holds a comparison against a policy.

use std::collections::BTreeMap;

use super::input::GateInput;
use super::policy::{EffectPolicy, LimitPolicy, Policy, TagPolicy};
use super::result::{Bound, GateCheck, GateResult};
use super::safety;
use crate::number::{counted, percent, range};
use crate::stats::mean;
use crate::{Comparison, Measure, Pair};

/// A number with what it was made of, or why it is not known.
pub(super) type Known = Result<(f64, String, Vec<String>), String>;

impl Policy {
    /// Every check of the policy, in the order of effect, limits, tags and measures.
    ///
    /// A check passes only if its number is known and keeps to its bound. Pairs that are not those of the comparison fail
    /// everything that is made of them.
    #[must_use]
    pub fn judge(&self, input: &GateInput<'_>) -> GateResult {
        let mut checks = effect_checks(&self.effect, input);
        checks.extend(limit_checks(&self.limit, input));
        for (tag, policy) in &self.tag {
            checks.extend(tag_checks(tag, policy, input));
        }
        checks.extend(self.measure.iter().map(|(measure, floor)| measure_check(measure, *floor, input)));
        GateResult::new(checks)
    }
}

fn check(name: String, wanted: Bound, known: Known) -> GateCheck {
    match known {
        Ok((actual, detail, tasks)) if actual.is_finite() => {
            GateCheck { name, passed: wanted.holds(actual), actual: Some(actual), wanted, detail, tasks }
        }
        Ok((_, detail, tasks)) => GateCheck {
            name,
            passed: false,
            actual: None,
            wanted,
            detail: format!("not a number: {detail}"),
            tasks,
        },
        Err(detail) => GateCheck { name, passed: false, actual: None, wanted, detail, tasks: Vec::new() },
    }
}

fn effect_checks(policy: &EffectPolicy, input: &GateInput<'_>) -> Vec<GateCheck> {
    let mut checks = Vec::new();
    let low = || {
        let comparison = comparison(input)?;
        let (sure, interval) = (percent(comparison.confidence), range(&comparison.effect));
        Ok((comparison.effect.low, format!("lower end of the {sure} interval {interval}"), Vec::new()))
    };
    if let Some(margin) = policy.margin {
        // Not `-margin`, which of 0 is -0.
        checks.push(check("effect.margin".to_owned(), Bound::Above(0.0 - margin), low()));
    }
    if let Some(least) = policy.improvement {
        checks.push(check("effect.improvement".to_owned(), Bound::Above(least), low()));
    }
    if let Some(least) = policy.confidence {
        let known =
            comparison(input).map(|c| (c.confidence, "confidence of the interval".to_owned(), Vec::new()));
        checks.push(check("effect.confidence".to_owned(), Bound::AtLeast(least), known));
    }
    if let Some(fewest) = policy.tasks {
        let known = comparison(input).map(|c| (c.tasks as f64, "tasks compared".to_owned(), Vec::new()));
        checks.push(check("effect.tasks".to_owned(), Bound::AtLeast(fewest.into()), known));
    }
    checks
}

fn limit_checks(policy: &LimitPolicy, input: &GateInput<'_>) -> Vec<GateCheck> {
    let mut checks = Vec::new();
    let mut add = |name: &str, most: Option<f64>, known: &dyn Fn() -> Known| {
        if let Some(most) = most {
            checks.push(check(format!("limit.{name}"), Bound::AtMost(most), known()));
        }
    };
    add("regressions", policy.regressions.map(f64::from), &|| regressions(input));
    add("untrusted_passages", policy.untrusted_passages.map(f64::from), &|| safety::untrusted(input, false));
    add("untrusted_share", policy.untrusted_share, &|| safety::untrusted(input, true));
    add("cost", policy.cost, &|| safety::cost(input));
    // Calls that failed say nothing of a version, so they fail a gate that does not say how many may.
    let failed = input.outcomes.is_some() && safety::failed_calls(input).is_ok_and(|(share, ..)| share > 0.0);
    let most = policy.failed_calls.or(failed.then_some(0.0));
    add("failed_calls", most, &|| safety::failed_calls(input));
    checks
}

fn tag_checks(tag: &str, policy: &TagPolicy, input: &GateInput<'_>) -> Vec<GateCheck> {
    let mut checks = Vec::new();
    let mut add = |name: &str, wanted: Option<Bound>, known: &dyn Fn(&[&Pair]) -> Known| {
        if let Some(wanted) = wanted {
            let known = tagged(tag, input).and_then(|pairs| known(&pairs));
            checks.push(check(format!("tag.{tag}.{name}"), wanted, known));
        }
    };
    add("score", policy.score.map(Bound::AtLeast), &|pairs| {
        let score = mean(&pairs.iter().map(|pair| mean(&pair.b)).collect::<Vec<_>>());
        Ok((score, format!("mean score in B of {}", counted(pairs.len(), "task")), Vec::new()))
    });
    add("effect", policy.effect.map(Bound::AtLeast), &|pairs| {
        let effect = |pair: &&Pair| mean(&pair.b) - mean(&pair.a);
        let worse = pairs.iter().filter(|pair| effect(pair) < 0.0).map(|pair| pair.task.clone()).collect();
        let words = format!("mean effect over {}", counted(pairs.len(), "task"));
        Ok((mean(&pairs.iter().map(effect).collect::<Vec<_>>()), words, worse))
    });
    add("failure_rate", policy.failure_rate.map(Bound::AtMost), &|pairs| {
        let failed: Vec<String> =
            pairs.iter().filter(|pair| !passes(&pair.passed_b)).map(|pair| pair.task.clone()).collect();
        let words = format!("{} of {} fail in B", failed.len(), counted(pairs.len(), "task"));
        Ok((failed.len() as f64 / pairs.len() as f64, words, failed))
    });
    checks
}

fn measure_check(measure: &Measure, floor: f64, input: &GateInput<'_>) -> GateCheck {
    let known = match input.measures {
        None => Err("no measures of B were given".to_owned()),
        Some(report) => match report.measures.get(measure) {
            None => Err("B was not measured by it".to_owned()),
            Some(got) if got.per_task.is_empty() => Err("it counts no task".to_owned()),
            Some(got) => {
                let words = format!("of B, over {}", counted(got.per_task.len(), "task"));
                Ok((got.mean, words, Vec::new()))
            }
        },
    };
    check(format!("measure.{measure}"), Bound::AtLeast(floor), known)
}

fn comparison<'a>(input: &GateInput<'a>) -> Result<&'a Comparison, String> {
    let comparison = input.comparison.ok_or("no comparison was given")?;
    if comparison.tasks == 0 { Err("no task was compared".to_owned()) } else { Ok(comparison) }
}

/// The pairs, if they are those of the comparison (where there is one) and each has outcomes in both versions.
pub(super) fn pairs<'a>(input: &GateInput<'a>) -> Result<&'a [Pair], String> {
    let pairs = input.pairs.ok_or("no outcomes of both versions were given")?;
    if pairs.is_empty() {
        return Err("no task was compared".to_owned());
    }
    let lacking = |pair: &&Pair| {
        [&pair.a, &pair.b].iter().any(|scores| scores.is_empty())
            || [&pair.passed_a, &pair.passed_b].iter().any(|passed| passed.is_empty())
    };
    if let Some(pair) = pairs.iter().find(lacking) {
        return Err(format!("task `{}` lacks outcomes", pair.task));
    }
    let Some(comparison) = input.comparison else { return Ok(pairs) };
    let known: BTreeMap<&str, ()> = comparison.per_task.iter().map(|task| (task.task.as_str(), ())).collect();
    let given: BTreeMap<&str, ()> = pairs.iter().map(|pair| (pair.task.as_str(), ())).collect();
    if known == given {
        Ok(pairs)
    } else {
        Err("the outcomes are not of the tasks that were compared".to_owned())
    }
}

fn tagged<'a>(tag: &str, input: &GateInput<'a>) -> Result<Vec<&'a Pair>, String> {
    let tagged: Vec<&Pair> =
        pairs(input)?.iter().filter(|pair| pair.tags.iter().any(|of| of == tag)).collect();
    if tagged.is_empty() { Err("no task has this tag".to_owned()) } else { Ok(tagged) }
}

fn regressions(input: &GateInput<'_>) -> Known {
    let regressed = regressed(pairs(input)?);
    Ok((regressed.len() as f64, "tasks that passed in A and fail in B".to_owned(), regressed))
}

/// Tasks that passed in A and fail in B, by id.
pub(super) fn regressed(pairs: &[Pair]) -> Vec<String> {
    let regressed = pairs.iter().filter(|pair| passes(&pair.passed_a) && !passes(&pair.passed_b));
    let mut tasks: Vec<String> = regressed.map(|pair| pair.task.clone()).collect();
    tasks.sort();
    tasks
}

/// Whether most trials passed.
pub(super) fn passes(trials: &[bool]) -> bool {
    trials.iter().filter(|passed| **passed).count() * 2 > trials.len()
}
