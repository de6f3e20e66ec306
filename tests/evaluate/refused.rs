//! What cannot be done is said, with the reason and what to do instead.

use crate::common::Workplace;
use crate::examined::{Examined, task};

/// Runs a command that must be refused; gives what it said.
fn refused(examined: &Examined, args: &[&str], expected: &[&str]) {
    let (code, out, err) = examined.place.run(args);
    assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {err}");
    assert!(err.starts_with("error:") && !err.contains("panicked"), "{args:?}: {err}");
    for words in expected {
        assert!(err.contains(words), "{args:?} should say `{words}`: {err}");
    }
}

#[test]
fn nonsense_is_refused_with_what_there_is() {
    let examined = Examined::new(6, 3);
    examined.page(0, 9_999, "white");
    examined.build();
    let run = ["eval", "run", "leases", "--context", "docs"];
    let refuse = |more: &[&str], expected: &[&str]| refused(&examined, &[&run[..], more].concat(), expected);
    refuse(&["--agent", "raeder"], &["no agent `raeder`", "hint:", "reader", "first", "extractive"]);
    refuse(&["--export", "xml=out"], &["`--export xml=out` is not FORMAT=FILE", "hint:", "junit"]);
    refuse(&["--export", "csv="], &["is not FORMAT=FILE"]);
    refuse(
        &["--export", "csv=no/such/folder.csv", "--agent", "reader"],
        &["cannot write `no/such/folder.csv`"],
    );
    refuse(&["--resume", "zzzz"], &["no run `zzzz`", "hint:", "eval runs"]);
    refuse(&["--trials", "0"], &["--trials", "0 is not in 1.."]);
    refuse(&["--budget", "0"], &["--budget", "0 is not in 1.."]);
    refuse(&["--agent", "recorded"], &["agent `recorded` cannot be used", "answers.jsonl"]);
    refused(
        &examined,
        &["eval", "run", "laeses", "--context", "docs"],
        &["no suite `laeses`", "hint:", "leases"],
    );
    refused(&examined, &["eval", "run", "leases", "--context", "dosc"], &["did you mean `docs`"]);
    refused(&examined, &["eval", "compare", "docs~7", "docs", "--suite", "leases"], &["hint:"]);
    let bisect = ["eval", "bisect", "docs~1", "docs", "--suite", "leases"];
    refused(
        &examined,
        &[&bisect[..], &["--task", "t10"]].concat(),
        &["no task `t10`", "hint: did you mean `t00`"],
    );
    refused(&examined, &bisect, &["no task is named", "hint:", "--task"]);
    refused(&examined, &["eval", "bisect", "docs", "--suite", "leases"], &["give two versions", "hint:"]);
    let backwards = ["eval", "bisect", "docs..docs~1", "--suite", "leases"];
    refused(&examined, &backwards, &["does not stand before", "hint:"]);
    refused(
        &examined,
        &[&bisect[..], &["--task", "t00", "--confidence", "2"]].concat(),
        &["confidence", "0.000001 to 0.999999"],
    );
    refused(&examined, &["eval", "attribute", "docs~1", "docs", "--suite", "leases", "--fdr", "0"], &["fdr"]);
    refused(
        &examined,
        &["eval", "compare", "docs~1", "docs", "--suite", "leases", "--alpha", "1.5"],
        &["alpha"],
    );
    for command in ["compare", "impact", "gate"] {
        refused(&examined, &["eval", command, "docs", "--suite", "leases"], &["<B>", "Usage:"]);
    }
    assert!(examined.asked().len() <= 3, "only the run whose file could not be written asked");
}

#[test]
fn settings_that_are_none_are_refused() {
    let examined = Examined::new(4, 2);
    let cases: [(&str, &[&str]); 6] = [
        ("packing.budget", &["is not KEY=VALUES", "hint:"]),
        ("=3", &["is not KEY=VALUES", "hint:"]),
        ("packing.budgte=60", &["packing.budgte", "packing.budget"]),
        ("packing.budget=60,many", &["packing.budget=many"]),
        ("fusion.dense_weight=3", &["fusion.dense_weight=3"]),
        ("corpus.docs.path=x", &["cannot be varied"]),
    ];
    for (vary, expected) in cases {
        refused(&examined, &["eval", "sweep", "docs", "--suite", "leases", "--vary", vary], expected);
    }
}

#[test]
fn a_suite_nobody_can_grade_is_refused() {
    let examined = Examined::new(4, 2);
    let suite = examined.read("evals/leases/suite.toml");
    examined.write("evals/leases/suite.toml", &suite.replace("graders = [\"answer\"]\n", ""));
    let run = ["eval", "run", "leases", "--context", "docs"];
    refused(&examined, &run, &["tasks.jsonl:1: no grader for this task"]);
    let bare = suite.split("[run]").next().unwrap().replace("graders = [\"answer\"]\n", "");
    examined.write("evals/leases/suite.toml", &bare);
    refused(&examined, &run, &["tasks without graders", "hint:", "[grader.NAME]"]);
    let nobody = suite.replace("[run]\n", "[run]\nagent = \"extractiv\"\n");
    examined.write("evals/leases/suite.toml", &nobody);
    refused(&examined, &run, &["suite.toml:", "no agent `extractiv`", "did you mean `extractive`"]);
    examined.write("evals/leases/suite.toml", &nobody.replace("extractiv", "extractive"));
    examined.ends(0, &run);
    examined.write("evals/leases/suite.toml", &suite.replace("\"contains\"", "\"contians\""));
    refused(&examined, &run, &["suite.toml:", "did you mean `contains`"]);
    examined.write("evals/leases/suite.toml", &suite);
    examined.write("evals/leases/tasks.jsonl", "{\"id\": \"t00\", \"qurey\": \"x\"}\n");
    refused(&examined, &run, &["tasks.jsonl:1", "did you mean `query`"]);
    examined.write("evals/leases/tasks.jsonl", "");
    refused(&examined, &run, &["has no tasks", "hint:", "tasks.jsonl"]);
}

#[test]
fn a_run_is_resumed_only_as_what_it_is() {
    let examined = Examined::new(6, 3);
    let run = ["eval", "run", "leases", "--context", "docs", "--agent", "reader"];
    let record = examined.ends(0, &run);
    let id = record["run"].as_str().unwrap();
    let other = ["eval", "run", "leases", "--context", "docs", "--agent", "extractive", "--resume", id];
    refused(&examined, &other, &["was begun with another agent"]);
    examined.page(0, 9_999, "white");
    examined.build();
    refused(&examined, &[&run[..], &["--resume", id]].concat(), &["was begun with another"]);
    examined.suite(&[task(0), task(1)]);
    refused(&examined, &[&run[..], &["--resume", id]].concat(), &["was begun with another"]);
}

#[test]
fn what_an_agent_aborts_is_not_compared() {
    let examined = Examined::new(6, 3);
    (0..3).for_each(|page| examined.page(page, 5_000 + page, "white"));
    examined.build();
    let suite = examined.read("evals/leases/suite.toml");
    examined.write("evals/leases/suite.toml", &suite.replace("[run]\n", "[run]\non_error = \"abort\"\n"));
    let (code, text, err) =
        examined.place.run(&["eval", "run", "leases", "--context", "docs", "--agent", "broken"]);
    assert_eq!(code, 1, "{text}{err}");
    assert!(err.contains("not complete") && err.contains("t01") && err.contains("--resume"), "{err}");
    let compare = ["eval", "compare", "docs~1", "docs", "--suite", "leases", "--agent", "broken"];
    refused(&examined, &compare, &["lacks the outcomes of", "of 3 tasks", "hint:"]);
}

#[test]
fn without_a_store_there_is_a_hint() {
    let place = Workplace::new(2);
    for args in [&["eval", "runs"][..], &["promote", "docs", "--to", "stable"]] {
        let (code, out, err) = place.run(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {err}");
        assert!(err.starts_with("error:") && err.contains("hint:"), "{args:?}: {err}");
    }
}
