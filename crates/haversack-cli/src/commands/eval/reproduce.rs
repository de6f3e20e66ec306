use haversack::Retriever;
use haversack::evaluate::{measure, rank};
use haversack_eval::{Deviation, Expected};
use serde::Serialize;

use super::open_suite;
use crate::Answer;
use crate::args::{Global, ReproduceArgs};
use crate::commands::{store, suggest, workspace};
use crate::failure::Failure;
use crate::output::{BAD, GOOD, Output, paint};

#[derive(Serialize)]
struct Outcome {
    context: String,
    note: String,
    version: haversack::VersionId,
    measured: usize,
    deviations: Vec<Deviation>,
}

pub(crate) fn run(global: &Global, output: &Output, args: &ReproduceArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let suite = open_suite(&workspace, &args.suite)?;
    if suite.expected.is_empty() {
        return Err(Failure::usage(
            format!("suite `{}` expects no numbers", args.suite),
            "add an expected.toml",
        ));
    }
    let store = store(&workspace)?;
    let mut outcomes = Vec::new();
    for expected in &suite.expected {
        let context = context_of(expected, &suite)?;
        let opened = store.context(&context).map_err(|error| suggest(&workspace, &context, error))?;
        let measures: Vec<_> = expected.measures.keys().copied().collect();
        let ranked = rank(&opened, &suite, Retriever::Hybrid)?;
        let report = measure(&opened, &suite, &measures, &ranked)?;
        outcomes.push(Outcome {
            context,
            note: expected.note.clone(),
            version: opened.version(),
            measured: measures.len(),
            deviations: expected.deviations(&report),
        });
    }
    let reproduced = outcomes.iter().all(|outcome| outcome.deviations.is_empty());
    if output.json {
        output.value(&outcomes)?;
    } else {
        outcomes.iter().try_for_each(|outcome| output.data(&text(outcome)))?;
    }
    Ok(if reproduced { Answer::Done } else { Answer::No })
}

fn context_of(expected: &Expected, suite: &haversack_eval::Suite) -> Result<String, Failure> {
    expected.context.clone().or_else(|| suite.header.context.clone()).ok_or_else(|| {
        Failure::usage("neither expected.toml nor suite.toml names a context", "add `context = \"...\"`")
    })
}

fn text(outcome: &Outcome) -> String {
    let head = format!("{} {}", outcome.context, outcome.version.short());
    if outcome.deviations.is_empty() {
        return format!("{} {head}: {} numbers\n", paint(GOOD, "reproduced"), outcome.measured);
    }
    let mut text = format!("{} {head}\n", paint(BAD, "differs"));
    for deviation in &outcome.deviations {
        let measured = deviation.measured.map_or("nothing".to_owned(), |value| format!("{value:.4}"));
        text.push_str(&format!(
            "  {}: expected {:.4} within {}, measured {measured}\n",
            deviation.measure, deviation.expected.value, deviation.expected.tolerance
        ));
    }
    text
}
