use haversack::evaluate::{Compared, Named};
use haversack_eval::{Comparison, Verdict};

use super::asking::{Counter, Place, comparing, estimate, probability, signed};
use crate::Answer;
use crate::args::{CompareArgs, Global};
use crate::failure::Failure;
use crate::output::{BAD, FAINT, GOOD, Output, STRONG, WARN, count, paint};

pub(crate) fn run(global: &Global, output: &Output, args: &CompareArgs) -> Result<Answer, Failure> {
    let place = Place::open(global, &args.asking.suite)?;
    let (a, b) = (place.context(&args.a)?, place.context(&args.b)?);
    let compared = Counter::new(output).watch(|watch| {
        let evaluator = place.evaluator(&args.asking.asking, watch)?;
        let packs = evaluator.packs(&a, &b)?;
        let sides = (Named { address: &args.a, context: &a }, Named { address: &args.b, context: &b });
        let all = args.comparing.all || evaluator.repeatable();
        Ok::<_, Failure>(evaluator.compare(sides, &packs, all, &comparing(&args.comparing))?)
    })?;
    if output.json {
        output.value(&compared)?;
    } else {
        output.data(&text(&compared, (&args.a, &args.b)))?;
    }
    Ok(Answer::Done)
}

pub(super) fn text(compared: &Compared, (a, b): (&str, &str)) -> String {
    let comparison = &compared.comparison;
    let mut text = verdict(comparison, (a, b));
    text.push_str(&format!(
        "{}, {} with another pack: {}, {}, {}\n",
        count(comparison.tasks as u64, "task"),
        comparison.changed,
        count(comparison.wins as u64, "win"),
        count(comparison.ties as u64, "tie"),
        if comparison.losses == 1 { "1 loss".to_owned() } else { format!("{} losses", comparison.losses) }
    ));
    let passes = &comparison.passes;
    text.push_str(&format!(
        "passed: {} in both, {} only before, {} only now, {} in neither (McNemar {})\n",
        passes.both,
        passes.only_a,
        passes.only_b,
        passes.neither,
        probability("p", passes.mid_p_value)
    ));
    text.push_str(&slices(comparison));
    text.push_str(&limits(comparison));
    text.push_str(&moved(comparison));
    text.push_str(&format!(
        "{} of the agent, {} used again; equal packs spared {}\n",
        count(compared.calls, "call"),
        count(compared.reused, "outcome"),
        count(compared.spared, "call")
    ));
    for (failed, version) in compared.failed.iter().zip([a, b]).filter(|(failed, _)| failed.calls > 0) {
        let tasks: Vec<&str> = failed.tasks.iter().take(8).map(String::as_str).collect();
        text.push_str(&format!(
            "{} {} failed in {version} and counted 0: {}{}\n",
            paint(BAD, "warning:"),
            count(failed.calls, "call"),
            tasks.join(" "),
            if failed.tasks.len() > 8 { " ..." } else { "" }
        ));
    }
    text
}

fn verdict(comparison: &Comparison, (a, b): (&str, &str)) -> String {
    let (style, words) = match comparison.verdict {
        Verdict::Better => (GOOD, format!("{b} is better than {a}")),
        Verdict::Worse => (BAD, format!("{b} is worse than {a}")),
        Verdict::NoDifferenceSeen => (WARN, format!("no difference between {a} and {b} was seen")),
        Verdict::NotEnoughTasks => (WARN, format!("too few tasks to see a difference between {a} and {b}")),
    };
    let asked = if comparison.unasked > 0 { " of those asked" } else { "" };
    format!(
        "{}: mean score{asked} {:.3} -> {:.3}, effect on all {}, {}\n",
        paint(style, words),
        comparison.mean_a,
        comparison.mean_b,
        estimate(&comparison.effect),
        probability("p", comparison.p_value)
    )
}

/// Tags whose effect is not nothing, the surest first.
fn slices(comparison: &Comparison) -> String {
    let mut slices: Vec<_> = comparison.slices.iter().filter(|slice| slice.effect.mean != 0.0).collect();
    slices.sort_by(|x, y| x.q_value.total_cmp(&y.q_value).then(x.tag.cmp(&y.tag)));
    let line = |slice: &&haversack_eval::Slice| {
        let effect = estimate(&slice.effect);
        let q = probability("q", slice.q_value);
        format!("  {:<16} {:>9}  {effect}  {q}\n", slice.tag, count(slice.tasks as u64, "task"))
    };
    slices.iter().map(line).collect()
}

fn limits(comparison: &Comparison) -> String {
    let power = &comparison.power;
    let mut text = format!(
        "this suite sees a true effect of {:.3} in {:.0} % of comparisons\n",
        power.smallest_effect,
        power.power * 100.0
    );
    if let (Some(wanted), Some(tasks)) = (power.wanted, power.tasks_needed) {
        text.push_str(&format!("an effect of {wanted} needs {}\n", count(tasks, "task")));
    }
    if let (Some(deviation), Some(floor)) = (comparison.noise.deviation, comparison.noise.floor) {
        text.push_str(&format!(
            "repeated trials deviate by {deviation:.3}; chance alone reaches {floor:.3}\n"
        ));
    }
    if let Some(sequential) = &comparison.sequential {
        text.push_str(&format!(
            "looked at after every task: {} after {}, {}\n",
            if sequential.stopped { "sure" } else { "not sure" },
            count(sequential.tasks as u64, "task"),
            probability("p", sequential.p_value)
        ));
    }
    if comparison.unasked > 0 {
        text.push_str(&format!(
            "{} with the same pack {} not asked: mean scores are those of the others (--all asks)\n",
            count(comparison.unasked as u64, "task"),
            if comparison.unasked == 1 { "was" } else { "were" }
        ));
    }
    text
}

/// Tasks whose score moved.
fn moved(comparison: &Comparison) -> String {
    const MOST: usize = 20;
    let moved: Vec<_> = comparison.per_task.iter().filter(|task| task.effect != 0.0).collect();
    let line = |task: &&haversack_eval::TaskEffect| {
        let style = if task.effect > 0.0 { GOOD } else { BAD };
        let tags = paint(FAINT, task.tags.join(" "));
        format!(
            "  {} {} {:.2} -> {:.2}  {tags}\n",
            paint(STRONG, &task.task),
            paint(style, signed(task.effect)),
            task.a,
            task.b
        )
    };
    let mut text: String = moved.iter().take(MOST).map(line).collect();
    if moved.len() > MOST {
        text.push_str(&format!("  and {} more (--json has all)\n", moved.len() - MOST));
    }
    text
}
