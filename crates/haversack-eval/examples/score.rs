//! Scores a TREC run: `score [--common] QRELS RUN MEASURE...` prints the report as JSON, and
//! `score --trec [-c] QRELS RUN` prints what `trec_eval -m all_trec -q [-c]` would (but its strings).
//!
//! It also takes the arguments of `haversack eval score`: `--qrels FILE --run FILE --measures A,B --json`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::path::Path;

use haversack_eval::{Averaging, Measure, Qrels, Run, measure_run};

fn main() -> Result<(), Box<dyn Error>> {
    let mut plain = Vec::new();
    let (mut qrels, mut run, mut averaging, mut trec) = (None, None, None, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--qrels" => qrels = arguments.next(),
            "--run" => run = arguments.next(),
            "--measures" => plain.extend(arguments.next().into_iter().flat_map(split)),
            "--common" => averaging = Some(Averaging::TrecEval),
            "-c" => averaging = Some(Averaging::Complete),
            "--trec" => trec = true,
            "--json" => {}
            _ if qrels.is_none() => qrels = Some(argument),
            _ if run.is_none() => run = Some(argument),
            _ => plain.extend(split(argument)),
        }
    }
    let (Some(qrels), Some(run)) = (qrels, run) else { return Err("which qrels and which run?".into()) };
    let (qrels, run) = (Qrels::read(Path::new(&qrels))?, Run::read(Path::new(&run))?);
    if trec {
        return print_trec(&qrels, &run, averaging.unwrap_or(Averaging::TrecEval));
    }
    let measures = plain.iter().map(|name| name.parse()).collect::<Result<Vec<Measure>, _>>()?;
    let averaging = averaging.unwrap_or(Averaging::Complete);
    println!("{}", serde_json::to_string(&measure_run(&qrels, &run, &measures, averaging)?)?);
    Ok(())
}

fn split(list: String) -> Vec<String> {
    list.split(',').map(str::to_owned).collect()
}

/// Every measure of `all_trec` at the cutoffs that trec_eval gives it.
fn all_trec() -> Vec<String> {
    let mut names: Vec<String> =
        "num_q num_ret num_rel num_rel_ret map gm_map Rprec bpref recip_rank infAP gm_bpref \
        utility 11pt_avg binG G ndcg ndcg_rel Rndcg set_P set_relative_P set_recall set_map set_F \
        num_nonrel_judged_ret rbp rbp_resid unj_5 unj_10 unj_20 success_1 success_5 success_10"
            .split_whitespace()
            .map(str::to_owned)
            .collect();
    names.extend((0..=10).map(|tenth| format!("iprec_at_recall_{}.{}0", tenth / 10, tenth % 10)));
    names.extend((1..=10).map(|fifth| format!("Rprec_mult_{}.{}0", fifth / 5, fifth * 2 % 10)));
    for name in ["P", "recall", "ndcg_cut", "map_cut", "relative_P"] {
        names.extend([5, 10, 15, 20, 30, 100, 200, 500, 1000].map(|k| format!("{name}_{k}")));
    }
    names
}

fn print_trec(qrels: &Qrels, run: &Run, averaging: Averaging) -> Result<(), Box<dyn Error>> {
    for name in all_trec() {
        let measure: Measure = name.parse()?;
        let report = measure_run(qrels, run, &[measure], averaging)?;
        let values = &report.measures[&measure];
        for (query, value) in &values.per_task {
            println!("{name:<22}\t{query}\t{value:.4}");
        }
        println!("{name:<22}\tall\t{:.4}", values.mean);
    }
    Ok(())
}
