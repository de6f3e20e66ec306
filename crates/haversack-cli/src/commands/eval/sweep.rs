use haversack::evaluate::{Named, Setting};
use haversack_eval::SweepPoint;

use super::asking::{Counter, Place};
use crate::Answer;
use crate::args::{Global, SweepArgs};
use crate::failure::Failure;
use crate::output::{GOOD, Output, count, paint};
use crate::progress::Bars;

pub(crate) fn run(global: &Global, output: &Output, args: &SweepArgs) -> Result<Answer, Failure> {
    let settings = settings(&args.vary)?;
    let place = Place::open(global, &args.asking.suite)?;
    let context = place.context(&args.context)?;
    let points = Counter::new(output).watch(|watch| {
        let evaluator = place.evaluator(&args.asking.asking, watch)?;
        let version = Named { address: &args.context, context: &context };
        Ok::<_, Failure>(evaluator.sweep(version, &settings, &Bars::new(output))?)
    })?;
    if output.json {
        output.value(&points)?;
    } else {
        let mut points: Vec<&SweepPoint> = points.iter().collect();
        points.sort_by(|a, b| a.tokens.total_cmp(&b.tokens).then(a.label.cmp(&b.label)));
        for point in points {
            output.data(&line(point))?;
        }
        output.note("* no other setting has at least this score for at most these tokens");
    }
    Ok(Answer::Done)
}

/// `KEY=A,B,C` for each setting.
pub(super) fn settings(vary: &[String]) -> Result<Vec<Setting>, Failure> {
    let one = |text: &String| {
        let (field, values) =
            text.split_once('=').filter(|(field, values)| !field.is_empty() && !values.is_empty())?;
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        Some(Setting { field: field.trim().to_owned(), values })
    };
    let refuse = |text: &String| {
        Failure::usage(
            format!("`--vary {text}` is not KEY=VALUES"),
            "for example --vary packing.budget=500,1000,2000",
        )
    };
    vary.iter().map(|text| one(text).ok_or_else(|| refuse(text))).collect()
}

fn line(point: &SweepPoint) -> String {
    let score = &point.score;
    let failed = match point.failed {
        0 => String::new(),
        failed => format!("  ({} failed)", count(failed, "call")),
    };
    let line = format!(
        "{} {:>8.0} tokens  {:.3} [{:.3}, {:.3}]  {}{failed}",
        if point.on_front { "*" } else { " " },
        point.tokens,
        score.mean,
        score.low,
        score.high,
        point.label
    );
    if point.on_front { format!("{}\n", paint(GOOD, line)) } else { format!("{line}\n") }
}
