use std::collections::BTreeMap;
use std::path::Path;

use haversack_model::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Agent, AgentError, AgentSpecError, Answer, Question};
use crate::suite::Keys;
use crate::text::{at, lines, read, unknown_in, unknown_in_answer};
use crate::{EvalError, LineError};

/// The keys of `kind = "replay"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplaySpec {
    /// The file of [`RecordedAnswer`] answers, from the suite's folder.
    pub file: String,
}

impl ReplaySpec {
    pub(super) const KEYS: Keys = Keys::Table(&[("kind", Keys::Leaf), ("file", Keys::Leaf)]);
}

/// A recorded answer: one line of the file of a replay, and of what [`Recording::answers_jsonl`](crate::Recording::answers_jsonl)
/// writes.
///
/// The file's first line may be `{"agent": "<fingerprint>"}`: the identity of the agent that answered, which is then that
/// of the replay.
///
/// ```
/// let line = format!(r#"{{"task":"t1","pack_id":"{}","answer":{{"text":"42"}}}}"#, "0".repeat(64));
/// let recorded: haversack_eval::RecordedAnswer = serde_json::from_str(&line)?;
/// assert_eq!((recorded.answer.text.as_str(), recorded.trial), ("42", None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedAnswer {
    /// Id of the task.
    pub task: String,
    /// The pack that the agent had.
    pub pack_id: Digest,
    /// Which repetition, from 0; none stands for every one that has no answer of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<u32>,
    /// What it said.
    pub answer: Answer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    agent: Digest,
}

/// Task, pack and trial.
type Key = (String, Digest, Option<u32>);

/// An agent that says what was recorded, and nothing else.
#[derive(Debug)]
pub(crate) struct Replay {
    /// With the line that each stands in.
    answers: BTreeMap<Key, (usize, Answer)>,
    fingerprint: Digest,
}

impl Replay {
    /// Reads a file.
    pub fn open(path: &Path) -> Result<Self, AgentSpecError> {
        Ok(Self::parse(&read(path)?, &path.display().to_string())?)
    }

    pub fn parse(text: &str, file: &str) -> Result<Self, EvalError> {
        let mut fingerprint = Digest::of(format!("haversack replay v1\0{text}").as_bytes());
        let mut answers: BTreeMap<Key, (usize, Answer)> = BTreeMap::new();
        for (index, (number, line)) in lines(text).enumerate() {
            let explained = |error| at(file, number, explain(line, error));
            if index == 0 && says_agent(line) {
                fingerprint = serde_json::from_str::<Header>(line).map_err(explained)?.agent;
                continue;
            }
            let RecordedAnswer { task, pack_id, trial, answer } =
                serde_json::from_str(line).map_err(explained)?;
            let key = (task, pack_id, trial);
            match answers.get(&key) {
                Some((first, other)) if *other != answer => {
                    let what = "answer for the same task, pack and trial";
                    return Err(at(file, number, LineError::Contradiction { what, first: *first }));
                }
                Some(_) => {}
                None => {
                    answers.insert(key, (number, answer));
                }
            }
        }
        Ok(Self { answers, fingerprint })
    }
}

impl Agent for Replay {
    fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    fn answer(&self, question: &Question<'_>) -> Result<Answer, AgentError> {
        let (task, pack) = (question.task.to_owned(), question.pack.pack_id);
        let own = self.answers.get(&(task.clone(), pack, Some(question.trial)));
        match own.or_else(|| self.answers.get(&(task.clone(), pack, None))) {
            Some((_, answer)) => Ok(answer.clone()),
            None => Err(AgentError::NotRecorded { task, pack }),
        }
    }
}

fn says_agent(line: &str) -> bool {
    let value: Value = serde_json::from_str(line).unwrap_or_default();
    value.get("agent").is_some() && value.get("task").is_none()
}

/// Finds the unknown key behind an error, if it is one.
fn explain(line: &str, error: serde_json::Error) -> LineError {
    let value: Value = serde_json::from_str(line).unwrap_or_default();
    let unknown = unknown_in(&value, &["task", "pack_id", "trial", "answer", "agent"], "")
        .or_else(|| unknown_in_answer(&value["answer"]));
    unknown.unwrap_or(LineError::Json(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::samples::pack;

    fn line(task: &str, pack_id: Digest, trial: Option<u32>, text: &str) -> String {
        let answer = Answer { text: text.to_owned(), ..Answer::default() };
        serde_json::to_string(&RecordedAnswer { task: task.to_owned(), pack_id, trial, answer }).unwrap()
    }

    #[test]
    fn what_was_recorded_is_said_for_its_task_pack_and_trial() {
        let pack = pack("context", &[]);
        let text = [line("t", pack.pack_id, Some(1), "second"), line("t", pack.pack_id, None, "any")]
            .join("\r\n\r\n");
        let replay = Replay::parse(&text, "r").unwrap();
        let ask = |task, trial| replay.answer(&Question { task, query: "q", pack: &pack, trial });
        assert_eq!(ask("t", 0).unwrap().text, "any");
        assert_eq!(ask("t", 1).unwrap().text, "second");
        assert!(matches!(ask("u", 0), Err(AgentError::NotRecorded { task, .. }) if task == "u"));
        let other = super::super::samples::pack("other", &[]);
        let error = replay.answer(&Question { task: "t", query: "q", pack: &other, trial: 0 }).unwrap_err();
        assert_eq!(error.to_string(), format!("no recorded answer for task `t` and pack {}", other.pack_id));
    }

    #[test]
    fn the_fingerprint_is_that_of_the_recorded_agent_or_of_the_file() {
        let recorded = Digest::of(b"agent");
        let body = line("t", Digest::of(b"p"), None, "x");
        let replay = Replay::parse(&format!("{{\"agent\":\"{recorded}\"}}\n{body}\n"), "r").unwrap();
        assert_eq!(replay.fingerprint(), recorded);
        let one = Replay::parse(&body, "r").unwrap().fingerprint();
        assert_ne!(one, Replay::parse(&line("t", Digest::of(b"p"), None, "y"), "r").unwrap().fingerprint());
        assert_ne!(one, recorded);
    }

    #[test]
    fn errors_name_line_and_key() {
        let id = Digest::of(b"p");
        let good = line("t", id, None, "x");
        let cases = [
            (
                format!("{good}\n{good}\n{}", line("t", id, None, "y")),
                "r:3: line 1 has another answer for the same task, pack and trial",
            ),
            (good.replace("\"task\"", "\"tsk\""), "r:1: unknown key `tsk`; did you mean `task`?"),
            (
                good.replace("\"text\"", "\"txt\""),
                "r:1: unknown key `answer.txt`; did you mean `answer.text`?",
            ),
            (format!("{good}\n{{\"agent\":\"{id}\"}}"), "r:2: unknown field `agent`, expected one of"),
            (good.replace(&id.to_string(), "xyz"), "r:1: "),
            ("[]".to_owned(), "r:1: "),
        ];
        for (text, message) in cases {
            let error = Replay::parse(&text, "r").unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        assert!(Replay::parse(&format!("{good}\n{good}"), "r").is_ok());
    }
}
