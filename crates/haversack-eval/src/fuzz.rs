//! Every decoder of this crate over arbitrary bytes, for fuzzers: none may panic, and what is read again reads alike.

use std::path::Path;

use crate::agent::command::message;
use crate::agent::openai::completion;
use crate::agent::replay::Replay;
use crate::grade::{command, verdict};
use crate::journal::line;
use crate::suite::{expected, task};
use crate::{Policy, ProbeLog, Qrels, Recording, Run, SuiteHeader, outcomes_from_jsonl};

/// A decoder: whether it takes the bytes.
pub type Decoder = fn(&[u8]) -> bool;

/// Every decoder by name.
pub const ALL: [(&str, Decoder); 16] = [
    ("journal", |bytes| Recording::parse(bytes, Path::new("f")).is_ok()),
    ("events", events),
    ("probes", |bytes| !ProbeLog::known(bytes).is_empty()),
    ("outcomes", |bytes| text(bytes, |text| outcomes_from_jsonl(text, "f").is_ok())),
    ("suite", |bytes| text(bytes, suite)),
    ("tasks", |bytes| text(bytes, tasks)),
    ("expected", |bytes| text(bytes, |text| expected::parse(text, "f").is_ok())),
    ("qrels", |bytes| text(bytes, |text| Qrels::parse(text, "f").is_ok())),
    ("run", |bytes| text(bytes, |text| Run::parse(text, "f").is_ok())),
    ("policy", |bytes| text(bytes, |text| Policy::parse(text, "f").is_ok())),
    ("replay", |bytes| text(bytes, |text| Replay::parse(text, "f").is_ok())),
    ("agent_reply", |bytes| message::answer(bytes, Some(1)).is_ok()),
    ("completion", |bytes| completion::read(bytes).is_ok()),
    ("refusal", refusal),
    ("grader_reply", |bytes| {
        command::reply(bytes, "f", 0.5).is_ok_and(|grade| (0.0..=1.0).contains(&grade.score))
    }),
    ("verdict", |bytes| text(bytes, |text| verdict::Verdict::parse(text).is_ok())),
];

fn text(bytes: &[u8], read: impl Fn(&str) -> bool) -> bool {
    std::str::from_utf8(bytes).is_ok_and(read)
}

/// A journal whose checksums and numbers hold, with an event for each line: what stands behind them is reached.
fn events(bytes: &[u8]) -> bool {
    let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    let journal: Vec<Vec<u8>> =
        lines.map(|(n, event)| [line::framed(n, event), b"\n".to_vec()].concat()).collect();
    Recording::parse(&journal.concat(), Path::new("f")).is_ok()
}

/// What is a header is written as one that reads back.
fn suite(text: &str) -> bool {
    let Ok(header) = SuiteHeader::parse(text, "f") else { return false };
    let written = header.to_toml();
    assert!(
        written.is_ok_and(|written| SuiteHeader::parse(&written, "f").is_ok_and(|again| again == header))
    );
    true
}

/// What are tasks are written as tasks that read back.
fn tasks(text: &str) -> bool {
    let Ok(tasks) = task::parse(text, "f") else { return false };
    let written = task::write(&tasks);
    assert!(written.is_ok_and(|written| task::parse(&written, "f").is_ok_and(|again| again == tasks)));
    true
}

fn refusal(bytes: &[u8]) -> bool {
    let refusal = completion::Refusal::read(bytes);
    refusal.is_too_long() || refusal.is_final() || !refusal.code.is_empty()
}
