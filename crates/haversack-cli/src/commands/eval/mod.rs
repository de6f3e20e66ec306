//! `haversack eval`: numbers for what a context is worth.

pub(crate) mod asking;
mod attribute;
mod bias;
mod bisect;
mod compare;
pub(crate) mod gate;
mod impact;
mod import;
mod measure;
mod report;
mod reproduce;
mod run;
mod score;
mod show;
mod sweep;

use std::path::PathBuf;

use haversack::Workspace;
use haversack_eval::{Measure, Report, Suite};

use crate::Answer;
use crate::args::{EvalArgs, EvalCommand, Global};
use crate::failure::Failure;
use crate::output::{Output, STRONG, paint};

pub(crate) fn run(global: &Global, output: &Output, args: EvalArgs) -> Result<Answer, Failure> {
    match args.command {
        EvalCommand::Run(args) => run::run(global, output, &args),
        EvalCommand::Runs => run::list(global, output),
        EvalCommand::Show(args) => show::run(global, output, &args),
        EvalCommand::Impact(args) => impact::run(global, output, &args),
        EvalCommand::Compare(args) => compare::run(global, output, &args),
        EvalCommand::Attribute(args) => attribute::run(global, output, &args),
        EvalCommand::Bisect(args) => bisect::run(global, output, &args),
        EvalCommand::Sweep(args) => sweep::run(global, output, &args),
        EvalCommand::Bias(args) => bias::run(global, output, &args),
        EvalCommand::Gate(args) => gate::run(global, output, &args),
        EvalCommand::Report(args) => report::run(global, output, &args),
        EvalCommand::Import(args) => import::run(global, output, &args),
        EvalCommand::Measure(args) => measure::run(global, output, &args),
        EvalCommand::Score(args) => score::run(output, &args),
        EvalCommand::Reproduce(args) => reproduce::run(global, output, &args),
    }
}

/// The folder of a suite: one under evals/, or a path.
fn suite_folder(workspace: &Workspace, name: &str) -> PathBuf {
    let known = workspace.root().join("evals").join(name);
    if known.is_dir() { known } else { PathBuf::from(name) }
}

fn open_suite(workspace: &Workspace, name: &str) -> Result<Suite, Failure> {
    let folder = suite_folder(workspace, name);
    if folder.is_dir() {
        return Ok(Suite::open(&folder)?);
    }
    let evals = workspace.root().join("evals");
    let mut known: Vec<String> = std::fs::read_dir(evals).map_or_else(
        |_| Vec::new(),
        |entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect(),
    );
    known.sort();
    let hint = if known.is_empty() {
        "make one with `haversack eval import`".to_owned()
    } else {
        format!("suites here: {}", known.join(", "))
    };
    Err(Failure::usage(format!("no suite `{name}`"), hint))
}

fn parse_measures(names: &[String]) -> Result<Vec<Measure>, Failure> {
    let parse = |name: &String| name.trim().parse::<Measure>();
    names
        .iter()
        .map(|name| parse(name).map_err(|error| Failure::Usage { message: error.to_string(), hint: None }))
        .collect()
}

/// Means, one measure a line, and what they leave unsaid.
fn report_text(report: &Report) -> String {
    let mut text = String::new();
    for (measure, values) in &report.measures {
        let name = measure.to_string();
        text.push_str(&format!(
            "{} {:.4}  ({} tasks)\n",
            paint(STRONG, format!("{name:<22}")),
            values.mean + 0.0,
            values.per_task.len()
        ));
    }
    let notes = [
        (report.missing, "judged queries retrieved nothing"),
        (report.unjudged, "queries are not judged and do not count"),
        (report.without_relevant, "judged queries have no relevant document"),
    ];
    for (n, what) in notes.into_iter().filter(|(n, _)| *n > 0) {
        text.push_str(&format!("{n} {what}\n"));
    }
    text
}
