//! Token counts and offsets on any text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may")]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use haversack_embed::HfTokenCounter;
use proptest::prelude::*;

static COUNTER: LazyLock<HfTokenCounter> = LazyLock::new(|| HfTokenCounter::minilm().unwrap());

#[test]
fn neither_truncates_nor_pads_nor_adds() {
    assert_eq!(COUNTER.count(""), 0);
    assert_eq!(COUNTER.count("key"), 1);
    assert_eq!(COUNTER.count(&"key ".repeat(5_000)), 5_000);
}

#[test]
fn offsets_are_bytes_of_the_text() {
    let text = "Schlüssel für 東京!";
    let offsets = COUNTER.token_offsets(text).unwrap();
    assert_eq!(offsets.len(), COUNTER.count(text));
    assert_eq!(&text[offsets[offsets.len() - 1].0..], "!");
    assert!(offsets.iter().any(|(from, to)| &text[*from..*to] == "東"));
}

#[test]
fn fingerprint_is_the_files() {
    let other = HfTokenCounter::minilm().unwrap();
    assert_eq!(COUNTER.fingerprint(), other.fingerprint());
    assert!(COUNTER.fingerprint().starts_with("hf:"));
    assert!(HfTokenCounter::from_bytes(b"{}").is_err());
    assert!(HfTokenCounter::from_file(std::path::Path::new("nowhere/tokenizer.json")).is_err());
}

#[test]
fn cutting_a_long_text_changes_no_count() {
    let line = "The reader's key, rotated 3 times: é, naïve (and so on).\n";
    let times = 20_000;
    assert_eq!(COUNTER.count(&line.repeat(times)), COUNTER.count(line) * times);
    let spaced = line.replace('\n', " ");
    assert_eq!(COUNTER.count(&spaced.repeat(times)), COUNTER.count(&spaced) * times);
}

#[test]
fn one_huge_line_takes_seconds_at_most() {
    let started = Instant::now();
    let unbroken = "x".repeat(8 << 20);
    assert!(COUNTER.count(&unbroken) < 1_000);
    let spaced = "lorem ipsum ".repeat(350_000);
    assert!(COUNTER.count(&spaced) >= 700_000);
    assert!(started.elapsed() < Duration::from_secs(120), "{:?}", started.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_has_ordered_offsets_on_boundaries(text in any::<String>()) {
        let offsets = COUNTER.token_offsets(&text).unwrap();
        prop_assert_eq!(offsets.len(), COUNTER.count(&text));
        let mut last = 0;
        for (from, to) in offsets {
            prop_assert!(from <= to && to <= text.len());
            prop_assert!(text.is_char_boundary(from) && text.is_char_boundary(to));
            prop_assert!(from >= last);
            last = from;
        }
    }

    #[test]
    fn separate_lines_add_up(a in "\\PC{0,80}", b in "\\PC{0,80}") {
        let joined = format!("{a}\n{b}");
        prop_assert_eq!(COUNTER.count(&joined), COUNTER.count(&a) + COUNTER.count(&b));
    }
}
