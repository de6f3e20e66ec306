//! What holds for every ranking, and what no input may do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use haversack_eval::{Averaging, Measure, Qrels, Run, Suite, SuiteHeader, measure_run};
use proptest::prelude::*;

/// Measures that are in [0, 1] and 1 for a ranking that could not be better.
const PERFECT: [&str; 17] = [
    "nDCG",
    "nDCG@3",
    "AP",
    "RR",
    "RR@3",
    "Rprec",
    "bpref",
    "success@1",
    "R@1000",
    "iprec@0.50",
    "11pt_avg",
    "gmAP",
    "relative_P@3",
    "setR",
    "nDCG_rel",
    "RnDCG",
    "binG",
];

/// Measures that are in [0, 1].
const BOUNDED: [&str; 11] = [
    "P@5",
    "AP@2",
    "infAP",
    "RBP",
    "setP",
    "setF",
    "setAP",
    "unjudged@4",
    "Rprec_mult@0.40",
    "iprec@1.00",
    "G",
];

fn measures(names: &[&str]) -> Vec<Measure> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

/// Grades of documents 0 to n, and a run over documents 0 to m with scores that tie often.
fn collection() -> impl Strategy<Value = (Vec<i32>, Vec<u8>)> {
    (prop::collection::vec(-1..4_i32, 1..20), prop::collection::vec(0..6_u8, 1..30))
}

fn qrels_lines(grades: &[i32]) -> Vec<String> {
    grades.iter().enumerate().map(|(id, grade)| format!("q 0 d{id} {grade}\n")).collect()
}

fn run_lines(scores: &[u8]) -> Vec<String> {
    scores.iter().enumerate().map(|(id, score)| format!("q Q0 d{id} {id} {score} r\n")).collect()
}

proptest! {
    #[test]
    fn values_are_in_their_bounds((grades, scores) in collection()) {
        let qrels = Qrels::parse(&qrels_lines(&grades).concat(), "q").unwrap();
        let run = Run::parse(&run_lines(&scores).concat(), "r").unwrap();
        let names = [&PERFECT[..], &BOUNDED[..]].concat();
        let report = measure_run(&qrels, &run, &measures(&names), Averaging::Complete).unwrap();
        for (measure, values) in &report.measures {
            let value = values.per_task["q"];
            prop_assert!((0.0..=1.0 + 1e-9).contains(&value), "{measure} = {value}");
            prop_assert!(values.mean.is_finite());
        }
    }

    #[test]
    fn the_order_of_lines_says_nothing((grades, scores) in collection(), seed in any::<u64>()) {
        let shuffle = |mut lines: Vec<String>| {
            let mut state = seed | 1;
            for index in (1..lines.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                lines.swap(index, (state >> 33) as usize % (index + 1));
            }
            lines.concat()
        };
        let names = [&PERFECT[..], &BOUNDED[..]].concat();
        let score = |qrels: &str, run: &str| {
            let (qrels, run) = (Qrels::parse(qrels, "q").unwrap(), Run::parse(run, "r").unwrap());
            measure_run(&qrels, &run, &measures(&names), Averaging::Complete).unwrap()
        };
        let (qrels, run) = (qrels_lines(&grades), run_lines(&scores));
        prop_assert_eq!(score(&qrels.concat(), &run.concat()), score(&shuffle(qrels), &shuffle(run)));
    }

    #[test]
    fn a_perfect_ranking_gives_one(mut grades in prop::collection::vec(0..4_i32, 1..20)) {
        grades.push(1);
        let order: BTreeMap<(i32, usize), usize> =
            grades.iter().enumerate().map(|(id, grade)| ((-grade, id), id)).collect();
        let lines: Vec<String> = order
            .values()
            .enumerate()
            .map(|(rank, id)| format!("q Q0 d{id} {rank} {} r\n", 1000 - rank))
            .collect();
        let qrels = Qrels::parse(&qrels_lines(&grades).concat(), "q").unwrap();
        let run = Run::parse(&lines.concat(), "r").unwrap();
        let report = measure_run(&qrels, &run, &measures(&PERFECT), Averaging::Complete).unwrap();
        for (measure, values) in &report.measures {
            prop_assert!((values.mean - 1.0).abs() < 1e-9, "{measure} = {}", values.mean);
        }
    }

    #[test]
    fn what_is_written_reads_back((grades, scores) in collection()) {
        let qrels = Qrels::parse(&qrels_lines(&grades).concat(), "q").unwrap();
        prop_assert_eq!(&Qrels::parse(&qrels.to_beir(), "q").unwrap(), &qrels);
        prop_assert_eq!(&Qrels::parse(&qrels.to_trec(), "q").unwrap(), &qrels);
        let run = Run::parse(&run_lines(&scores).concat(), "r").unwrap();
        prop_assert_eq!(&Run::parse(&run.to_trec(), "r").unwrap(), &run);
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "(?s).{0,200}") {
        let _ = Qrels::parse(&text, "f");
        let _ = Run::parse(&text, "f");
        let _ = SuiteHeader::parse(&text, "f");
        let _ = text.parse::<Measure>();
    }

    #[test]
    fn nor_do_files_that_are_nearly_right(
        qrels in "([a-c\u{e9}\t #]{0,4}(0|1|-3|9999999999)?[ \t\r\n\u{feff}]){0,12}",
        run in "(q Q0 [abé] [0-9] (1|1e999|-inf|nan|0x1p3|) r?[\r\n]{1,2}){0,6}",
        name in "(nDCG|P|iprec|answer|ndcg_cut)(\\(rel=[0-9x]{0,3}\\)?)?[@_.]?[0-9.é]{0,6}(tok)?",
    ) {
        let _ = Qrels::parse(&qrels, "f");
        if let Ok(run) = Run::parse(&run, "f") {
            let _ = run.stripped("a").to_trec();
        }
        let _ = name.parse::<Measure>();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn hostile_folders_are_errors_not_panics(
        name in prop::sample::select(vec!["suite.toml", "tasks.jsonl", "qrels.tsv", "expected.toml"]),
        bytes in prop::collection::vec(any::<u8>(), 0..80),
        cut in 0..200_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut suite = Suite::new("s");
        suite.tasks.push(haversack_eval::Task::new("t", "q"));
        suite.save(folder.path()).unwrap();
        let path = folder.path().join(name);
        let mut text = std::fs::read(&path).unwrap_or_default();
        let at = cut % (text.len() + 1);
        text.splice(at..at, bytes);
        std::fs::write(&path, text).unwrap();
        let _ = Suite::open(folder.path());
        let _ = Suite::edited(folder.path());
    }
}
