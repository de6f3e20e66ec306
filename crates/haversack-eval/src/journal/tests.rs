//! What a journal says after crashes, damage and other writers.

use std::fs;
use std::path::Path;

use haversack_model::{Digest, Pack};
use proptest::prelude::*;

use super::*;
use crate::runner::samples::{pack, plan, suite};
use crate::{
    AgentSetting, AgentSpec, Answer, Grade, Outcome, Question, RecordedAnswer, ReplaySpec, Status, Totals,
    Usage,
};

const FILE: &str = "events.jsonl";

fn outcome(task: &str, trial: u32, text: &str, score: f64) -> Outcome {
    let usage = Usage { calls: 1, input_tokens: 9, output_tokens: 3, cost: 0.1 + score };
    Outcome {
        task: task.to_owned(),
        trial,
        pack_id: Digest::of(task.as_bytes()),
        status: Status::Answered,
        score,
        passed: score > 0.5,
        grades: [("exact".to_owned(), Grade { score, passed: true, reason: text.to_owned() })].into(),
        answer: Some(Answer {
            text: text.to_owned(),
            abstained: false,
            citations: vec!["c/a#1".into()],
            usage,
        }),
        error: None,
        millis: 17,
    }
}

fn entry(task: &str, trial: u32) -> Entry {
    Entry { outcome: outcome(task, trial, "an \"answer\"\nof two lines", 0.1 + 0.2), reused_from: None }
}

fn header(at: u64) -> RunHeader {
    let suite = suite(6);
    plan(&suite).header(at).unwrap()
}

/// A journal with four outcomes and every kind of event, as bytes.
fn bytes(folder: &Path) -> (RunId, Vec<u8>) {
    let runs = Runs::new(folder);
    let mut journal = runs.create(header(1_000), &JournalOptions::default()).unwrap();
    for task in ["t00", "t01"] {
        journal.asked(task, 0, Digest::of(b"p"), 1_001).unwrap();
        journal.record(entry(task, 0)).unwrap();
    }
    let from = RunId::new(5, b"");
    journal.record(Entry { reused_from: Some(from), ..entry("t02", 0) }).unwrap();
    let Answer { usage, .. } = Answer::default();
    let answer = Answer { text: "said".into(), usage, ..Answer::default() };
    let (task, pack_id) = ("t04".to_owned(), Digest::of(b"p"));
    journal.ungraded(Ungraded { task, trial: 0, pack_id, answer, millis: 3 }).unwrap();
    journal.stopped(1_004, Stop::Cancelled).unwrap();
    let run = journal.header().run.clone();
    drop(journal);
    let mut journal = runs.resume(&run, 1_005, &JournalOptions::default()).unwrap();
    journal.record(entry("t03", 0)).unwrap();
    journal.finished(1_006, Totals::default()).unwrap();
    (run.clone(), fs::read(folder.join(run.as_str()).join(FILE)).unwrap())
}

fn parse(bytes: &[u8]) -> Result<Recording, JournalError> {
    Recording::parse(bytes, Path::new("j"))
}

#[test]
fn a_journal_says_what_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let (run, bytes) = bytes(folder.path());
    let recording = Runs::new(folder.path()).read(&run).unwrap();
    assert_eq!(recording, parse(&bytes).unwrap());
    assert_eq!(recording.header, header(1_000));
    assert_eq!(recording.entries.len(), 4);
    assert_eq!(recording.entries[&("t01".to_owned(), 0)], entry("t01", 0));
    assert_eq!(recording.entries[&("t02".to_owned(), 0)].reused_from, Some(RunId::new(5, b"")));
    assert_eq!((recording.calls, recording.resumed, recording.finished), (2, 1, Some(1_006)));
    assert_eq!((recording.stopped, recording.torn), (None, None));
    let answers = parse(&bytes).unwrap().answers_jsonl().unwrap();
    let tasks =
        answers.lines().skip(1).map(|line| serde_json::from_str::<RecordedAnswer>(line).unwrap().task);
    assert_eq!(tasks.collect::<Vec<_>>(), ["t00", "t01", "t02", "t03", "t04"]);
    assert!(answers.starts_with(&format!("{{\"agent\":\"{}\"}}\n", Digest::of(b"agent"))));
}

/// Fixtures of a format are kept for ever: what it wrote is read by every later program.
#[test]
fn format_1_is_pinned() {
    let fixture = include_str!("../../tests/fixtures/runs-v1/19700101-000001000-9a175f3741cf/events.jsonl");
    let recording = parse(fixture.as_bytes()).unwrap();
    assert_eq!(recording.header.run.as_str(), "19700101-000001000-9a175f3741cf");
    assert_eq!(recording.entries[&("t01".to_owned(), 0)], entry("t01", 0));
    assert_eq!((recording.entries.len(), recording.ungraded.len(), recording.finished), (4, 1, Some(1_006)));
    for (number, text) in (1..).zip(fixture.lines()) {
        let (_, event): (u64, Event) = line::decode(line::body(text.as_bytes()).unwrap()).unwrap();
        assert_eq!(String::from_utf8(line::encode(number, &event).unwrap()).unwrap(), text);
    }
}

/// A folder of runs of format 1, as a program finds it.
#[test]
fn runs_of_format_1_are_read_for_ever() {
    let runs = Runs::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/runs-v1")));
    let listing = runs.all().unwrap();
    assert!(listing.unreadable.is_empty());
    let [recording] = listing.recordings.as_slice() else { panic!("one run") };
    assert_eq!(recording, &runs.read(&runs.find("19700101").unwrap()).unwrap());
    assert_eq!(recording.header.format, 1);
    assert_eq!((recording.calls, recording.resumed, recording.torn), (2, 1, None));
    assert_eq!(recording.entries[&("t03".to_owned(), 0)], entry("t03", 0));
}

#[test]
fn a_replay_says_what_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let (_, bytes) = bytes(folder.path());
    let recording = parse(&bytes).unwrap();
    fs::write(folder.path().join("answers.jsonl"), recording.answers_jsonl().unwrap()).unwrap();
    let spec = AgentSpec::Replay(ReplaySpec { file: "answers.jsonl".to_owned() });
    let agent = spec.open(&AgentSetting { folder: folder.path(), variable: &|_| None }).unwrap();
    assert_eq!(agent.fingerprint(), recording.header.agent.fingerprint);
    let answers = recording.recorded_answers();
    assert_eq!(answers.len(), 5);
    for RecordedAnswer { task, pack_id, trial, answer } in answers {
        let pack = Pack { pack_id, ..pack("q", &[]) };
        let question = Question { task: &task, query: "q", pack: &pack, trial: trial.unwrap() };
        assert_eq!(agent.answer(&question).unwrap(), answer);
    }
}

#[test]
fn cut_anywhere_it_keeps_every_whole_line_and_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let (run, bytes) = bytes(folder.path());
    let ends: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b'\n').collect();
    let path = folder.path().join(run.as_str()).join(FILE);
    for cut in 0..bytes.len() {
        let part = &bytes[..cut];
        // A line that lacks only its line feed is whole.
        let whole = ends.iter().filter(|end| **end <= cut).count();
        if whole == 0 {
            assert!(matches!(parse(part), Err(JournalError::NoStart { .. })), "{cut}");
            continue;
        }
        let recording = parse(part).unwrap();
        let end = if ends.contains(&cut) { cut } else { ends[whole - 1] + 1 };
        let torn = (end < cut).then(|| Torn { line: whole + 1, from: end as u64, bytes: (cut - end) as u64 });
        assert_eq!(recording.torn, torn, "{cut}");
        // Every byte for reading, and for resuming, which waits for the disk, those around the ends of lines.
        if !ends.iter().any(|end| cut.abs_diff(*end) <= 2) {
            continue;
        }
        fs::write(&path, part).unwrap();
        let runs = Runs::new(folder.path());
        let mut journal = runs.resume(&run, 2_000, &JournalOptions::default()).unwrap();
        assert_eq!(journal.recording().entries, recording.entries);
        journal.record(entry("t05", 0)).unwrap();
        drop(journal);
        let after = fs::read(&path).unwrap();
        assert!(after.starts_with(&bytes[..ends[whole - 1] + 1]), "what was whole is untouched");
        let again = runs.read(&run).unwrap();
        assert_eq!((again.entries.len(), again.torn), (recording.entries.len() + 1, None));
    }
}

#[test]
fn garbage_behind_the_end_is_told_and_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let (run, mut bytes) = bytes(folder.path());
    let whole = bytes.len() as u64;
    bytes.extend_from_slice(b"\0\0\0\n{\"sum\":\"0123456789abcdef\",\"n\":99}\n\xff");
    fs::write(folder.path().join(run.as_str()).join(FILE), &bytes).unwrap();
    let runs = Runs::new(folder.path());
    let torn = runs.read(&run).unwrap().torn.unwrap();
    assert_eq!((torn.from, torn.from + torn.bytes), (whole, bytes.len() as u64));
    let journal = runs.resume(&run, 2_000, &JournalOptions::default()).unwrap();
    assert_eq!(journal.recording().torn, Some(torn));
    assert!(
        fs::read_to_string(folder.path().join(run.as_str()).join(FILE))
            .unwrap()
            .ends_with(&format!("\"event\":{{\"resumed\":{{\"at\":2000,\"torn\":{}}}}}}}\n", torn.bytes))
    );
}

#[test]
fn any_flipped_bit_is_an_error_or_lies_in_a_torn_tail() {
    let folder = tempfile::tempdir().unwrap();
    let (_, bytes) = bytes(folder.path());
    let sound = parse(&bytes).unwrap();
    let first = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap();
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let line = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
        match parse(&flipped) {
            Err(JournalError::Damaged { line: found, .. }) => assert_eq!(found, line),
            Err(error) => panic!("{error}"),
            Ok(recording) => {
                // The line feed before the last line makes one of two; that behind it may go.
                assert!(at >= last, "byte {at} of line {line}");
                assert!(recording.torn.is_some() && recording.header == sound.header);
            }
        }
    }
    let mut flipped = bytes.clone();
    flipped[first / 2] ^= 1;
    assert_eq!(parse(&flipped).unwrap_err().to_string(), "j:1: damaged: the checksum does not match");
}

#[test]
fn lost_doubled_and_moved_lines_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (_, bytes) = bytes(folder.path());
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let lost = [&lines[..2], &lines[3..]].concat().concat();
    assert_eq!(parse(&lost).unwrap_err().to_string(), "j:3: damaged: this was written as line 4");
    let doubled = [&lines[..3], &lines[2..]].concat().concat();
    assert_eq!(parse(&doubled).unwrap_err().to_string(), "j:4: damaged: this was written as line 3");
    let headless = lines[1..].concat();
    assert!(matches!(parse(&headless), Err(JournalError::Misplaced { line: 1, .. })));
}

#[test]
fn a_whole_line_that_is_no_event_is_an_error() {
    let start = line::encode(1, &Event::Started(Box::new(header(0)))).unwrap();
    let with = |second: Vec<u8>| [start.clone(), b"\n".to_vec(), second].concat();
    let unknown = line::encode(2, &serde_json::json!({"dreamt": {}})).unwrap();
    assert!(
        parse(&with(unknown)).unwrap_err().to_string().starts_with("j:2: no event of a run: unknown variant")
    );
    let twice = line::encode(2, &Event::Started(Box::new(header(0)))).unwrap();
    assert!(matches!(parse(&with(twice)), Err(JournalError::SecondStart { line: 2, .. })));
    for (task, trial) in [("t99", 0), ("t00", 1)] {
        let foreign = line::encode(2, &Event::Outcome(outcome(task, trial, "", 0.0))).unwrap();
        let error = parse(&with(foreign)).unwrap_err().to_string();
        assert_eq!(error, format!("j:2: task `{task}`, trial {trial}, is no part of the run"));
    }
}

#[test]
fn a_newer_format_is_refused_whatever_it_holds() {
    let newer = serde_json::json!({"started": {"format": 2, "surprise": true}});
    let bytes = line::encode(1, &newer).unwrap();
    let error = parse(&bytes).unwrap_err().to_string();
    assert_eq!(error, "j: format 2 is newer than this program reads (1); use a newer haversack");
}

#[test]
fn one_process_writes_and_others_read() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::new(folder.path());
    let options = JournalOptions::default();
    let mut journal = runs.create(header(1_000), &options).unwrap();
    let run = journal.header().run.clone();
    assert!(matches!(runs.resume(&run, 0, &options), Err(JournalError::Locked { .. })));
    assert!(matches!(runs.create(header(1_000), &options), Err(JournalError::Exists { .. })));
    journal.record(entry("t00", 0)).unwrap();
    assert_eq!(runs.read(&run).unwrap().entries.len(), 1);
    drop(journal);
    assert!(runs.resume(&run, 0, &options).is_ok());
}

#[test]
fn of_several_that_begin_one_run_one_does() {
    let folder = tempfile::tempdir().unwrap();
    for at in 0..20 {
        let runs = Runs::new(folder.path());
        let begun = std::thread::scope(|scope| {
            // Dropped at once, so that the lock is free again while others still try.
            let begin = || runs.create(header(at), &JournalOptions::default()).map(|_| ());
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(begin)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(begun.iter().filter(|begun| begun.is_ok()).count(), 1);
        for error in begun.into_iter().filter_map(Result::err) {
            let refused = matches!(error, JournalError::Exists { .. } | JournalError::Locked { .. });
            assert!(refused, "{error:?}");
        }
        assert!(runs.read(&header(at).run).is_ok());
    }
}

#[test]
fn runs_are_listed_named_and_found() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::new(folder.path());
    assert_eq!(runs.list().unwrap(), []);
    assert!(matches!(runs.find("2026"), Err(JournalError::NoRun { known, .. }) if known.is_empty()));
    let ids: Vec<RunId> = [2_000_000_000_000, 1_000_000_000_000]
        .map(|at| runs.create(header(at), &JournalOptions::default()).unwrap().header().run.clone())
        .into();
    // What a crash leaves of a run that did not begin, and what is no run, are none.
    fs::create_dir(folder.path().join(format!(".{}.new", RunId::new(7, b"")))).unwrap();
    fs::create_dir(folder.path().join("notes")).unwrap();
    assert_eq!(runs.list().unwrap(), [ids[1].clone(), ids[0].clone()]);
    assert_eq!(runs.find("2033").unwrap(), ids[0]);
    assert_eq!(runs.find(ids[1].digits()).unwrap(), ids[1]);
    assert!(
        matches!(runs.find("20"), Err(JournalError::Ambiguous { candidates, .. }) if candidates.len() == 2)
    );
    let (version, agent) = (Digest::of(b"version"), Digest::of(b"agent"));
    let latest = |suite, version, agent| runs.latest(suite, version, agent).unwrap();
    assert_eq!(latest("sample", version, agent).unwrap().header.run, ids[0]);
    assert_eq!(latest("other", version, agent), None);
    assert_eq!(latest("sample", agent, agent), None);
    assert_eq!(latest("sample", version, version), None);
}

#[test]
fn a_run_that_cannot_be_read_is_listed_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::new(folder.path());
    let create = |at| runs.create(header(at), &JournalOptions::default()).unwrap().header().run.clone();
    let (good, bad, foreign) = (create(1_000), create(2_000), create(3_000));
    fs::write(folder.path().join(bad.as_str()).join(FILE), "").unwrap();
    let (from, to) = (folder.path().join(good.as_str()), folder.path().join(foreign.as_str()));
    fs::copy(from.join(FILE), to.join(FILE)).unwrap();
    let listing = runs.all().unwrap();
    assert_eq!(listing.recordings.len(), 1);
    let unreadable: Vec<&RunId> = listing.unreadable.iter().map(|(run, _)| run).collect();
    assert_eq!(unreadable, [&bad, &foreign]);
    assert!(matches!(listing.unreadable[1].1, JournalError::OtherRun { .. }));
    let latest = runs.latest("sample", Digest::of(b"version"), Digest::of(b"agent"));
    assert!(latest.is_err(), "an unreadable run might have been the latest");
}

#[test]
fn no_secret_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::new(folder.path());
    let secrets = vec!["sk-12345678".to_owned(), "short".to_owned()];
    let options = JournalOptions { sync_every: 1, secrets };
    assert!(!format!("{options:?}").contains("sk-12345678"));
    let mut header = header(1_000);
    header.agent.spec = serde_json::json!({"headers": [{"x": "Bearer sk-12345678"}]});
    let mut journal = runs.create(header, &options).unwrap();
    let mut told = entry("t00", 0);
    told.outcome.answer = Some(Answer {
        text: "my key is sk-12345678, in short".to_owned(),
        citations: vec!["sk-12345678".to_owned()],
        ..Answer::default()
    });
    told.outcome.error = Some("wrong key sk-12345678".to_owned());
    told.outcome.grades.get_mut("exact").unwrap().reason = "said sk-12345678".to_owned();
    journal.record(told.clone()).unwrap();
    let answer = told.outcome.answer.clone().unwrap();
    let (task, pack_id) = ("t01".to_owned(), Digest::of(b"p"));
    journal.ungraded(Ungraded { task, trial: 0, pack_id, answer, millis: 0 }).unwrap();
    let error = "sk-12345678".to_owned();
    journal.stopped(5, Stop::Failed { task: "t01".to_owned(), trial: 0, error }).unwrap();
    let run = journal.header().run.clone();
    assert_eq!(journal.recording(), &runs.read(&run).unwrap());
    let text = fs::read_to_string(folder.path().join(run.as_str()).join(FILE)).unwrap();
    assert!(!text.contains("sk-12345678") && text.contains("my key is [redacted], in short"));
}

#[test]
fn numbers_without_a_json_form_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Runs::new(folder.path()).create(header(1), &JournalOptions::default()).unwrap();
    let mut wrong = entry("t00", 0);
    wrong.outcome.score = f64::NAN;
    assert!(matches!(journal.record(wrong), Err(JournalError::NotFinite { .. })));
    assert!(matches!(journal.record(entry("t00", 7)), Err(JournalError::NotPlanned { .. })));
    journal.record(entry("t00", 0)).unwrap();
    let run = journal.header().run.clone();
    assert_eq!(Runs::new(folder.path()).read(&run).unwrap().entries.len(), 1);
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    let status =
        prop::sample::select(vec![Status::Answered, Status::Abstained, Status::Failed, Status::TimedOut]);
    let score = 0.0..=1.0_f64;
    (0..6_u32, ".{0,20}", score, status, prop::option::of(".{0,9}"), any::<[u64; 2]>()).prop_map(
        |(task, text, score, status, error, [millis, tokens])| {
            let mut outcome = outcome(&format!("t{task:02}"), 0, &text, score);
            (outcome.status, outcome.error, outcome.millis) = (status, error, millis);
            outcome.answer.as_mut().unwrap().usage.input_tokens = tokens;
            outcome
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(outcomes in prop::collection::vec(any_outcome(), 0..8), tail in prop::collection::vec(any::<u8>(), 0..30)) {
        let folder = tempfile::tempdir().unwrap();
        let runs = Runs::new(folder.path());
        let options = JournalOptions { sync_every: 100, ..JournalOptions::default() };
        let mut journal = runs.create(header(1_000), &options).unwrap();
        for outcome in &outcomes {
            journal.record(Entry { outcome: outcome.clone(), reused_from: None }).unwrap();
        }
        let (run, said) = (journal.header().run.clone(), journal.recording().clone());
        drop(journal);
        let path = folder.path().join(run.as_str()).join(FILE);
        let bytes = fs::read(&path).unwrap();
        prop_assert_eq!(&runs.read(&run).unwrap(), &said);
        let torn = parse(&[bytes, tail].concat()).unwrap();
        prop_assert_eq!(torn.entries, said.entries);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>()) {
        prop_assert!(parse(&bytes).is_err());
        let start = line::encode(1, &Event::Started(Box::new(header(0)))).unwrap();
        let after = [start.clone(), b"\n".to_vec(), bytes.clone()].concat();
        prop_assert!(parse(&after).is_ok());
        let mut amid = start;
        let at = at.index(amid.len());
        amid.splice(at..at, bytes);
        let _ = parse(&amid);
    }

    #[test]
    fn arbitrary_events_in_whole_lines_never_panic(json in "[{}\\[\\]\",:a-z0-9 ]{0,60}", known in prop::sample::select(vec!["started", "outcome", "asked", "resumed"])) {
        let start = line::encode(1, &Event::Started(Box::new(header(0)))).unwrap();
        let event = serde_json::from_str::<serde_json::Value>(&json).unwrap_or(serde_json::json!({known: json}));
        let line = line::encode(2, &event).unwrap();
        prop_assert!(parse(&[start, b"\n".to_vec(), line].concat()).is_err());
    }
}
