use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;

use haversack::Context;
use haversack::evaluate::{Compared, Evaluator, Named, Packs, measure, rank};
use haversack_eval::{CompareOptions, GateInput, GateResult, PackTrust, Policy};

use super::asking::{Counter, Place};
use crate::Answer;
use crate::args::{AskingArgs, GateArgs, GatingArgs, Global};
use crate::failure::Failure;
use crate::output::{BAD, GOOD, Output, count, paint};

/// Two versions as people call them.
pub(crate) type Sides<'a> = ((&'a str, &'a Context), (&'a str, &'a Context));

pub(crate) fn run(global: &Global, output: &Output, args: &GateArgs) -> Result<Answer, Failure> {
    let place = Place::open(global, &args.asking.suite)?;
    let (a, b) = (place.context(&args.a)?, place.context(&args.b)?);
    let result = judge(&place, output, &args.asking.asking, &args.gating, ((&args.a, &a), (&args.b, &b)))?;
    if output.json {
        output.value(&result)?
    } else {
        output.data(&text(&result))?
    }
    Ok(if result.passed { Answer::Done } else { Answer::No })
}

/// Judges B against A, and writes what is to be written.
pub(crate) fn judge(
    place: &Place,
    output: &Output,
    asking: &AskingArgs,
    gating: &GatingArgs,
    sides: Sides<'_>,
) -> Result<GateResult, Failure> {
    let policy = policy(place, gating.policy.clone())?;
    let (compared, result) = Counter::new(output).watch(|watch| {
        let evaluator = place.evaluator(asking, watch)?;
        let (compared, packs) = compare(&evaluator, &policy, sides)?;
        let result = result(place, &policy, sides.1.1, (&compared, &packs))?;
        Ok::<_, Failure>((compared, result))
    })?;
    if let Some(path) = &gating.junit {
        std::fs::write(path, result.to_junit(&compared.pairs)).map_err(Failure::file("write", path))?;
    }
    if let Some(path) = &gating.markdown {
        let summary = result.to_markdown(Some(&compared.comparison), &compared.pairs);
        std::fs::write(path, summary).map_err(Failure::file("write", path))?;
    }
    for (failed, version) in
        compared.failed.iter().zip([sides.0.0, sides.1.0]).filter(|(failed, _)| failed.calls > 0)
    {
        output.warning(&format!("{} failed in {version} and counted 0", count(failed.calls, "call")));
    }
    Ok(result)
}

/// The policy of a file, else of the suite.
pub(super) fn policy(place: &Place, path: Option<PathBuf>) -> Result<Policy, Failure> {
    let path = path.unwrap_or_else(|| place.folder.join("gate.toml"));
    let text = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::usage(
            format!("no policy `{}`", path.display()),
            "write one, for example with `[limit]` and `regressions = 0`, or name another with --policy",
        ),
        _ => Failure::file("read", &path)(error),
    })?;
    Ok(Policy::parse(&text, &path.display().to_string())?)
}

/// A gate looks at every task, so means and floors are those of the whole suite.
fn compare(
    evaluator: &Evaluator<'_>,
    policy: &Policy,
    (a, b): Sides<'_>,
) -> Result<(Compared, Packs), Failure> {
    let packs = evaluator.packs(a.1, b.1)?;
    let sides = (Named { address: a.0, context: a.1 }, Named { address: b.0, context: b.1 });
    let alpha = policy.effect.confidence.map_or(0.05, |confidence| 1.0 - confidence);
    let compared =
        evaluator.compare(sides, &packs, true, &CompareOptions { alpha, ..CompareOptions::default() })?;
    Ok((compared, packs))
}

/// What a policy says of B.
pub(super) fn result(
    place: &Place,
    policy: &Policy,
    b: &Context,
    (compared, packs): (&Compared, &Packs),
) -> Result<GateResult, Failure> {
    let measures: Vec<_> = policy.measures().collect();
    let report = if measures.is_empty() {
        None
    } else {
        let ranked = rank(b, &place.suite, haversack::Retriever::Hybrid)?;
        Some(measure(b, &place.suite, &measures, &ranked)?)
    };
    let tasks = place.suite.tasks.iter().zip(&packs.b);
    let trust: BTreeMap<String, PackTrust> =
        tasks.map(|(task, pack)| (task.id.clone(), PackTrust::from(pack))).collect();
    Ok(policy.judge(&GateInput {
        comparison: Some(&compared.comparison),
        pairs: Some(&compared.pairs),
        baseline: Some(&compared.outcomes[0]),
        outcomes: Some(&compared.outcomes[1]),
        packs: Some(&trust),
        measures: report.as_ref(),
    }))
}

pub(crate) fn text(result: &GateResult) -> String {
    let mut text = String::new();
    for check in &result.checks {
        let mark = if check.passed { paint(GOOD, "passed") } else { paint(BAD, "failed") };
        text.push_str(&format!(
            "{mark} {:<24} {:>6}, wanted {}: {}\n",
            check.name,
            check.actual_text(),
            check.wanted,
            check.detail
        ));
        if !check.passed && !check.tasks.is_empty() {
            text.push_str(&format!("         {}\n", check.tasks.join(" ")));
        }
    }
    text.push_str(&if result.passed {
        format!("{}\n", paint(GOOD, "the gate is passed"))
    } else {
        format!("{}\n", paint(BAD, "the gate is not passed"))
    });
    text
}
