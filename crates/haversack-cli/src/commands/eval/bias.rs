use haversack_eval::{Bias, BiasEffect};

use super::asking::{Counter, Place, estimate, probability};
use crate::Answer;
use crate::args::{BiasArgs, Global};
use crate::failure::Failure;
use crate::output::{Output, STRONG, count, paint};

pub(crate) fn run(global: &Global, output: &Output, args: &BiasArgs) -> Result<Answer, Failure> {
    let place = Place::open(global, &args.asking.suite)?;
    let context = place.context(&args.context)?;
    let found = Counter::new(output).watch(|watch| {
        let evaluator = place.evaluator(&args.asking.asking, watch)?;
        Ok::<_, Failure>(evaluator.bias(&context, args.orders.into(), 0.05)?)
    })?;
    if output.json {
        output.value(&found)?
    } else {
        output.data(&text(&found))?
    }
    Ok(Answer::Done)
}

fn text(found: &Bias) -> String {
    let mut text = format!(
        "{} in {} orders: the score of {} depends on the order ({} with fewer than two passages)\n",
        count(found.tasks as u64, "task"),
        found.answers,
        paint(STRONG, count(found.unstable as u64, "task")),
        found.too_few_passages
    );
    let line = |what: &str, effect: &Option<BiasEffect>| match effect {
        Some(BiasEffect { tasks, effect, p_value }) => {
            format!(
                "{what}: {}, {}, {}\n",
                estimate(effect),
                probability("p", *p_value),
                count(*tasks as u64, "task")
            )
        }
        None => format!("{what}: nothing to look at\n"),
    };
    text.push_str(&line("score with the supporting passage first, less with it last", &found.support_first));
    text.push_str(&line("citations of the first passage beyond its share", &found.first_cited));
    text
}
