//! The decoders over bytes that are nearly right: fixtures, changed at random.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use haversack_eval::{Outcome, OutcomeKey, ProbeLog, fuzz};
use proptest::prelude::*;

/// Bytes that a decoder takes, by its name.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = |path: &str| fs::read(here.join(path)).unwrap();
    let journal = file("tests/fixtures/runs-v1/19700101-000001000-9a175f3741cf/events.jsonl");
    let events: Vec<String> =
        std::str::from_utf8(&journal).unwrap().lines().map(|line| event(line).to_string()).collect();
    let outcomes: Vec<String> = events.iter().filter_map(|event| outcome(event)).collect();
    let digest = "0".repeat(64);
    let replay = format!(
        "{{\"agent\":\"{digest}\"}}\n{{\"task\":\"t\",\"pack_id\":\"{digest}\",\"answer\":{{\"text\":\"a\"}}}}\n"
    );
    let words = |text: &str| text.as_bytes().to_vec();
    vec![
        ("journal", journal),
        ("events", words(&events.join("\n"))),
        ("probes", probes(&outcomes[0])),
        ("outcomes", words(&outcomes.join("\n"))),
        ("suite", file("../../evals/handbook/suite.toml")),
        ("tasks", file("../../evals/handbook/tasks.jsonl")),
        ("expected", file("../../evals/handbook/expected.toml")),
        ("qrels", file("tests/fixtures/small.qrels")),
        ("run", file("tests/fixtures/small.run")),
        (
            "policy",
            words(
                "[effect]\nmargin = 0.02\n[limit]\ncost = 1\n[tag.a]\nscore = 0.5\n[measure]\n\"nDCG@10\" = 0.4\n",
            ),
        ),
        ("replay", words(&replay)),
        (
            "agent_reply",
            words(
                r#"{"answer":"42","citations":["d/a.md#L1-L2"],"usage":{"output_tokens":3,"cost":0.5},"id":1}"#,
            ),
        ),
        (
            "completion",
            words(
                r#"{"choices":[{"message":{"content":"42"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1}}"#,
            ),
        ),
        ("refusal", words(r#"{"error":{"message":"too many tokens","code":"context_length_exceeded"}}"#)),
        ("grader_reply", words(r#"{"score": 0.5, "passed": false, "reason": "half"}"#)),
        ("verdict", words("```json\n{\"verdict\": \"incorrect\", \"reason\": \"no\"}\n```")),
    ]
}

/// The log of a probe.
fn probes(outcome: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probes.jsonl");
    let outcome: Outcome = serde_json::from_str(outcome).unwrap();
    let digest = outcome.pack_id;
    let key = OutcomeKey { agent: digest, graders: digest, task: digest, pack: digest, trial: 0 };
    ProbeLog::open(&path).unwrap().0.append(&key, &outcome).unwrap();
    fs::read(path).unwrap()
}

fn event(line: &str) -> serde_json::Value {
    serde_json::from_str::<serde_json::Value>(line).unwrap()["event"].take()
}

fn outcome(event: &str) -> Option<String> {
    let event: serde_json::Value = serde_json::from_str(event).unwrap();
    Some(event.get("outcome")?.to_string())
}

#[test]
fn decoders_take_what_was_written_for_them() {
    for (name, seed) in &*SEEDS {
        let (_, decoder) = fuzz::ALL.iter().find(|(known, _)| known == name).unwrap();
        assert!(decoder(seed), "{name}");
        for (_, decoder) in fuzz::ALL {
            decoder(seed);
        }
    }
    let named = |name: &str| SEEDS.iter().any(|(seed, _)| *seed == name);
    assert!(fuzz::ALL.iter().all(|(name, _)| named(name)));
}

/// Changes that leave most of a text as it is.
fn changed(
    mut bytes: Vec<u8>,
    changes: &[(prop::sample::Index, u8)],
    cut: Option<prop::sample::Index>,
) -> Vec<u8> {
    for (at, byte) in changes {
        let at = at.index(bytes.len());
        bytes[at] = *byte;
    }
    if let Some(cut) = cut {
        bytes.truncate(cut.index(bytes.len()));
    }
    bytes
}

/// Made once for all cases.
static SEEDS: LazyLock<Vec<(&'static str, Vec<u8>)>> = LazyLock::new(seeds);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn what_is_nearly_right_never_panics(
        seed in any::<prop::sample::Index>(),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), prop_oneof![any::<u8>(), prop::sample::select(b"\"{}[],:=-09.e\n\t nf".to_vec())]),
            0..4,
        ),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
        noise in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let (_, seed) = seed.get(&SEEDS);
        let bytes = changed(seed.clone(), &changes, cut);
        for (_, decoder) in fuzz::ALL {
            decoder(&bytes);
            decoder(&noise);
        }
    }
}
