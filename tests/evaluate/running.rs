//! `eval run` and `eval runs`.

use serde_json::Value;

use crate::common::strict;
use crate::examined::Examined;

const RUN: [&str; 4] = ["run", "leases", "--context", "docs"];

fn run(examined: &Examined, more: &[&str]) -> Value {
    examined.json(&[&RUN[..], more].concat())
}

#[test]
fn a_second_run_asks_nothing_and_both_are_listed() {
    let examined = Examined::new(12, 6);
    let first = run(&examined, &["--agent", "reader"]);
    assert_eq!(first["totals"]["calls"], 6);
    assert_eq!((&first["mean_score"], &first["pass_rate"]), (&Value::from(1.0), &Value::from(1.0)));
    assert_eq!(first["tags"]["even"]["tasks"], 3, "{first}");
    assert_eq!(first["complete"], true);
    let outcomes = first["outcomes"].as_array().unwrap();
    assert_eq!(outcomes.len(), 6);
    assert_eq!(outcomes[2]["outcome"]["task"], "t02", "{}", outcomes[2]);
    assert_eq!(outcomes[2]["outcome"]["score"], 1.0);
    assert_eq!(examined.asked().len(), 6);
    let second = run(&examined, &["--agent", "reader"]);
    assert_eq!((&second["totals"]["calls"], &second["totals"]["reused"]), (&Value::from(0), &Value::from(6)));
    assert_eq!(second["mean_score"], 1.0);
    assert_ne!(second["run"], first["run"]);
    assert!(examined.asked().is_empty());
    // Another agent knows nothing of that.
    assert_eq!(run(&examined, &[])["totals"]["calls"], 6);
    let runs = examined.json(&["runs"]);
    let names: Vec<&Value> = runs.as_array().unwrap().iter().map(|run| &run["run"]).collect();
    assert_eq!(names.len(), 3);
    assert!(names.contains(&&first["run"]) && names.contains(&&second["run"]));
    let (code, text, _) = examined.place.run(&["eval", "runs"]);
    assert_eq!((code, text.lines().count()), (0, 3), "{text}");
}

#[test]
fn trials_are_asked_each_and_only_more_trials_are_new() {
    let examined = Examined::new(6, 3);
    let twice = run(&examined, &["--agent", "reader", "--trials", "2"]);
    assert_eq!(
        (twice["totals"]["calls"].as_u64(), twice["outcomes"].as_array().unwrap().len()),
        (Some(6), 6)
    );
    let thrice = run(&examined, &["--agent", "reader", "--trials", "3"]);
    assert_eq!((thrice["totals"]["calls"].as_u64(), thrice["totals"]["reused"].as_u64()), (Some(3), Some(6)));
    assert_eq!(examined.asked().len(), 9);
}

#[test]
fn what_is_exported_can_be_read_and_replayed() {
    let examined = Examined::new(8, 5);
    examined.page(1, 9_999, "white");
    examined.build();
    let exports = ["jsonl", "csv", "trec", "junit", "answers"].map(|format| {
        format!("{format}=evals/leases/{}", if format == "answers" { "answers.jsonl" } else { format })
    });
    let flags: Vec<&str> = exports.iter().flat_map(|export| ["--export", export.as_str()]).collect();
    let first = run(&examined, &[&["--agent", "reader"], &flags[..]].concat());
    assert_eq!(first["mean_score"], 0.8);
    let outcomes: Vec<Value> = examined.read("evals/leases/jsonl").lines().map(strict).collect();
    assert_eq!(outcomes.len(), 5);
    assert_eq!((&outcomes[1]["task"], &outcomes[1]["score"]), (&Value::from("t01"), &Value::from(0.0)));
    let csv = examined.read("evals/leases/csv");
    assert_eq!(csv.lines().count(), 6);
    assert!(csv.lines().nth(1).unwrap().contains("t00"), "{csv}");
    let trec = examined.read("evals/leases/trec");
    assert!(trec.starts_with("t00 Q0 docs/zorbel.md 1 "), "{trec}");
    let junit = examined.read("evals/leases/junit");
    assert_eq!(junit.matches("<testcase").count(), 5);
    assert_eq!(junit.matches("<failure").count(), 1, "{junit}");
    assert_eq!(examined.asked().len(), 5);

    // In a store that knows nothing, so that outcomes cannot be taken from the first run.
    std::fs::remove_dir_all(examined.place.store().join("runs")).unwrap();
    let replayed = run(&examined, &["--agent", "recorded"]);
    let scores = |run: &Value| -> Vec<Value> {
        let all = run["outcomes"].as_array().unwrap().iter();
        all.map(|entry| {
            [&entry["outcome"]["task"], &entry["outcome"]["score"]].into_iter().cloned().collect()
        })
        .collect()
    };
    assert_eq!(scores(&replayed), scores(&first));
    assert_eq!(replayed["totals"]["failed"], 0);
    assert!(examined.asked().is_empty(), "a replay calls nobody");
}

#[test]
fn a_call_that_fails_counts_nothing_and_is_never_dropped() {
    let examined = Examined::new(6, 4);
    let record = run(&examined, &["--agent", "broken"]);
    assert_eq!((&record["complete"], &record["totals"]["failed"]), (&Value::from(true), &Value::from(1)));
    assert_eq!(record["mean_score"], 0.75);
    let outcomes = record["outcomes"].as_array().unwrap();
    assert_eq!(outcomes.len(), 4);
    let failed = &outcomes[1]["outcome"];
    assert_eq!((&failed["task"], &failed["status"]), (&Value::from("t01"), &Value::from("failed")));
    assert!(failed["error"].as_str().unwrap().contains('3'), "{failed}");
    // What failed is asked again, and nothing else.
    examined.asked();
    let again = run(&examined, &["--agent", "broken"]);
    assert_eq!(examined.asked(), ["t01"]);
    assert_eq!((&again["totals"]["failed"], &again["mean_score"]), (&Value::from(1), &Value::from(0.75)));
    let (code, text, _) =
        examined.place.run(&["eval", "run", "leases", "--context", "docs", "--agent", "broken"]);
    assert_eq!(code, 0);
    assert!(text.contains("1 failed"), "{text}");
}

#[test]
fn a_forgotten_document_is_not_quoted_by_runs_that_are_removed_with_it() {
    let examined = Examined::new(16, 6);
    examined.json(&["run", "leases", "--context", "docs"]);
    let said = |place: &crate::common::Workplace, args: &[&str]| place.json(args);
    let told = said(&examined.place, &["forget", "docs/zorbel.md", "--yes"]);
    assert_eq!(
        (told["runs"]["may_quote"].as_array().unwrap().len(), &told["runs"]["removed"]),
        (1, &false.into())
    );
    assert_eq!(examined.json(&["runs"]).as_array().unwrap().len(), 1);
    let told = said(&examined.place, &["forget", "docs/quenta.md", "--yes", "--runs"]);
    assert_eq!(told["runs"]["removed"], true);
    assert!(examined.json(&["runs"]).as_array().unwrap().is_empty());
}
