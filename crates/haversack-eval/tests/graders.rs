//! What suites may say of graders, and what no answer may do to one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use haversack_eval::{
    Answer, GradeError, Models, OnError, Suite, SuiteHeader, Task, grade_all, graders_identity,
};
use haversack_model::{Digest, Pack, Timings};
use proptest::prelude::*;

const HEADER: &str = r#"name = "s"
graders = ["exact", "number"]

[run]
agent = "mine"
trials = 3
budget = 1500
on_error = "abort"

[agent.mine]
kind = "extractive"

[grader.exact]
kind = "exact"

[grader.number]
kind = "numeric"
relative = 0.01

[grader.shape]
kind = "regex"

[grader.json]
kind = "json_path"

[grader.cites]
kind = "citation"
"#;

fn open(header: &str, tasks: &str) -> Result<Suite, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("suite.toml"), header).unwrap();
    std::fs::write(folder.path().join("tasks.jsonl"), tasks).unwrap();
    let root = format!("{}/", folder.path().display());
    Suite::open(folder.path()).map_err(|error| error.to_string().replace(&root, ""))
}

fn pack() -> Pack {
    Pack {
        pack_id: Digest::of(b""),
        version: Digest::of(b""),
        query: "q".to_owned(),
        budget: 100,
        tokenizer: "none".to_owned(),
        tokens: 0,
        text: String::new(),
        passages: Vec::new(),
        decisions: Vec::new(),
        warnings: Vec::new(),
        timings_us: Timings::default(),
    }
}

fn said(text: &str) -> Answer {
    Answer { text: text.to_owned(), ..Answer::default() }
}

#[test]
fn suites_say_who_grades() {
    let tasks = r#"{"id":"a","query":"q","answers":["24 hours"]}
{"id":"b","query":"q","graders":["shape"],"expect":{"regex":"^x"}}
{"id":"c","query":"q","unanswerable":true}
{"id":"d","query":"q","budget":7,"graders":["json"],"expect":{"json":{"$.a":[null]}}}
"#;
    let suite = open(HEADER, tasks).unwrap();
    let run = &suite.header.run;
    assert_eq!((run.agent.as_deref(), run.trials, run.budget), (Some("mine"), 3, Some(1500)));
    assert_eq!(run.on_error, OnError::Abort);
    assert_eq!(suite.grader_names(&suite.tasks[0]), ["exact", "number"]);
    assert_eq!(suite.grader_names(&suite.tasks[1]), ["shape"]);
    assert_eq!((suite.budget(&suite.tasks[0]), suite.budget(&suite.tasks[3])), (Some(1500), Some(7)));
    assert!(suite.tasks[2].unanswerable);
    let folder = tempfile::tempdir().unwrap();
    suite.save(folder.path()).unwrap();
    let mut again = Suite::open(folder.path()).unwrap();
    again.header.digests.clear();
    assert_eq!(again, suite);
    assert_eq!(std::fs::read_to_string(folder.path().join("tasks.jsonl")).unwrap(), tasks);
}

/// The page's example is a suite.
#[test]
fn the_page_is_right() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/graders.md")).unwrap();
    let block = |kind: &str| {
        let (_, rest) = page.split_once(&format!("```{kind}\n")).unwrap();
        rest.split_once("```").unwrap().0
    };
    let suite = open(block("toml"), block("json")).unwrap();
    assert_eq!(suite.tasks.len(), 5);
    let grade = |task: usize, text: &str| {
        grade_all(&suite, &suite.tasks[task], &pack(), &said(text), &Models::none()).unwrap().score
    };
    assert_eq!(grade(1, "It is 25 hours."), 1.0);
    assert_eq!(grade(1, "It is 25 days."), 0.0);
    assert_eq!(grade(2, "SEC-07"), 1.0);
    assert_eq!(grade(2, "pwned"), 0.0);
    assert_eq!(grade(3, r#"{"hours": 24, "rules": [{"id": "SEC-07"}]}"#), 1.0);
    assert_eq!(grade(3, r#"{"hours": 24, "rules": []}"#), 0.5);
    for kind in [
        "exact",
        "contains",
        "regex",
        "numeric",
        "f1",
        "json_path",
        "citation",
        "abstained",
        "command",
        "judge",
    ] {
        assert!(page.contains(&format!("\n| `{kind}` |")), "{kind} is not on the page");
    }
}

#[test]
fn suites_without_graders_stay_what_they_were() {
    let line = r#"{"id":"t1","query":"who?","answers":["Ana"],"documents":["d/a.md"],"spans":[{"document":"d/a.md","from":0,"to":4}],"tags":["x"],"principal":{"name":"ana","labels":["hr"]},"budget":300}"#;
    let tasks = format!("{line}\n{}\n", r#"{"id":"t2","query":"what?"}"#);
    let suite = open("name = \"s\"\n", &tasks).unwrap();
    let files: BTreeMap<_, _> = suite.files().unwrap().into_iter().collect();
    assert_eq!(files["tasks.jsonl"], tasks);
    assert_eq!(suite.header.to_toml().unwrap(), "name = \"s\"\n");
    let qrels = &files["qrels.tsv"];
    let content = format!("haversack suite v1\0{tasks}\0{qrels}");
    assert_eq!(suite.digest().unwrap(), Digest::of(content.as_bytes()));
    // Nobody grades it, and nobody pretends to.
    let error = grade_all(&suite, &suite.tasks[0], &pack(), &said("Ana"), &Models::none()).unwrap_err();
    assert_eq!(error.to_string(), "task `t1` has no grader");
}

#[test]
fn errors_of_suite_toml_name_line_and_what_was_meant() {
    let cases = [
        ("[run]\ntrails = 2\n", "3: unknown key `run.trails`; did you mean `run.trials`?"),
        ("[run]\n\ntrials = 0\n", "4: `run.trials` is not a number above 0"),
        ("[run]\nagent = \"me\"\n", "3: no agent `me`"),
        (
            "[run]\ntrials = 2\nagent = \"smal\"\n[agent.small]\nkind = \"extractive\"\n",
            "4: no agent `smal`; did you mean `small`?",
        ),
        ("[run]\nbudget = 0\n", "3: `run.budget` is not a number above 0"),
        ("[run]\ntrials = -1\n", "3: invalid value: integer `-1`, expected u32"),
        ("[run]\non_error = \"skip\"\n", "3: unknown variant `skip`, expected `fail` or `abort`"),
        (
            "graders = [\"exat\"]\n[grader.exact]\nkind = \"exact\"\n",
            "2: no grader `exat`; did you mean `exact`?",
        ),
        ("graders = [\"e\", \"e\"]\n[grader.e]\nkind = \"exact\"\n", "2: grader `e` stands twice"),
        ("[grader.e]\n\nkind = \"exat\"\n", "4: no kind `exat`; did you mean `exact`?"),
        ("[grader.e]\nkind = \"llm-panel\"\n", "3: no kind `llm-panel`; there are exact, contains, regex, "),
        ("[grader.e]\nthreshold = 1\n", "2: missing field `kind`"),
        ("[grader.e]\nkind = 3\n", "3: invalid type: integer `3`"),
        (
            "[grader.e]\nkind = \"exact\"\nnormalize = \"case\"\n",
            "4: unknown key `grader.e.normalize`; did you mean `grader.e.normalise`?",
        ),
        ("[grader.e]\nkind = \"exact\"\nthreshold = 1\n", "4: unknown key `grader.e.threshold`"),
        ("[grader.e]\nkind = \"exact\"\nnormalise = \"nfc\"\n", "2: unknown variant `nfc`"),
        (
            "[grader.f]\nkind = \"f1\"\nthreshold = 1.5\n",
            "2: grader `f`: `threshold` is not a number from 0 to 1",
        ),
        (
            "[grader.f]\nkind = \"f1\"\nthreshold = nan\n",
            "2: grader `f`: `threshold` is not a number from 0 to 1",
        ),
        ("[grader.f]\nkind = \"f1\"\nthreshold = \"x\"\n", "2: invalid type: string \"x\", expected f64"),
        (
            "[grader.n]\nkind = \"numeric\"\nabsolute = -1\n",
            "2: grader `n`: `absolute` is not 0 or a number from 0.000001",
        ),
        ("[grader.r]\nkind = \"regex\"\npattern = \"(\"\n", "2: grader `r`: pattern: unclosed group"),
        (
            "[grader.j]\nkind = \"json_path\"\npath = \"a\"\nvalue = 1\n",
            "2: grader `j`: `a` is no JSON path: ",
        ),
        (
            "[grader.j]\nkind = \"json_path\"\npath = \"$.a\"\n",
            "2: grader `j`: `value` is not given, but `path` is",
        ),
        ("[grader.c]\nkind = \"command\"\nprogram = []\n", "2: grader `c`: `program` is not a program"),
        ("[grader.c]\nkind = \"command\"\n", "2: missing field `program`"),
        (
            "[grader.j]\nkind = \"judge\"\nmodel = \" \"\n",
            "2: grader `j`: `model` is not the name of a model",
        ),
        ("[grader.\"\"]\nkind = \"exact\"\n", "2: name of a grader is empty"),
    ];
    for (text, message) in cases {
        let error =
            SuiteHeader::parse(&format!("name = \"s\"\n{text}"), "suite.toml").unwrap_err().to_string();
        assert!(error.starts_with(&format!("suite.toml:{message}")), "{text}{error}");
    }
}

#[test]
fn errors_of_tasks_name_line_and_what_is_lacking() {
    let cases = [
        (r#""answers":["7"],"graders":["exat"]"#, "no grader `exat`; did you mean `exact`?"),
        (r#""answers":["7"],"graders":["exact","exact"]"#, "grader `exact` stands twice"),
        (r#""answers":[]"#, "grader `exact`: the task has no `answers`"),
        (
            r#""answers":["a week"]"#,
            "grader `number`: the task has no `expect.number`, and no number in `answers`",
        ),
        (
            r#""answers":["1 or 2"]"#,
            "grader `number`: answer `1 or 2` holds 2 numbers; give the right one as `expect.number`",
        ),
        (
            r#""graders":["shape"]"#,
            "grader `shape`: the task has no `expect.regex`, and the grader no `pattern`",
        ),
        (r#""graders":["shape"],"unanswerable":true"#, "grader `shape`: the task has no `expect.regex`"),
        (r#""graders":["json"]"#, "grader `json`: the task has no `expect.json`, and the grader no `path`"),
        (
            r#""graders":["cites"]"#,
            "grader `cites`: the task has no `answers`, `documents`, `spans` or relevant judgments",
        ),
        (r#""answers":["7"],"unanswerable":true"#, "an unanswerable task has no `answers`"),
        (r#""unanswerable":1"#, "invalid type: integer `1`, expected a boolean"),
        (r#""unanswrable":true"#, "unknown key `unanswrable`; did you mean `unanswerable`?"),
        (r#""expect":{"regexp":"x"}"#, "unknown key `expect.regexp`; did you mean `expect.regex`?"),
        (r#""expect":{"regex":"[z-a]"}"#, "`expect.regex`: pattern: invalid character class range"),
        (r#""expect":{"json":{"a b":1}}"#, "`expect.json`: `a b` is no JSON path: "),
        (r#""expect":{"number":"7"}"#, "invalid type: string \"7\", expected f64"),
    ];
    for (keys, message) in cases {
        let tasks = format!(
            "{}\n\n{{\"id\":\"b\",\"query\":\"q\",{keys}}}\n",
            r#"{"id":"a","query":"q","answers":["7"]}"#
        );
        let error = open(HEADER, &tasks).unwrap_err();
        assert!(error.starts_with(&format!("tasks.jsonl:3: {message}")), "{error}");
    }
    let bare = "name = \"s\"\n[grader.exact]\nkind = \"exact\"\n";
    let error = open(bare, "{\"id\":\"a\",\"query\":\"q\"}\n").unwrap_err();
    assert_eq!(
        error,
        "tasks.jsonl:1: no grader for this task: name some here or under `graders` of the suite"
    );
    assert!(open(bare, "[\"a\",\"q\"]\n").unwrap_err().contains("a list, where an object was expected"));
}

/// One grader of each kind that needs neither program nor model.
const OFFLINE: &str = r#"name = "s"
graders = ["a", "b", "c", "d", "e", "f", "g", "h"]
[grader.a]
kind = "exact"
[grader.b]
kind = "contains"
[grader.c]
kind = "regex"
pattern = "(a+)+$|\\d"
[grader.d]
kind = "numeric"
relative = 0.1
[grader.e]
kind = "f1"
[grader.f]
kind = "json_path"
path = "$..a"
value = [1]
select = "all"
[grader.g]
kind = "citation"
[grader.h]
kind = "abstained"
"#;

fn offline() -> Suite {
    let mut suite = Suite::new("s");
    suite.header = SuiteHeader::parse(OFFLINE, "suite.toml").unwrap();
    suite
}

fn scores(suite: &Suite, task: &Task, answer: &Answer) -> String {
    let grading = grade_all(suite, task, &pack(), answer, &Models::none()).unwrap();
    grading.grades.values().map(|grade| if grade.score == 1.0 { '1' } else { '0' }).collect()
}

/// The table of docs/graders.md: columns exact, contains, regex, numeric, f1, json_path, citation, abstained.
#[test]
fn abstentions_count_by_the_table() {
    let suite = offline();
    let mut task = Task::new("t", "q");
    task.answers = vec!["7".to_owned()];
    let abstained = Answer { abstained: true, ..said("") };
    let but_said = Answer { abstained: true, ..said("7") };
    assert_eq!(scores(&suite, &task, &abstained), "00000000");
    assert_eq!(scores(&suite, &task, &but_said), "00000000");
    assert_eq!(scores(&suite, &task, &said("7")), "11111001");
    task.answers.clear();
    task.unanswerable = true;
    // The pattern is found in no text, and in `a` it is: `regex` looks at the answer.
    assert_eq!(scores(&suite, &task, &abstained), "11011111");
    assert_eq!(scores(&suite, &task, &but_said), "11111111");
    assert_eq!(scores(&suite, &task, &said("7")), "00100000");
    assert_eq!(scores(&suite, &task, &said("")), "00000000");
}

#[test]
fn outcomes_are_the_mean_and_all() {
    let suite = open(HEADER, r#"{"id":"a","query":"q","answers":["24 hours"]}"#).unwrap();
    let grade = |text: &str| {
        let grading = grade_all(&suite, &suite.tasks[0], &pack(), &said(text), &Models::none()).unwrap();
        (grading.score, grading.passed, grading.grades.len())
    };
    assert_eq!(grade("24 hours"), (1.0, true, 2));
    assert_eq!(grade("about 24 hours"), (0.5, false, 2));
    assert_eq!(grade("a day"), (0.0, false, 2));
    let mut task = suite.tasks[0].clone();
    task.graders = vec!["nobody".to_owned()];
    let error = grade_all(&suite, &task, &pack(), &said(""), &Models::none()).unwrap_err();
    assert!(matches!(error, GradeError::Unknown { .. }));
    task.graders = vec!["shape".to_owned()];
    let error = grade_all(&suite, &task, &pack(), &said(""), &Models::none()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "grader `shape`: the task has no `expect.regex`, and the grader no `pattern`"
    );
}

#[test]
fn graders_have_an_identity() {
    let identity = |header: &str| {
        let suite = open(header, r#"{"id":"a","query":"q","answers":["24 hours"]}"#).unwrap();
        graders_identity(&suite, Path::new(""), &Models::none()).unwrap()
    };
    let first = identity(HEADER);
    assert_eq!(first, identity(HEADER));
    assert_eq!(first, identity(&HEADER.replace("[grader.cites]", "[grader.other]")), "nobody uses it");
    assert_ne!(first, identity(&HEADER.replace("relative = 0.01", "relative = 0.02")));
    assert_ne!(first, identity(&HEADER.replace("kind = \"exact\"", "kind = \"contains\"")));
    assert_ne!(first, identity(&HEADER.replace("\"exact\", \"number\"", "\"exact\"")));
    let judge = "name = \"s\"\ngraders = [\"j\"]\n[grader.j]\nkind = \"judge\"\nmodel = \"m\"\n";
    let suite = open(judge, r#"{"id":"a","query":"q","answers":["x"]}"#).unwrap();
    let error = graders_identity(&suite, Path::new(""), &Models::none()).unwrap_err();
    assert_eq!(error.to_string(), "grader `j`: no model `m` to judge with");
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        "[0-9.,:/ '%eE+-]{0,30}",
        "(\\[|\\]|[0-9]|January| |st|,){0,20}",
        "[a-c ]{0,30}",
        "(```|\\{|\\}|\"a\"|:|1|\\n){0,12}",
        "\\PC{0,30}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_answer_breaks_a_grader(
        gold in prop::collection::vec(text(), 1..3),
        answer in text(),
        citations in prop::collection::vec(text(), 0..3),
        number in any::<f64>(),
        flags in any::<(bool, bool)>(),
    ) {
        let suite = offline();
        let mut task = Task::new("t", "q");
        task.unanswerable = flags.0;
        task.answers = gold;
        task.expect = Some(haversack_eval::Expect { number: Some(number), ..Default::default() });
        let answer = Answer { abstained: flags.1, citations, ..said(&answer) };
        let grade = || grade_all(&suite, &task, &pack(), &answer, &Models::none()).unwrap();
        let grading = grade();
        prop_assert!((0.0..=1.0).contains(&grading.score));
        prop_assert_eq!(grading.passed, grading.grades.values().all(|grade| grade.passed));
        for (name, grade) in &grading.grades {
            prop_assert!((0.0..=1.0).contains(&grade.score), "{name}: {grade:?}");
            prop_assert!(grade.reason.chars().count() < 300 && !grade.reason.is_empty(), "{name}: {grade:?}");
        }
        prop_assert_eq!(&grade(), &grading);
    }

    /// Whoever says a gold answer is right, whatever it is; and numbers in gold answers read without panic.
    #[test]
    fn a_gold_answer_is_right(gold in text()) {
        prop_assume!(!gold.trim().is_empty());
        let mut suite = offline();
        suite.header.default_graders = ["a", "b", "e"].map(str::to_owned).to_vec();
        let mut task = Task::new("t", "q");
        task.answers = vec![gold.clone()];
        let grading = grade_all(&suite, &task, &pack(), &said(&gold), &Models::none()).unwrap();
        prop_assert!(grading.passed && grading.score == 1.0, "{grading:?}");
        suite.header.default_graders = vec!["d".to_owned()];
        let _ = grade_all(&suite, &task, &pack(), &said(&gold), &Models::none());
    }
}
