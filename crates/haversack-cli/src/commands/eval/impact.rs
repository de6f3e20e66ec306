use haversack::evaluate::Packs;
use haversack_eval::{Impact, TaskImpact};

use super::asking::Place;
use crate::Answer;
use crate::args::{Global, ImpactArgs};
use crate::failure::Failure;
use crate::output::{FAINT, Output, STRONG, count, one_line, paint, width};

pub(crate) fn run(global: &Global, output: &Output, args: &ImpactArgs) -> Result<Answer, Failure> {
    let place = Place::open(global, &args.asking.suite)?;
    let (a, b) = (place.context(&args.a)?, place.context(&args.b)?);
    let packs = Packs::of(&place.suite, (&a, &b), args.asking.asking.budget)?;
    let trials = args.asking.asking.trials.unwrap_or(place.suite.header.run.trials).max(1);
    let impact = packs.impact(&place.suite, trials);
    if output.json {
        output.value(&impact)?;
        return Ok(Answer::Done);
    }
    output.data(&line(&impact))?;
    for task in impact.tasks.iter().filter(|task| task.changed) {
        output.data(&of_task(task))?;
    }
    Ok(Answer::Done)
}

/// What a comparison would cost.
pub(super) fn line(impact: &Impact) -> String {
    format!(
        "{} of {} get another pack: a comparison needs {} of the agent and saves {}\n",
        paint(STRONG, impact.changed),
        count(impact.tasks.len() as u64, "task"),
        count(impact.calls_needed, "call"),
        impact.calls_saved
    )
}

fn of_task(task: &TaskImpact) -> String {
    let mut changes: Vec<String> = task.entered.iter().map(|citation| format!("+ {citation}")).collect();
    changes.extend(task.left.iter().map(|citation| format!("- {citation}")));
    changes
        .extend(task.moved.iter().map(|moved| format!("{} from {} to {}", moved.citation, moved.a, moved.b)));
    let tokens = format!("{} -> {} tokens", task.tokens_a, task.tokens_b);
    let mut text = format!("{}  {}\n", paint(STRONG, &task.task), paint(FAINT, tokens));
    for change in changes {
        text.push_str(&format!("  {}\n", one_line(&change, width().saturating_sub(2))));
    }
    text
}
