//! The program as a user meets it: a hermetic environment, real files, exit codes, both outputs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder of its own, no environment but what is set here.
struct Bench {
    folder: tempfile::TempDir,
}

struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.err))
    }
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With a lexical-only context `docs` of three pages.
    fn with_docs() -> Self {
        let bench = Self::new();
        bench.write(
            "docs/keys.md",
            "# Keys\n\nRotate the signing key every 90 days. Both keys work for 7 days.\n",
        );
        bench.write("docs/money.md", "# Money\n\nA late fee of 1.5 % a month is charged after 15 days.\n");
        bench.write(
            "docs/pay.md",
            "---\nlabels: [hr]\n---\n# Pay\n\nThe salary band of level 3 begins at 52,000.\n",
        );
        assert_eq!(bench.run(&["init", "docs", "--embedder", "none"]).code, 0);
        let built = bench.run(&["build"]);
        assert_eq!(built.code, 0, "{}", built.err);
        bench
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_haversack"));
        command.args(args).current_dir(self.folder.path()).env_clear().env("SOURCE_DATE_EPOCH", "1795421700");
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Said {
        said(self.command(args).output().unwrap())
    }
}

fn said(output: Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn the_main_job_works_end_to_end() {
    let bench = Bench::with_docs();
    let pack =
        bench.run(&["pack", "docs", "how often is the signing key rotated?", "--budget", "200", "--json"]);
    let pack = pack.json();
    assert!(pack["text"].as_str().unwrap().contains("every 90 days"));
    assert!(pack["tokens"].as_u64().unwrap() <= 200);
    assert_eq!(pack["passages"][0]["document"], "docs/keys.md");
    bench.write(
        "docs/keys.md",
        "# Keys\n\nRotate the signing key every 60 days. Both keys work for 5 days.\n",
    );
    let built = bench.run(&["build", "--json", "--message", "rev 4"]).json();
    assert_eq!((&built["documents"]["changed"], &built["unchanged"]), (&Value::from(1), &Value::from(false)));
    let diff =
        bench.run(&["diff", "docs~1", "docs", "--query", "how often is the signing key rotated?", "--json"]);
    let diff = diff.json();
    assert_eq!(diff["sources"]["changed"][0]["document"], "docs/keys.md");
    assert_eq!(diff["packs"][0]["entered"][0]["because"]["kind"], "document_changed");
    let log = bench.run(&["log", "--json"]).json();
    assert_eq!((log.as_array().unwrap().len(), &log[0]["message"]), (2, &Value::from("rev 4")));
}

#[test]
fn tags_rollback_and_verify() {
    let bench = Bench::with_docs();
    assert_eq!(bench.run(&["tag", "docs", "v1"]).code, 0);
    assert_eq!(bench.run(&["verify"]).code, 0);
    bench.write("docs/new.md", "# New\n\nA new page.\n");
    let verify = bench.run(&["verify"]);
    assert_eq!(verify.code, 1, "{}", verify.out);
    assert!(verify.out.contains("corpus docs"));
    bench.run(&["build"]);
    assert_eq!(bench.run(&["tag", "docs", "v1"]).code, 2, "a tag does not move by itself");
    assert_eq!(bench.run(&["rollback", "docs@v1"]).code, 0);
    let shown = bench.run(&["show", "docs", "--documents"]);
    assert!(!shown.out.contains("new.md"));
    assert_eq!(bench.run(&["fsck"]).code, 0);
}

#[test]
fn labels_are_held() {
    let bench = Bench::with_docs();
    let query = ["pack", "docs", "salary band of level 3", "--json"];
    let anyone = bench.run(&query);
    assert!(!anyone.out.contains("52,000") && !anyone.out.contains("pay.md"), "{}", anyone.out);
    let hr = bench.run(&[&query[..], &["--principal", "ana", "--label", "hr"]].concat());
    assert!(hr.json()["text"].as_str().unwrap().contains("52,000"));
    bench.write(
        "docs/pay.md",
        "---\nlabels: [hr]\n---\n# Pay\n\nThe salary band of level 3 begins at 55,000.\n",
    );
    bench.run(&["build"]);
    let diff = bench.run(&["diff", "docs~1", "docs", "--query", "salary band", "--json"]);
    assert!(!diff.out.contains("pay.md"), "{}", diff.out);
    assert!(bench.run(&["diff", "docs~1", "docs", "--label", "hr"]).out.contains("pay.md"));
}

#[test]
fn bad_usage_is_2_with_a_hint() {
    let bench = Bench::with_docs();
    let cases: [(&[&str], &str); 10] = [
        (&["pack", "docs", "x", "--budget", "0"], "budget of 0"),
        (&["pack", "dosc", "x"], "did you mean `docs`"),
        (&["pack", "docs@v9", "x"], "known versions"),
        (&["pack", "docs", "x", "--tokenizer", "gpt9"], "o200k_base"),
        (&["pack", "docs", "x", "--path", "[["], "not a valid glob"),
        (&["biuld"], "build"),
        (&["init", "nowhere"], "nowhere"),
        (&["init", "docs"], "exists already"),
        (&["--root", "nowhere", "log"], "not a folder"),
        (&["diff", "docs", "docs@latest~7"], "hint:"),
    ];
    for (args, expected) in cases {
        let said = bench.run(args);
        assert_eq!(said.code, 2, "{args:?}: {} {}", said.out, said.err);
        assert!(said.err.contains(expected), "{args:?}: {}", said.err);
        assert!(!said.err.contains("panicked"), "{args:?}: {}", said.err);
    }
}

#[test]
fn a_recipe_with_an_unknown_key_is_refused_with_a_suggestion() {
    let bench = Bench::with_docs();
    let recipe = bench.path("contexts/docs/recipe.toml");
    let text = fs::read_to_string(&recipe).unwrap();
    fs::write(&recipe, format!("{text}\n[packing]\nbudgte = 3\n")).unwrap();
    let said = bench.run(&["build"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("did you mean `packing.budget`?"), "{}", said.err);
}

#[test]
fn an_empty_corpus_and_a_lost_document_fail_the_build() {
    let bench = Bench::new();
    fs::create_dir(bench.path("empty")).unwrap();
    bench.run(&["init", "empty", "--embedder", "none"]);
    let said = bench.run(&["build"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("no documents"), "{}", said.err);
    bench.write("empty/good.md", "# Good\n\nText.\n");
    bench.write("empty/bad.ipynb", "{ not a notebook");
    let said = bench.run(&["build"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("bad.ipynb"), "{}", said.err);
    let recipe = bench.path("contexts/empty/recipe.toml");
    let text = fs::read_to_string(&recipe).unwrap();
    fs::write(&recipe, text.replace("[[corpus]]", "[[corpus]]\non_unreadable = \"skip\"")).unwrap();
    let built = bench.run(&["build", "--json"]);
    assert_eq!(built.code, 0, "{}", built.err);
    assert_eq!(built.json()["skipped"][0]["path"], "empty/bad.ipynb");
    assert!(bench.run(&["show", "--json"]).out.contains("damaged"));
}

#[test]
fn odd_queries_get_a_clear_answer() {
    let bench = Bench::with_docs();
    let long = "rotate the key ".repeat(7_000);
    for query in ["", "   ", "the of and", "🦀🦀🦀", "\u{0}\u{7}", &long, "zzzz qqqq"] {
        let said = bench.run(&["pack", "docs", "--json", "--", &query.replace('\0', " ")]);
        assert_eq!(said.code, 0, "{:?}: {}", &query[..query.len().min(20)], said.err);
        let pack = said.json();
        if pack["text"] == "" {
            assert!(!pack["warnings"].as_array().unwrap().is_empty(), "{query}");
        }
    }
    let tiny = bench.run(&["pack", "docs", "signing key", "--budget", "3", "--json"]).json();
    assert_eq!((tiny["text"].as_str(), tiny["tokens"].as_u64()), (Some(""), Some(0)));
    assert!(!tiny["warnings"].as_array().unwrap().is_empty());
}

#[test]
fn a_damaged_store_is_named_and_repaired() {
    let bench = Bench::with_docs();
    let before = bench.run(&["pack", "docs", "signing key", "--quiet"]).out;
    let segments: Vec<_> = fs::read_dir(bench.path(".haversack/segments")).unwrap().collect();
    for segment in segments {
        for file in fs::read_dir(segment.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                let mut bytes = fs::read(&path).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0xff;
                fs::write(path, bytes).unwrap();
            }
        }
    }
    assert_eq!(bench.run(&["pack", "docs", "signing key"]).code, 2);
    assert_eq!(bench.run(&["fsck"]).code, 1);
    assert_eq!(bench.run(&["fsck", "--repair"]).code, 0);
    assert_eq!(bench.run(&["pack", "docs", "signing key", "--quiet"]).out, before);
}

#[test]
fn no_home_no_colour_no_reader() {
    let bench = Bench::with_docs();
    let said = bench.run(&["search", "docs", "key"]);
    assert!(!said.out.contains('\u{1b}'), "colour in a pipe: {:?}", said.out);
    // A reader that goes away at once must not make the program fail or panic.
    let mut child = bench
        .command(&["show", "docs", "--recipe"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_query_may_come_from_stdin() {
    let bench = Bench::with_docs();
    let mut child = bench
        .command(&["pack", "docs", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"late fee").unwrap();
    let said = said(child.wait_with_output().unwrap());
    assert!(said.out.contains("1.5 %"), "{} {}", said.out, said.err);
}

#[test]
fn import_measure_and_score_agree() {
    let bench = Bench::new();
    bench.write("set/corpus.jsonl", "{\"_id\":\"a\",\"title\":\"Keys\",\"text\":\"rotate the signing key\"}\n{\"_id\":\"b\",\"title\":\"Fees\",\"text\":\"a late fee is charged\"}\n");
    bench.write(
        "set/queries.jsonl",
        "{\"_id\":\"q1\",\"text\":\"signing key\"}\n{\"_id\":\"q2\",\"text\":\"late fee\"}\n",
    );
    bench.write("set/qrels.tsv", "query-id\tcorpus-id\tscore\nq1\ta\t1\nq2\tb\t1\n");
    bench.write("set/answers.jsonl", "");
    assert_eq!(bench.run(&["eval", "import", "set", "--name", "tiny", "--embedder", "none"]).code, 0);
    let built = bench.run(&["build", "tiny"]);
    assert_eq!(built.code, 0, "{}", built.err);
    let measured = bench.run(&[
        "eval",
        "measure",
        "tiny",
        "--context",
        "tiny",
        "--measures",
        "nDCG@10,R@100",
        "--run",
        "out.trec",
        "--json",
    ]);
    assert_eq!(measured.json()["measures"]["nDCG@10"]["mean"], 1.0, "{}", measured.out);
    let scored = bench.run(&[
        "eval",
        "score",
        "--qrels",
        "set/qrels.tsv",
        "--run",
        "out.trec",
        "--measures",
        "nDCG@10",
        "--json",
    ]);
    assert_eq!(scored.json()["measures"]["nDCG@10"], measured.json()["measures"]["nDCG@10"]);
}

#[test]
fn help_speaks_of_every_command_and_completions_are_made() {
    let bench = Bench::new();
    let help = bench.run(&["--help"]).out;
    for command in [
        "quickstart",
        "init",
        "build",
        "search",
        "pack",
        "log",
        "show",
        "tag",
        "rollback",
        "diff",
        "verify",
        "fsck",
        "eval",
        "doctor",
    ] {
        assert!(help.contains(command), "{command}");
        assert_eq!(bench.run(&[command, "--help"]).code, 0);
    }
    assert!(bench.run(&["completions", "bash"]).out.contains("_haversack"));
    assert!(bench.run(&["man"]).out.contains(".TH haversack"));
    assert_eq!(bench.run(&["doctor", "--json"]).json()[0]["what"], "haversack");
}
