use haversack::evaluate::{EvaluateError, Step};
use haversack_eval::{BisectOptions, Bisection, Factor, LogBisection, Task};
use serde_json::json;

use super::asking::{Counter, Place};
use crate::Answer;
use crate::args::{BisectArgs, Global};
use crate::commands::context_of;
use crate::failure::Failure;
use crate::output::{Output, STRONG, count, paint};
use crate::progress::Bars;

pub(crate) fn run(global: &Global, output: &Output, args: &BisectArgs) -> Result<Answer, Failure> {
    let place = Place::open(global, &args.asking.suite)?;
    let options = BisectOptions {
        confidence: args.confidence,
        max_calls: args.max_calls,
        all: args.all,
        seed: args.asking.asking.seed,
        ..BisectOptions::default()
    };
    match (&args.b, args.a.split_once("..")) {
        (Some(b), None) => between(&place, output, args, (&args.a, b), &options),
        (None, Some((good, bad))) => log(&place, output, args, (good, bad), &options),
        _ => Err(Failure::usage(
            "give two versions, or GOOD..BAD for the versions between them in the log",
            "for example `haversack eval bisect docs~1 docs --suite docs --task t1`",
        )),
    }
}

/// The tasks that are named; all where none are and that makes sense.
fn tasks<'a>(place: &'a Place, named: &[String], all: bool) -> Result<Vec<&'a Task>, Failure> {
    if named.is_empty() && all {
        return Ok(place.suite.tasks.iter().collect());
    }
    if named.is_empty() {
        return Err(Failure::usage(
            "no task is named",
            "name one whose outcome changed with --task ID; `haversack eval compare` lists them",
        ));
    }
    let find = |id: &String| {
        place.suite.task(id).ok_or_else(|| {
            let ids = place.suite.tasks.iter().map(|task| task.id.as_str());
            let near = ids.min_by_key(|known| strsim::damerau_levenshtein(known, id)).map(str::to_owned);
            EvaluateError::NoTask { task: id.clone(), suggestion: near }.into()
        })
    };
    named.iter().map(find).collect()
}

fn between(
    place: &Place,
    output: &Output,
    args: &BisectArgs,
    (a, b): (&str, &str),
    options: &BisectOptions,
) -> Result<Answer, Failure> {
    let tasks = tasks(place, &args.tasks, false)?;
    let (a, b) = (place.context(a)?, place.context(b)?);
    let found = Counter::new(output).watch(|watch| {
        let evaluator = place.evaluator(&args.asking.asking, watch)?;
        Ok::<_, Failure>(evaluator.bisect((&a, &b), &tasks, options, &Bars::new(output))?)
    })?;
    if output.json {
        output.value(&found)?
    } else {
        output.data(&text(&found))?
    }
    Ok(if found.conclusive { Answer::Done } else { Answer::No })
}

fn text(found: &Bisection) -> String {
    let scores = match (found.from_score, found.to_score) {
        (Some(from), Some(to)) => format!(" (score {from:.2} -> {to:.2})"),
        _ => String::new(),
    };
    let sure = if found.conclusive { "sure to" } else { "not sure to" };
    let mut text = format!("{}{scores}, {sure} {:.0} %\n", found.reason, found.confidence * 100.0);
    text.push_str(&set(&found.factors));
    for other in &found.others {
        text.push_str("or\n");
        text.push_str(&set(other));
    }
    if found.redundant == Some(true) && found.others.is_empty() && !found.factors.is_empty() {
        text.push_str("without these changes the outcome is still the later one: others suffice too (--all finds them)\n");
    }
    text.push_str(&format!(
        "{} of the agent, {} made\n",
        count(found.calls, "call"),
        count(found.packs, "pack")
    ));
    text
}

fn set(factors: &[Factor]) -> String {
    factors.iter().map(|factor| format!("  {}\n", paint(STRONG, factor.to_string()))).collect()
}

fn log(
    place: &Place,
    output: &Output,
    args: &BisectArgs,
    (good, bad): (&str, &str),
    options: &BisectOptions,
) -> Result<Answer, Failure> {
    let tasks = tasks(place, &args.tasks, true)?;
    let steps = steps(place, good, bad)?;
    let found = Counter::new(output).watch(|watch| {
        let evaluator = place.evaluator(&args.asking.asking, watch)?;
        Ok::<_, Failure>(evaluator.bisect_log(&steps, &tasks, options)?)
    })?;
    let name = |at: Option<usize>| at.and_then(|at| steps.get(at)).map(|step| step.address.clone());
    if output.json {
        output.value(&json!({
            "last_good": name(found.last_good), "first_bad": name(found.first_bad), "bisection": found,
            "versions": steps.iter().map(|step| &step.address).collect::<Vec<_>>(),
        }))?;
    } else {
        output.data(&log_text(&found, &name))?;
    }
    Ok(if found.conclusive { Answer::Done } else { Answer::No })
}

/// The versions of a log from one to another, oldest first.
fn steps(place: &Place, good: &str, bad: &str) -> Result<Vec<Step>, Failure> {
    let name = context_of(good);
    if context_of(bad) != name {
        return Err(Failure::usage("both ends must be versions of one context", "for example docs@v1..docs"));
    }
    let (first, last) = (place.context(good)?.version(), place.context(bad)?.version());
    let mut versions = place.store.line(name)?.versions();
    versions.reverse();
    let at = |wanted| versions.iter().position(|version| *version == wanted);
    match (at(first), at(last)) {
        (Some(from), Some(to)) if from < to => versions[from..=to]
            .iter()
            .map(|version| {
                let address = format!("{name}@{}", version.short());
                Ok(Step { context: place.context(&address)?, address })
            })
            .collect(),
        _ => Err(Failure::usage(
            format!("`{good}` does not stand before `{bad}` in the log"),
            format!("see `haversack log {name}`"),
        )),
    }
}

fn log_text(found: &LogBisection, name: &dyn Fn(Option<usize>) -> Option<String>) -> String {
    let mut text = match (name(found.last_good), name(found.first_bad)) {
        (Some(good), Some(bad)) => format!(
            "{} is the first like the last (score {:.2} -> {:.2}); {good} is the last before it\n",
            paint(STRONG, bad),
            found.good_score,
            found.bad_score
        ),
        _ => format!("{}\n", found.reason),
    };
    if !found.out_of_place.is_empty() {
        let places: Vec<String> = found.out_of_place.iter().filter_map(|at| name(Some(*at))).collect();
        text.push_str(&format!("the outcome went back and forth: {}\n", places.join(", ")));
    }
    let sure = if found.conclusive { "sure to" } else { "not sure to" };
    text.push_str(&format!(
        "{sure} {:.0} %, {} asked\n",
        found.confidence * 100.0,
        count(found.calls, "time")
    ));
    text
}
