//! Our measures against the output of trec_eval itself.
//!
//! Runs only if `HAVERSACK_TREC_EVAL` names a folder with trec_eval's own test files (`qrels.test`,
//! `results.test`, `out.test.aq`), which are not part of this project.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;

use haversack_eval::{Aggregate, Averaging, Measure, Qrels, Run, measure_run};

/// Lines of the expected output that are no numbers.
const STRINGS: [&str; 2] = ["runid", "relstring"];

#[test]
fn all_numbers_of_all_trec_agree_to_four_digits() {
    let Some(folder) = std::env::var_os("HAVERSACK_TREC_EVAL").map(PathBuf::from) else { return };
    let qrels = Qrels::read(&folder.join("qrels.test")).unwrap();
    let run = Run::read(&folder.join("results.test")).unwrap();
    let expected = std::fs::read_to_string(folder.join("out.test.aq")).unwrap();
    let mut compared = 0;
    for line in expected.lines() {
        let [name, query, value] = line.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{line}") };
        if STRINGS.contains(&name) {
            continue;
        }
        let measure: Measure = name.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(measure.trec_name().as_deref(), Some(name));
        let report = measure_run(&qrels, &run, &[measure], Averaging::TrecEval).unwrap();
        let values = &report.measures[&measure];
        let got = if query == "all" { values.mean } else { values.per_task[query] };
        let digits = if measure.aggregate() == Aggregate::Sum { 0 } else { 4 };
        assert_eq!(format!("{got:.digits$}"), value, "{name} {query}");
        compared += 1;
    }
    assert!(compared > 300, "only {compared} numbers were compared");
}
