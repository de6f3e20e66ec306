use haversack::evaluate::{Carried, Evaluator};
use haversack_eval::{AttributeOptions, Attribution, FactorEffect};

use super::asking::{Counter, Place, estimate, probability, signed};
use crate::Answer;
use crate::args::{AttributeArgs, AttributingArgs, Global};
use crate::failure::Failure;
use crate::output::{BAD, FAINT, GOOD, Output, STRONG, count, paint};
use crate::progress::Bars;

/// Factors that are listed though nothing was found of them.
const MOST: usize = 10;

pub(crate) fn run(global: &Global, output: &Output, args: &AttributeArgs) -> Result<Answer, Failure> {
    let place = Place::open(global, &args.asking.suite)?;
    let a = place.context(&args.a)?;
    let b = args.b.as_ref().map(|b| place.context(b)).transpose()?;
    Counter::new(output).watch(|watch| {
        let evaluator = place.evaluator(&args.asking.asking, watch)?;
        let options = options(&evaluator, &args.attributing, args.asking.asking.seed);
        match &b {
            Some(b) => {
                let found = evaluator.attribute((&a, b), &options, &Bars::new(output))?;
                if output.json { output.value(&found) } else { output.data(&text(&found)) }
            }
            None => {
                let carried = evaluator.carried(&a, &options)?;
                if output.json { output.value(&carried) } else { output.data(&carried_text(&carried)) }
            }
        }
    })?;
    Ok(Answer::Done)
}

pub(super) fn options(evaluator: &Evaluator<'_>, args: &AttributingArgs, seed: u64) -> AttributeOptions {
    AttributeOptions {
        repeatable: evaluator.repeatable(),
        fdr: args.fdr,
        max_calls: args.max_calls,
        seed,
        ..AttributeOptions::default()
    }
}

/// What was found, then the largest of what was not.
fn text(found: &Attribution) -> String {
    let mut text = effects(found);
    let untouched = found.factors.iter().filter(|factor| factor.tasks == 0).count();
    if untouched > 0 {
        text.push_str(&format!("{} can change no pack of the suite\n", count(untouched as u64, "change")));
    }
    text.push_str(&cost(found));
    text
}

fn effects(found: &Attribution) -> String {
    let causes: Vec<&FactorEffect> = found.factors.iter().filter(|factor| factor.found).collect();
    let mut text = if causes.is_empty() {
        "nothing was found to move an outcome\n".to_owned()
    } else {
        format!(
            "{} the outcome of some task (false discoveries below {}); the mean is over all tasks that it touches\n",
            if causes.len() == 1 {
                "1 change moves".to_owned()
            } else {
                format!("{} changes move", causes.len())
            },
            found.fdr
        )
    };
    causes.iter().for_each(|factor| text.push_str(&line(factor)));
    let rest: Vec<_> = found.factors.iter().filter(|factor| !factor.found && factor.tasks > 0).collect();
    if !rest.is_empty() {
        text.push_str("for these it was not shown\n");
        rest.iter().take(MOST).for_each(|factor| text.push_str(&line(factor)));
        if rest.len() > MOST {
            text.push_str(&format!("  and {} more (--json has all)\n", rest.len() - MOST));
        }
    }
    text
}

fn line(factor: &FactorEffect) -> String {
    const MOST: usize = 6;
    let style = match (factor.found, factor.effect.mean > 0.0) {
        (false, _) => FAINT,
        (true, true) => GOOD,
        (true, false) => BAD,
    };
    let mut moved: Vec<(&String, f64)> = factor
        .per_task
        .iter()
        .map(|(task, effect)| (task, *effect))
        .filter(|(_, effect)| effect.abs() > 0.005)
        .collect();
    moved.sort_by(|x, y| y.1.abs().total_cmp(&x.1.abs()).then(x.0.cmp(y.0)));
    let mut named: Vec<String> =
        moved.iter().take(MOST).map(|(task, effect)| format!("{task} {}", signed(*effect))).collect();
    if moved.len() > MOST {
        named.push(format!("and {} more", moved.len() - MOST));
    }
    let named = if named.is_empty() { String::new() } else { format!("    {}\n", named.join(", ")) };
    format!(
        "  {}  mean {} on {}, {}\n{}",
        paint(style, factor.factor.to_string()),
        estimate(&factor.effect),
        count(factor.tasks as u64, "task"),
        probability("q", factor.q_value),
        paint(FAINT, named)
    )
}

fn cost(found: &Attribution) -> String {
    let mut text = format!(
        "{} of the agent; leaving out one change at a time would have taken {}\n",
        count(found.calls, "call"),
        found.leave_one_out_calls
    );
    if !found.complete {
        text.push_str("the budget of calls was spent before the end: what is not found may still be there\n");
    }
    text
}

fn carried_text(carried: &Carried) -> String {
    let mut text = String::new();
    let found = |up: bool| {
        carried
            .attribution
            .factors
            .iter()
            .filter(move |factor| factor.found && (factor.effect.mean > 0.0) == up)
    };
    for (up, words) in [(true, "carry the suite"), (false, "hurt it")] {
        let documents: Vec<_> = found(up).collect();
        text.push_str(&format!("{} {words}\n", paint(STRONG, count(documents.len() as u64, "document"))));
        documents.iter().for_each(|factor| text.push_str(&line(factor)));
    }
    let idle = carried.attribution.factors.iter().filter(|factor| !factor.found).count();
    text.push_str(&format!(
        "{} packed without an effect, {} never packed\n",
        count(idle as u64, "document"),
        carried.unused.len()
    ));
    text.push_str(&cost(&carried.attribution));
    text
}
