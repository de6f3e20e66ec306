//! A fixture small enough to compute by hand.
//!
//! q1 is ranked c x a b (x before a: equal scores, the greater id first), judged 0 . 2 1, with d (grade 1) not
//! retrieved. q2 is ranked e, relevant. q3 is not in the run. q4 has nothing relevant. q9 is not judged.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use haversack_eval::{Averaging, Measure, Qrels, Report, Run, measure_run};

fn report(names: &[&str], averaging: Averaging) -> Report {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let qrels = Qrels::read(&folder.join("small.qrels")).unwrap();
    let run = Run::read(&folder.join("small.run")).unwrap();
    let measures: Vec<Measure> = names.iter().map(|name| name.parse().unwrap()).collect();
    measure_run(&qrels, &run, &measures, averaging).unwrap()
}

#[test]
fn values_by_hand() {
    let log3 = 3_f64.log2();
    let log5 = 5_f64.log2();
    // For q1: gains 0 0 2 1, ideal 2 1 1.
    let ndcg = (2.0 / 2.0 + 1.0 / log5) / (2.0 + 1.0 / log3 + 1.0 / 2.0);
    let cases = [
        ("nDCG", ndcg),
        ("nDCG@3", 1.0 / (2.0 + 1.0 / log3 + 0.5)),
        ("AP", (1.0 / 3.0 + 2.0 / 4.0) / 3.0),
        ("AP@3", (1.0 / 3.0) / 3.0),
        ("RR", 1.0 / 3.0),
        ("RR@2", 0.0),
        ("P@5", 2.0 / 5.0),
        ("P(rel=2)@5", 1.0 / 5.0),
        ("R@100", 2.0 / 3.0),
        ("R(rel=2)@100", 1.0),
        ("success@1", 0.0),
        ("success@3", 1.0),
        ("Rprec", 1.0 / 3.0),
        // One judged irrelevant document (c) stands above both: 1 - 1/1 each.
        ("bpref", 0.0),
        ("iprec@0.00", 0.5),
        ("iprec@1.00", 0.0),
        ("setP", 0.5),
        ("setF", 2.0 * 2.0 / 7.0),
        ("unjudged@5", 0.2),
        ("num_rel", 3.0),
    ];
    let names: Vec<&str> = cases.iter().map(|(name, _)| *name).collect();
    let report = report(&names, Averaging::Complete);
    for (name, expected) in cases {
        let got = report.measures[&name.parse().unwrap()].per_task["q1"];
        assert!((got - expected).abs() < 1e-12, "{name}: {got}, expected {expected}");
    }
}

#[test]
fn means_by_hand() {
    let complete = report(&["RR", "num_ret"], Averaging::Complete);
    assert!((complete.mean("RR").unwrap() - (1.0 / 3.0 + 1.0 + 0.0 + 0.0) / 4.0).abs() < 1e-12);
    assert_eq!(complete.mean("num_ret"), Some(6.0));
    let counts = (complete.queries, complete.missing, complete.unjudged, complete.without_relevant);
    assert_eq!(counts, (4, 1, 1, 1));
    let common = report(&["RR"], Averaging::TrecEval);
    assert!((common.mean("RR").unwrap() - (1.0 / 3.0 + 1.0 + 0.0) / 3.0).abs() < 1e-12);
}
