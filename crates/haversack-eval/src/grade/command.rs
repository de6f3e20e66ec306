use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use haversack_model::Digest;
use serde::{Deserialize, Serialize};

use super::grader::check_threshold;
use super::{GradeError, ProgramError};
use crate::program::{Launch, Silence, digest_near, is_path};
use crate::text::json_object;
use crate::{Grade, Graded};

/// What a program says of the answer.
///
/// The program is started for each answer, in the caller's folder and environment. It reads one line of JSON:
/// `{"task": {..}, "answer": {..}, "pack": {"pack_id", "text", "passages": [{"citation", "document", "span", "text"}]}}`, task and
/// answer as they stand in `tasks.jsonl` and in recorded outcomes. It writes one: `{"score": 0.5, "passed": false,
/// "reason": "too vague"}`, of which only `score`, from 0 to 1, must be there. Its errors go where the caller's go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// The program and its arguments; no shell reads them.
    pub program: Vec<String>,
    /// Seconds after which it is killed with its children, which is an error.
    #[serde(default = "thirty")]
    pub timeout: f64,
    /// The score that passes where the program does not say.
    #[serde(default = "half")]
    pub threshold: f64,
    /// To be changed with the program, where that is no file under the suite's folder: outcomes that were graded by another
    /// version are graded again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
}

fn thirty() -> f64 {
    30.0
}

fn half() -> f64 {
    0.5
}

/// What is written to the program.
#[derive(Serialize)]
struct Request<'a> {
    task: &'a crate::Task,
    answer: &'a crate::Answer,
    pack: PackLine<'a>,
}

#[derive(Serialize)]
struct PackLine<'a> {
    pack_id: haversack_model::Digest,
    text: &'a str,
    passages: Vec<PassageLine<'a>>,
}

#[derive(Serialize)]
struct PassageLine<'a> {
    citation: &'a str,
    document: &'a haversack_model::DocumentId,
    span: haversack_model::Span,
    text: &'a str,
}

/// What it writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reply {
    score: f64,
    #[serde(default)]
    passed: Option<bool>,
    #[serde(default)]
    reason: String,
}

impl Command {
    pub(super) fn check(&self) -> Result<(), GradeError> {
        if self.program.first().is_none_or(String::is_empty) {
            return Err(GradeError::Setting { key: "program", expected: "a program with its arguments" });
        }
        if !(0.001..=86_400.0).contains(&self.timeout) {
            return Err(GradeError::Setting {
                key: "timeout",
                expected: "a number of seconds from 0.001 to 86400",
            });
        }
        check_threshold(self.threshold)
    }

    /// The digests of the files under the suite's folder that it is made of, by the names that the suite gives them: those
    /// of its program and arguments, seen from the caller's folder, that are such files.
    pub(super) fn files(&self, folder: &Path) -> Result<BTreeMap<String, Digest>, GradeError> {
        let mut digests = BTreeMap::new();
        let named = self.program.iter().enumerate().filter(|(at, name)| *at > 0 || is_path(name));
        for (_, name) in named {
            digest_near(&mut digests, folder, Path::new(""), name)?;
        }
        Ok(digests)
    }

    pub(super) fn grade(&self, graded: &Graded<'_>) -> Result<Grade, GradeError> {
        self.check()?;
        let said = self.ask(serde_json::to_string(&request(graded))? + "\n")?;
        Ok(reply(&said, &self.name(), self.threshold)?)
    }

    /// What the program writes until it ends, which it must do with success and in time.
    fn ask(&self, input: String) -> Result<Vec<u8>, ProgramError> {
        let program = self.name();
        let launch = Launch {
            path: PathBuf::from(&program),
            program,
            args: self.program.get(1..).unwrap_or_default().to_vec(),
            environment: BTreeMap::new(),
            inherit: true,
            cwd: None,
            max_output: LONGEST,
            keeps_errors: false,
        };
        let deadline = Instant::now() + Duration::from_secs_f64(self.timeout);
        let mut process =
            launch.start().map_err(|source| ProgramError::Start { program: self.name(), source })?;
        process.ask_once(input.into_bytes(), deadline).map_err(|silence| match silence {
            Silence::TimedOut => ProgramError::TimedOut { program: self.name(), seconds: self.timeout },
            Silence::TooMuch { limit } => ProgramError::TooLong { program: self.name(), limit },
            Silence::Ended { status } => ProgramError::Status { program: self.name(), status },
        })
    }

    fn name(&self) -> String {
        self.program.first().cloned().unwrap_or_default()
    }
}

/// Most bytes that a program may say.
const LONGEST: usize = 1 << 20;
/// Most characters of a reason that are kept.
const LONGEST_REASON: usize = 500;

/// Reads what a program said.
pub(crate) fn reply(said: &[u8], program: &str, threshold: f64) -> Result<Grade, ProgramError> {
    let program = || program.to_owned();
    let Reply { score, passed, reason } = json_object(&String::from_utf8_lossy(said))
        .map_err(|source| ProgramError::Json { program: program(), source })?;
    if !(0.0..=1.0).contains(&score) {
        return Err(ProgramError::Score { program: program(), score });
    }
    let reason = reason.chars().take(LONGEST_REASON).collect();
    Ok(Grade { score, passed: passed.unwrap_or(score >= threshold), reason })
}

fn request<'a>(graded: &Graded<'a>) -> Request<'a> {
    let pack = graded.pack;
    let line = |passage: &'a haversack_model::Passage| PassageLine {
        citation: &passage.citation,
        document: &passage.document,
        span: passage.span,
        text: &passage.text,
    };
    let passages = pack.passages.iter().map(line).collect();
    Request {
        task: graded.task,
        answer: graded.answer,
        pack: PackLine { pack_id: pack.pack_id, text: &pack.text, passages },
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::testing::{Case, pack};
    use super::*;

    fn shell(script: &str, timeout: f64) -> Command {
        let program = ["sh", "-c", script].map(str::to_owned).to_vec();
        Command { program, timeout, threshold: 0.5, version: String::new() }
    }

    fn grade(script: &str) -> Result<Grade, String> {
        let case = Case::new(&["x"], "an answer");
        case.with(|graded| shell(script, 20.0).grade(graded).map_err(|error| error.to_string()))
    }

    #[test]
    fn a_line_in_and_a_line_out() {
        let grade_of = |script| grade(script).unwrap();
        let got = grade_of(r#"grep -q '"text":"an answer"' && echo '{"score": 0.5, "reason": "half"}'"#);
        assert_eq!(got, Grade { score: 0.5, passed: true, reason: "half".to_owned() });
        assert!(!grade_of(r#"echo '{"score": 0.4}'"#).passed);
        assert!(!grade_of(r#"echo '{"score": 1, "passed": false}'"#).passed);
        // A program need not read what it is told.
        let mut case = Case::new(&["x"], &"long ".repeat(100_000));
        case.pack = pack(&[("c/a.md", (1, 1), "text")]);
        let got = case.with(|graded| shell(r#"exec <&-; echo '{"score": 1}'"#, 20.0).grade(graded).unwrap());
        assert!(got.passed);
    }

    #[test]
    fn what_is_no_grade_is_an_error() {
        let cases = [
            ("exit 3", "`sh` ended with exit status: 3"),
            ("echo '{\"score\": 2}'", "`sh` gave the score 2, which is not from 0 to 1"),
            ("echo '{\"score\": -0.1}'", "`sh` gave the score -0.1, which is not from 0 to 1"),
            ("echo '{\"score\": NaN}'", "`sh` gave no grade: "),
            ("echo '{\"score\": 1, \"pased\": true}'", "`sh` gave no grade: unknown field `pased`"),
            ("echo '[1]'", "`sh` gave no grade: a list, where an object was expected"),
            ("true", "`sh` gave no grade: EOF"),
            ("echo '{\"score\": 1}'; echo more", "`sh` gave no grade: trailing characters"),
            ("head -c 2000000 /dev/zero", "`sh` wrote more than 1048576 bytes"),
        ];
        for (script, message) in cases {
            let error = grade(script).unwrap_err();
            assert!(error.starts_with(message), "{script}: {error}");
        }
        let absent = Command { program: vec!["/no/such/program".to_owned()], ..shell("", 1.0) };
        let error = Case::new(&["x"], "").with(|graded| absent.grade(graded).unwrap_err());
        assert!(error.to_string().starts_with("cannot start `/no/such/program`: "));
    }

    #[test]
    fn time_out_kills() {
        let case = Case::new(&["x"], &"long ".repeat(100_000));
        // It neither reads nor writes; and one whose child keeps the pipe open.
        for script in ["exec sleep 30", "sleep 30 & exec sleep 30"] {
            let error = case.with(|graded| shell(script, 0.2).grade(graded).unwrap_err());
            assert_eq!(error.to_string(), "`sh` gave no grade within 0.2 s");
        }
    }

    #[test]
    fn its_children_end_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let child = folder.path().join("child");
        let script = format!("sleep 600 & echo $! > '{}'; echo '{{\"score\": 1}}'", child.display());
        // The child holds the output open.
        assert!(grade(&script).unwrap().passed);
        assert!(crate::program::is_gone(&std::fs::read_to_string(child).unwrap()));
    }

    #[test]
    fn a_program_under_the_suites_folder_is_part_of_the_identity() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("grade.sh");
        let command =
            Command { program: vec!["sh".to_owned(), file.display().to_string()], ..shell("", 1.0) };
        let grader = crate::Grader::Command(command);
        let of = |folder: &Path| grader.fingerprint(folder, &crate::Models::none()).unwrap();
        let none = of(folder.path());
        std::fs::write(&file, "exit 1").unwrap();
        let first = of(folder.path());
        std::fs::write(&file, "exit 2").unwrap();
        assert!(first != none && of(folder.path()) != first);
        assert_eq!(of(tempfile::tempdir().unwrap().path()), none, "it belongs to another suite");
    }

    #[test]
    fn settings_are_checked() {
        for bad in [f64::NAN, 0.0, -1.0, 1e9] {
            assert!(shell("", bad).check().is_err());
        }
        assert!(Command { program: vec![], ..shell("", 1.0) }.check().is_err());
        assert!(Command { threshold: f64::NAN, ..shell("", 1.0) }.check().is_err());
    }
}
