//! Against programs that behave, and programs that do not.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::agent::samples::pack;
use crate::agent::{AgentSetting, AgentSpecError, Usage};
use crate::program::is_gone;

const ANSWER: &str = "printf '%s\\n' '{\"answer\":\"42\",\"citations\":[\"d/a.md#L1-L2\"]}'";

struct Home(tempfile::TempDir);

impl Home {
    /// A suite's folder with a script `agent`.
    fn with(script: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        home.write("agent", &format!("#!/bin/sh\n{script}\n"));
        home
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap_or_default()
    }

    fn try_open(&self, change: impl FnOnce(&mut CommandSpec)) -> Result<Command, AgentSpecError> {
        // Through sh, since a file that was just written may not be started while another test's fork holds it open.
        let mut spec = CommandSpec::new("sh");
        spec.args = vec!["agent".to_owned()];
        spec.timeout = 20.0;
        spec.backoff = 0.001;
        change(&mut spec);
        spec.open(&AgentSetting { folder: self.0.path(), variable: &variable })
    }

    fn open(&self, change: impl FnOnce(&mut CommandSpec)) -> Command {
        self.try_open(change).unwrap()
    }

    fn answer(&self, change: impl FnOnce(&mut CommandSpec)) -> Result<Answer, AgentError> {
        ask(&self.open(change), 0)
    }
}

fn variable(name: &str) -> Option<String> {
    match name {
        "PATH" => Some("/usr/local/bin:/usr/bin:/bin".to_owned()),
        "SERVICE_TOKEN" => Some("tok-0123456789".to_owned()),
        "GREETING" => Some("hello".to_owned()),
        _ => None,
    }
}

fn ask(agent: &Command, trial: u32) -> Result<Answer, AgentError> {
    let pack = pack("context ü", &[("d/a.md", "x")]);
    agent.answer(&Question { task: "t1", query: "why?\n", pack: &pack, trial })
}

fn failure(answer: Result<Answer, AgentError>) -> String {
    match answer.unwrap_err() {
        AgentError::Failed { reason } => reason,
        other => panic!("{other:?}"),
    }
}

fn garbage(answer: Result<Answer, AgentError>) -> String {
    match answer.unwrap_err() {
        AgentError::Protocol { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_program_reads_a_question_and_answers() {
    let home = Home::with(&format!("cat > seen; pwd > where; {ANSWER}"));
    let answer = home.answer(|_| {}).unwrap();
    assert_eq!((answer.text.as_str(), answer.citations.as_slice()), ("42", &["d/a.md#L1-L2".to_owned()][..]));
    assert_eq!(answer.usage, Usage { calls: 1, ..Usage::default() });
    let seen: serde_json::Value = serde_json::from_str(&home.read("seen")).unwrap();
    assert_eq!((&seen["query"], &seen["context"]), (&"why?\n".into(), &"context ü".into()));
    let folder = home.0.path().canonicalize().unwrap();
    assert_eq!(Path::new(home.read("where").trim()).canonicalize().unwrap(), folder);
}

#[test]
fn only_what_is_named_is_inherited() {
    let home = Home::with(&format!("env > seen; {ANSWER}"));
    home.answer(|spec| {
        spec.env = vec!["GREETING".to_owned(), "UNSET".to_owned()];
        spec.set.insert("SEED".to_owned(), "7".to_owned());
    })
    .unwrap();
    let seen = home.read("seen");
    assert!(
        seen.contains("GREETING=hello\n")
            && seen.contains("SEED=7\n")
            && seen.contains("PATH=/usr/local/bin")
    );
    assert!(!seen.contains("TOKEN") && !seen.contains("CARGO"), "{seen}");
    home.answer(|spec| spec.inherit = true).unwrap();
    assert!(home.read("seen").contains("CARGO"));
}

#[test]
fn a_program_that_fails_says_why_without_secrets() {
    let home = Home::with("echo started >&2; echo \"bad token $SERVICE_TOKEN\" >&2; exit 3");
    let reason = failure(home.answer(|spec| spec.env = vec!["SERVICE_TOKEN".to_owned()]));
    assert_eq!(reason, "`sh` ended: exit status: 3; stderr: started\nbad token [redacted]");
    let reason = failure(Home::with("kill -SEGV $$").answer(|_| {}));
    assert!(reason.starts_with("`sh` ended: signal: 11"), "{reason}");
    assert_eq!(failure(Home::with("echo '{\"error\":\"no model\"}'").answer(|_| {})), "`sh` says: no model");
}

#[test]
fn a_program_that_hangs_is_killed_with_its_children() {
    // The grandchild holds the output open.
    let home = Home::with("echo $$ > child; sleep 600 & echo $! > grandchild; wait");
    let error = home.answer(|spec| spec.timeout = 1.0).unwrap_err();
    assert!(matches!(error, AgentError::TimedOut { seconds } if seconds == 1.0));
    assert!(is_gone(&home.read("child")) && is_gone(&home.read("grandchild")));
}

#[test]
fn children_that_outlive_an_answer_are_killed() {
    let home = Home::with(&format!("sleep 600 & echo $! > grandchild; {ANSWER}"));
    assert_eq!(home.answer(|_| {}).unwrap().text, "42");
    assert!(is_gone(&home.read("grandchild")));
}

#[test]
fn a_program_that_closes_its_output_and_hangs_is_killed() {
    let home = Home::with("echo $$ > child; exec >&-; sleep 600");
    assert!(matches!(home.answer(|spec| spec.timeout = 1.0), Err(AgentError::TimedOut { .. })));
    assert!(is_gone(&home.read("child")));
}

#[test]
fn garbage_is_shown() {
    let reason = garbage(Home::with("echo 'Loading model...'; echo note >&2").answer(|_| {}));
    assert!(
        reason.starts_with("not an answer as JSON: expected value at line 1 column 1; `sh` printed: Loading"),
        "{reason}"
    );
    assert!(reason.ends_with("; stderr: note"), "{reason}");
    let reason = garbage(Home::with("true").answer(|_| {}));
    assert!(reason.starts_with("nothing was printed"), "{reason}");
    garbage(Home::with("printf '\\377\\376'").answer(|_| {}));
}

#[test]
fn a_program_that_prints_without_end_is_cut() {
    for script in ["head -c 100000000 /dev/zero", "yes '{}'"] {
        let reason = garbage(Home::with(script).answer(|spec| spec.max_output = 65_536));
        assert_eq!(reason, "`sh` printed more than 65536 bytes", "{script}");
    }
}

#[test]
fn a_program_need_not_read() {
    let agent = Home::with(&format!("exec <&-; {ANSWER}"));
    let agent = agent.open(|_| {});
    // More than a pipe holds.
    let pack = pack(&"x".repeat(1 << 20), &[]);
    let question = Question { task: "t", query: "q", pack: &pack, trial: 0 };
    assert_eq!(agent.answer(&question).unwrap().text, "42");
}

#[test]
fn attempts_are_counted() {
    let home = Home::with(&format!("echo x >> tries; [ $(wc -l < tries) -ge 3 ] || exit 1; {ANSWER}"));
    let answer = home.answer(|spec| spec.retries = 2).unwrap();
    assert_eq!((answer.usage.calls, home.read("tries").lines().count()), (3, 3));
    let home = Home::with("echo x >> tries; exit 1");
    assert!(home.answer(|spec| spec.retries = 1).is_err());
    assert_eq!(home.read("tries").lines().count(), 2);
}

/// Serves: counts its own questions, and does as a file `mood` says.
const SERVER: &str = r#"
echo $$ >> started
n=0
while read -r line; do
  n=$((n+1))
  case "$(cat mood 2>/dev/null)" in
    dies) echo dying >&2; exit 4;;
    hangs) sleep 600;;
    chatters) printf '{"answer":"%s"}\n{"answer":"unasked"}\n' "$n";;
    mixes) echo '{"answer":"x","id":99}';;
    *) echo "{\"answer\":\"$n\"}";;
  esac
done
echo bye > farewell
"#;

fn serving(home: &Home, change: impl FnOnce(&mut CommandSpec)) -> Command {
    home.open(|spec| {
        spec.mode = CommandMode::Serve;
        change(spec);
    })
}

#[test]
fn a_server_answers_many_and_ends_when_its_input_does() {
    let home = Home::with(SERVER);
    let agent = serving(&home, |_| {});
    let answers: Vec<String> = (0..3).map(|trial| ask(&agent, trial).unwrap().text).collect();
    assert_eq!(answers, ["1", "2", "3"]);
    assert_eq!(home.read("started").lines().count(), 1);
    drop(agent);
    assert_eq!(home.read("farewell"), "bye\n");
    assert!(is_gone(&home.read("started")));
}

#[test]
fn a_server_that_fails_is_replaced() {
    let home = Home::with(SERVER);
    let agent = serving(&home, |spec| spec.timeout = 3.0);
    let mood = |mood: &str| home.write("mood", mood);
    assert_eq!(ask(&agent, 0).unwrap().text, "1");
    mood("dies");
    assert_eq!(failure(ask(&agent, 0)), "`sh` ended: exit status: 4; stderr: dying");
    mood("well");
    assert_eq!(ask(&agent, 0).unwrap().text, "1");
    mood("hangs");
    assert!(matches!(ask(&agent, 0), Err(AgentError::TimedOut { .. })));
    mood("mixes");
    assert!(garbage(ask(&agent, 0)).starts_with("it answers question 99, and 1 was asked"));
    mood("well");
    assert_eq!(ask(&agent, 0).unwrap().text, "1");
    assert!(home.read("started").lines().rev().skip(1).all(is_gone));
}

#[test]
fn what_was_said_unasked_answers_nothing() {
    let home = Home::with(SERVER);
    let agent = serving(&home, |_| {});
    home.write("mood", "chatters");
    assert_eq!(ask(&agent, 0).unwrap().text, "1");
    // Both lines are written at once, and read almost at once.
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(ask(&agent, 0).unwrap().text, "1");
    assert_eq!(home.read("started").lines().count(), 2);
}

#[test]
fn threads_have_a_server_each() {
    let home = Home::with(SERVER);
    let agent = Arc::new(serving(&home, |spec| spec.concurrency = 3));
    assert_eq!(agent.concurrency(), 3);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..5).for_each(|trial| drop(ask(&agent, trial).unwrap())));
        }
    });
    assert!((1..=3).contains(&home.read("started").lines().count()));
}

#[test]
fn fingerprints_follow_files_and_settings_but_no_secrets() {
    let home = Home::with(ANSWER);
    let of = |change: &dyn Fn(&mut CommandSpec)| home.open(change).fingerprint();
    let first = of(&|_| {});
    assert_eq!(first, of(&|spec| spec.timeout = 5.0));
    assert_ne!(first, of(&|spec| spec.version = Some("2".to_owned())));
    assert_ne!(first, of(&|spec| spec.mode = CommandMode::Serve));
    assert_ne!(first, of(&|spec| spec.env = vec!["SERVICE_TOKEN".to_owned()]));
    home.write("lib.txt", "1");
    let listed = |spec: &mut CommandSpec| spec.files = vec!["lib.txt".to_owned()];
    let with = of(&listed);
    home.write("lib.txt", "2");
    assert_ne!(with, of(&listed));
    home.write("agent", "exit 1");
    assert_ne!(first, of(&|_| {}));
    assert!(matches!(
        home.try_open(|spec| spec.files = vec!["gone".to_owned()]),
        Err(AgentSpecError::Read { .. })
    ));
}

#[test]
fn programs_that_are_not_there_are_missed_at_once() {
    let home = Home::with(ANSWER);
    for program in ["no-such-program-here", "./gone", "/gone"] {
        let error = home.try_open(|spec| spec.program = program.to_owned()).err().unwrap();
        assert_eq!(error.to_string(), format!("no program `{program}`"));
    }
    let path = home.try_open(|spec| {
        spec.program = "./agent".to_owned();
        spec.args.clear();
    });
    assert!(path.is_ok());
    let reason = failure(home.answer(|spec| spec.cwd = Some("nowhere".to_owned())));
    assert!(reason.starts_with("cannot start `sh`: "), "{reason}");
}
