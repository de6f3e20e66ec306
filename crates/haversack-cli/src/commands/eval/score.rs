use haversack_eval::{Averaging, Qrels, Run, measure_run};

use super::{parse_measures, report_text};
use crate::Answer;
use crate::args::ScoreArgs;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(output: &Output, args: &ScoreArgs) -> Result<Answer, Failure> {
    let measures = parse_measures(&args.measures)?;
    let (qrels, run) = (Qrels::read(&args.qrels)?, Run::read(&args.run)?);
    let averaging = if args.trec_eval { Averaging::TrecEval } else { Averaging::Complete };
    let report = measure_run(&qrels, &run, &measures, averaging)?;
    if output.json {
        output.value(&report)?
    } else {
        output.data(&report_text(&report))?
    }
    if report.judged_retrieved == 0 {
        output.warning("no retrieved document is judged; do the ids of run and qrels agree?");
    }
    Ok(Answer::Done)
}
