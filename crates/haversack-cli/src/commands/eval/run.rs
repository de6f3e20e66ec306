use std::path::Path;

use haversack::evaluate::runs;
use haversack_eval::{Outcome, RunRecord, junit_of_outcomes, outcomes_csv, outcomes_jsonl, run_of_packs};
use serde_json::json;

use super::asking::{Counter, Place};
use crate::Answer;
use crate::args::{Global, RunArgs};
use crate::commands::{date, store, workspace};
use crate::failure::Failure;
use crate::output::{BAD, FAINT, Output, STRONG, WARN, count, one_line, paint};

/// How a run can be written.
const FORMATS: [&str; 5] = ["jsonl", "csv", "trec", "junit", "answers"];

pub(crate) fn run(global: &Global, output: &Output, args: &RunArgs) -> Result<Answer, Failure> {
    let exports: Vec<(&str, &Path)> =
        args.export.iter().map(|text| export(text)).collect::<Result<_, _>>()?;
    let place = Place::open(global, &args.suite)?;
    let context = place.context(&args.context)?;
    let record = Counter::new(output).watch(|watch| {
        let evaluator = place.evaluator(&args.asking, watch)?;
        let record = match &args.resume {
            Some(prefix) => evaluator.resume(&context, &runs(&place.store).find(prefix)?)?,
            None => evaluator.run(&context, &args.context, None)?,
        };
        for (format, path) in exports {
            write(&place, (&evaluator, &context), &record, (format, path))?;
        }
        Ok::<_, Failure>(record)
    })?;
    if output.json {
        output.value(&json!({
            "run": record.header.run, "suite": record.header.suite, "version": record.header.version,
            "agent": record.header.agent.name, "complete": record.complete, "stopped": record.stopped,
            "totals": record.totals, "mean_score": record.mean_score(), "pass_rate": record.pass_rate(), "tags": record.tag_means(),
            "outcomes": record.outcomes,
        }))?;
    } else {
        output.data(&text(&record))?;
    }
    if !record.complete {
        let why = record.stopped.as_ref().map_or_else(String::new, |stop| format!(" ({stop})"));
        output.warning(&format!(
            "the run is not complete: {} missing{why}; go on with --resume {}",
            count(record.totals.missing, "task"),
            record.header.run
        ));
        return Ok(Answer::No);
    }
    // An agent that never answered was not evaluated.
    let answered = record.totals.failed + record.totals.timed_out < record.outcomes.len() as u64;
    Ok(if answered { Answer::Done } else { Answer::No })
}

pub(crate) fn list(global: &Global, output: &Output) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let listing = runs(&store(&workspace)?).all()?;
    let records: Vec<RunRecord> = listing.recordings.iter().map(RunRecord::of).collect();
    if output.json {
        let value = |record: &RunRecord| {
            json!({
                "run": record.header.run, "suite": record.header.suite, "context": record.header.context,
                "version": record.header.version, "agent": record.header.agent.name, "at": record.header.at,
                "complete": record.complete, "totals": record.totals, "mean_score": record.mean_score(),
            })
        };
        output.value(&records.iter().map(value).collect::<Vec<_>>())?;
    } else {
        for record in &records {
            output.data(&line(record))?;
        }
    }
    for (run, error) in &listing.unreadable {
        output.warning(&format!("{run}: {error}"));
    }
    Ok(if listing.unreadable.is_empty() { Answer::Done } else { Answer::No })
}

fn line(record: &RunRecord) -> String {
    let header = &record.header;
    let score = record.mean_score().map_or("  -  ".to_owned(), |score| format!("{score:.3}"));
    let state = if record.complete { String::new() } else { paint(WARN, " incomplete") };
    format!(
        "{} {} {score} {} {} by {}, {}{state}\n",
        paint(STRONG, &header.run),
        paint(FAINT, date(header.at / 1_000)),
        header.suite,
        header.context,
        header.agent.name,
        count(header.tasks.len() as u64, "task"),
    )
}

fn text(record: &RunRecord) -> String {
    let totals = &record.totals;
    let mut text = format!(
        "{}: mean score {:.3}, {:.1} % passed, {} by {}\n",
        paint(STRONG, &record.header.run),
        record.mean_score().unwrap_or(0.0),
        record.pass_rate().unwrap_or(0.0) * 100.0,
        count(totals.tasks, "task"),
        record.header.agent.name
    );
    for (tag, mean) in record.tag_means() {
        text.push_str(&format!("  {tag:<16} {:>9}  {:.3}\n", count(mean.tasks, "task"), mean.score));
    }
    text.push_str(&format!(
        "{} of the agent, {} used again, {} abstained, {} failed, {} timed out\n",
        count(totals.calls, "call"),
        totals.reused,
        totals.abstained,
        totals.failed,
        totals.timed_out
    ));
    text.push_str(&failures(record));
    let usage = &totals.usage;
    if usage.input_tokens + usage.output_tokens > 0 {
        text.push_str(&format!(
            "{} tokens read, {} written, cost {:.4}\n",
            usage.input_tokens, usage.output_tokens, usage.cost
        ));
    }
    text
}

/// Why calls failed: each reason once, with its first task.
fn failures(record: &RunRecord) -> String {
    let mut reasons: Vec<(&str, &str, u64)> = Vec::new();
    for outcome in record.outcomes.iter().map(|entry| &entry.outcome) {
        let Some(error) = outcome.error.as_deref() else { continue };
        match reasons.iter_mut().find(|(reason, ..)| *reason == error) {
            Some((.., times)) => *times += 1,
            None => reasons.push((error, &outcome.task, 1)),
        }
    }
    let line = |(reason, task, times): &(&str, &str, u64)| {
        let times = if *times > 1 { format!(" (and {} more)", times - 1) } else { String::new() };
        format!("  {} {task}{times}: {}\n", paint(BAD, "failed"), one_line(reason, 200))
    };
    let mut text: String = reasons.iter().take(5).map(line).collect();
    if reasons.len() > 5 {
        text.push_str(&format!("  and {} other reasons\n", reasons.len() - 5));
    }
    text
}

fn export(text: &str) -> Result<(&str, &Path), Failure> {
    match text.split_once('=') {
        Some((format, path)) if FORMATS.contains(&format) && !path.is_empty() => {
            Ok((format, Path::new(path)))
        }
        _ => Err(Failure::usage(
            format!("`--export {text}` is not FORMAT=FILE"),
            format!("formats are {}", FORMATS.join(", ")),
        )),
    }
}

fn write(
    place: &Place,
    (evaluator, context): (&haversack::evaluate::Evaluator<'_>, &haversack::Context),
    record: &RunRecord,
    (format, path): (&str, &Path),
) -> Result<(), Failure> {
    let outcomes: Vec<Outcome> = record.outcomes.iter().map(|entry| entry.outcome.clone()).collect();
    let suite = &place.suite;
    let text = match format {
        "jsonl" => outcomes_jsonl(record)?,
        "csv" => outcomes_csv(record),
        "junit" => junit_of_outcomes(&suite.header.name, &outcomes),
        "answers" => runs(&place.store).read(&record.header.run)?.answers_jsonl()?,
        _ => {
            let packs = suite.tasks.iter().map(|task| Ok((task.id.clone(), evaluator.pack(context, task)?)));
            let packs = packs.collect::<Result<Vec<_>, Failure>>()?;
            let packs = packs.iter().map(|(id, pack)| (id.as_str(), pack));
            run_of_packs("haversack", packs)
                .map_err(|error| Failure::usage(format!("no TREC run: {error}"), "check tasks.jsonl"))?
                .stripped(&suite.header.id_prefix)
                .to_trec()
        }
    };
    std::fs::write(path, text).map_err(Failure::file("write", path))
}
