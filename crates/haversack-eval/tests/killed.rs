//! A run whose process is killed at random moments loses nothing that it said was recorded, and asks nothing twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use haversack_eval::{
    Agent, AgentError, AgentRecord, Answer, Environment, Grading, JournalOptions, OutcomeCache, Question,
    RunOptions, RunPlan, RunProgress, RunRecord, Runner, Runs, Suite, Task,
};
use haversack_model::{Digest, Pack, Principal};

/// Names the folder of runs to the process that is killed.
const FOLDER: &str = "HAVERSACK_TEST_KILLED_RUN";
const KILLS: u64 = 20;
const TASKS: usize = 150;

/// Notes every answer in a file before it gives it.
struct Noting(PathBuf);

impl Agent for Noting {
    fn fingerprint(&self) -> Digest {
        Digest::of(b"noting")
    }

    fn answer(&self, question: &Question<'_>) -> Result<Answer, AgentError> {
        // Long enough that some are in flight whenever the process is killed.
        std::thread::sleep(Duration::from_millis(1));
        let mut file = OpenOptions::new().create(true).append(true).open(&self.0).unwrap();
        file.write_all(format!("{} {}\n", question.task, question.trial).as_bytes()).unwrap();
        Ok(Answer { text: format!("{}\n{}", question.query, "long ".repeat(100)), ..Answer::default() })
    }

    fn concurrency(&self) -> usize {
        4
    }
}

fn suite() -> Suite {
    let mut suite = Suite::new("killed");
    suite.tasks = (0..TASKS).map(|number| Task::new(&format!("t{number:03}"), "what?")).collect();
    suite
}

fn plan(suite: &Suite) -> RunPlan<'_> {
    let fingerprint = Digest::of(b"noting");
    let agent = AgentRecord { name: "noting".into(), fingerprint, spec: serde_json::Value::Null };
    let environment = Environment { program: "t".into(), os: "o".into(), arch: "a".into(), cpus: 1 };
    let plan = RunPlan::new(suite, "docs", Digest::of(b"v"), agent, Digest::of(b"g"), environment);
    RunPlan { trials: 2, ..plan }
}

fn pack(task: &Task, _: u32, _: &Principal) -> Result<Pack, haversack_eval::PackError> {
    let timings = ["embed", "lexical", "dense", "fuse", "rerank", "select", "render", "total"];
    let timings: serde_json::Map<_, _> =
        timings.map(|name| (name.to_owned(), 0.into())).into_iter().collect();
    Ok(serde_json::from_value(serde_json::json!({
        "pack_id": Digest::of(task.id.as_bytes()), "version": Digest::of(b"v"), "query": task.query, "budget": 9,
        "tokenizer": "o200k", "tokens": 0, "text": "", "passages": [], "decisions": [], "warnings": [],
        "timings_us": timings,
    }))?)
}

/// Goes on with the run of a folder, or begins it, and says aloud what is recorded.
fn go_on(folder: &Path) -> RunRecord {
    let (suite, runs) = (suite(), Runs::new(&folder.join("runs")));
    let plan = plan(&suite);
    let options = JournalOptions { sync_every: 8, ..JournalOptions::default() };
    let mut journal = match runs.list().unwrap().first() {
        Some(run) => runs.resume(run, 2_000, &options).unwrap(),
        None => runs.create(plan.header(1_000).unwrap(), &options).unwrap(),
    };
    let progress = |progress: &RunProgress<'_>| {
        let outcome = &progress.entry.outcome;
        // One write, not formatted piece by piece: the test harness prints too.
        let mut out = std::io::stdout().lock();
        out.write_all(format!("\nrecorded {} {}\n", outcome.task, outcome.trial).as_bytes()).unwrap();
        out.flush().unwrap();
    };
    let runner = Runner {
        packs: &pack,
        agent: &Noting(folder.join("asked")),
        grade: &|_, _, answer| Ok(Grading::all_or_nothing(answer.text.starts_with("what?"))),
        cache: &OutcomeCache::default(),
        options: RunOptions { progress: Some(&progress), ..RunOptions::new(&|| 3_000) },
    };
    runner.run(&plan, &mut journal).unwrap()
}

/// What the other process does: this very program, which runs only this.
#[test]
fn the_process_that_is_killed() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        go_on(Path::new(&folder));
    }
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_process_that_is_killed", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills the process after it recorded some outcomes and a moment more; gives all that it said.
fn kill_after(mut child: Child, outcomes: u64, micros: u64) -> Vec<String> {
    let mut said = Vec::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    while said.len() < usize::try_from(outcomes).unwrap()
        && let Some(line) = lines.next()
    {
        said.extend(line.strip_prefix("recorded ").map(str::to_owned));
    }
    std::thread::sleep(Duration::from_micros(micros));
    child.kill().unwrap();
    child.wait().unwrap();
    // What still is in the pipe was said before it died; a last line may be torn.
    let rest: Vec<String> = lines.collect();
    said.extend(rest.iter().filter_map(|line| line.strip_prefix("recorded ")).map(str::to_owned));
    said
}

fn asked(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("asked")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn what_was_recorded_survives_and_is_not_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::new(&folder.path().join("runs"));
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: u64| {
        // xorshift64 (Marsaglia 2003): the moments differ, and are the same in every run of the test.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let mut before = BTreeSet::new();
    for kill in 0..KILLS {
        let asked_before = asked(folder.path()).len();
        let said = kill_after(start(folder.path()), random(14), random(3_000));
        let Some(run) = runs.list().unwrap().pop() else { continue };
        let recording = runs.read(&run).unwrap();
        let there: BTreeSet<String> =
            recording.entries.keys().map(|(task, trial)| format!("{task} {trial}")).collect();
        // A torn last line in the pipe is a beginning of one.
        for one in said {
            assert!(there.iter().any(|entry| entry.starts_with(&one)), "kill {kill}: {one} is lost");
        }
        let again: Vec<String> = asked(folder.path())[asked_before..]
            .iter()
            .filter(|one| before.contains(*one))
            .cloned()
            .collect();
        assert_eq!(again, Vec::<String>::new(), "kill {kill}: asked twice");
        assert!(there.is_superset(&before), "kill {kill}: what was there before is lost");
        before = there;
    }
    assert!(
        before.len() > 20 && before.len() < 2 * TASKS,
        "{} outcomes: the kills hit nothing",
        before.len()
    );
    let record = go_on(folder.path());
    let whole = tempfile::tempdir().unwrap();
    let undisturbed = go_on(whole.path());
    assert!(record.complete);
    assert_eq!(record.outcomes, undisturbed.outcomes);
    // Every question that was asked is in the journal, and no more were lost than were in flight.
    let asked = asked(folder.path()).len() as u64;
    assert!(record.totals.calls >= asked && asked <= 2 * TASKS as u64 + 4 * KILLS, "{asked} asked");
}
