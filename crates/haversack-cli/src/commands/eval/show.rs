use haversack::evaluate::runs;
use haversack_eval::{Entry, RunRecord};

use crate::Answer;
use crate::args::{Global, ShowRunArgs};
use crate::commands::{store, workspace};
use crate::failure::Failure;
use crate::output::{BAD, FAINT, GOOD, Output, STRONG, count, one_line, paint, width};

pub(crate) fn run(global: &Global, output: &Output, args: &ShowRunArgs) -> Result<Answer, Failure> {
    let runs = runs(&store(&workspace(global)?)?);
    let record = RunRecord::of(&runs.read(&runs.find(&args.run)?)?);
    if let Some(task) = args.tasks.iter().find(|task| !record.header.tasks.contains_key(*task)) {
        return Err(Failure::usage(
            format!("the run has no task `{task}`"),
            format!("`haversack eval show {}` lists those that did not pass", args.run),
        ));
    }
    let wanted = |entry: &&Entry| {
        let outcome = &entry.outcome;
        if args.tasks.is_empty() { !outcome.passed } else { args.tasks.contains(&outcome.task) }
    };
    let shown: Vec<&Entry> = record.outcomes.iter().filter(wanted).collect();
    if output.json {
        output.value(&shown)?;
        return Ok(Answer::Done);
    }
    for entry in &shown {
        output.data(&text(entry))?;
    }
    if args.tasks.is_empty() {
        output.note(&format!(
            "{} of {} did not pass",
            count(shown.len() as u64, "outcome"),
            record.outcomes.len()
        ));
    }
    Ok(Answer::Done)
}

fn text(entry: &Entry) -> String {
    let outcome = &entry.outcome;
    let columns = width().saturating_sub(4);
    let style = if outcome.passed { GOOD } else { BAD };
    let trial = if outcome.trial > 0 { format!(" trial {}", outcome.trial) } else { String::new() };
    let mut text = format!(
        "{}{trial} {}\n",
        paint(STRONG, &outcome.task),
        paint(style, format!("{:.2}", outcome.score))
    );
    let said = match &outcome.answer {
        Some(answer) if answer.abstained => "(abstained)".to_owned(),
        Some(answer) => answer.text.clone(),
        None => outcome.error.clone().unwrap_or_default(),
    };
    text.push_str(&format!("    {}\n", one_line(&said, columns)));
    for (grader, grade) in &outcome.grades {
        let reason = one_line(&format!("{grader}: {}", grade.reason), columns);
        text.push_str(&format!("    {}\n", paint(FAINT, reason)));
    }
    text
}
