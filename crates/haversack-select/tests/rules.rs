//! Each rule of choice, shown on few candidates.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use haversack_model::{Candidate, Format, Order, Pack, Reason, Trust, Verdict};
use haversack_select::{Ranking, counter};
use support::{Odd, Setting, candidate, chunks};

const WORDS: Odd = Odd("words", |text| text.split_whitespace().count());

fn pack(setting: &Setting, candidates: Vec<Candidate>) -> Pack {
    setting.pack(candidates, &WORDS)
}

fn cited(pack: &Pack) -> Vec<&str> {
    pack.passages().iter().map(|passage| passage.citation()).collect()
}

fn reasons(pack: &Pack) -> Vec<&Reason> {
    pack.decisions.iter().map(|decision| &decision.reason).collect()
}

/// A text of `n` distinct words.
fn words(seed: &str, n: usize) -> String {
    (0..n).map(|i| format!("{seed}{i} ")).collect()
}

#[test]
fn nothing_found_is_said() {
    let found = pack(&Setting::new(100), Vec::new());
    assert_eq!((found.text.as_str(), found.tokens), ("", 0));
    assert_eq!(found.warnings, ["the pack is empty: retrieval found no candidates"]);
}

#[test]
fn a_ranking_whose_best_is_poor_is_dropped_whole() {
    let mut setting = Setting::new(100);
    setting.packing.min_score = 0.2;
    setting.packing.min_best = 0.4;
    let poor = pack(&setting, chunks("a/x.md", &[("one two", 0.3), ("three four", 0.25)]));
    assert_eq!(poor.warnings, ["the pack is empty: the best relevance is 0.300, under the floor of 0.4"]);
    let good = pack(&setting, chunks("a/x.md", &[("one two", 0.5), ("three four", 0.25), ("five", 0.1)]));
    assert_eq!(reasons(&good).iter().filter(|r| matches!(r, Reason::BelowThreshold { .. })).count(), 1);
}

#[test]
fn a_floor_that_nothing_reaches_is_said() {
    let mut setting = Setting::new(100);
    setting.packing.min_score = 0.7;
    let found = pack(&setting, chunks("a/x.md", &[("one two", 0.25), ("three four", 0.5)]));
    assert_eq!(found.warnings, ["the pack is empty: the best relevance is 0.500, under the floor of 0.7"]);
    assert_eq!(*reasons(&found)[0], Reason::BelowThreshold { score: 0.5, threshold: 0.7 });
    assert_eq!(
        cited(&pack(&setting, chunks("a/x.md", &[("one two", 0.7)]))).len(),
        1,
        "the floor itself is enough"
    );
}

#[test]
fn a_budget_too_small_names_the_smallest_need() {
    let candidates =
        [candidate("a/x.md", 0, 0, &words("x", 30), 0.9), candidate("a/y.md", 0, 0, &words("y", 9), 0.1)];
    let need = pack(&Setting::new(1_000), candidates[1..].to_vec()).tokens;
    for budget in [0, 1, need - 1] {
        let found = pack(&Setting::new(budget), candidates.to_vec());
        let expected =
            format!("the pack is empty: no passage fits into {budget} tokens, and the smallest needs {need}");
        assert_eq!(found.warnings, [expected]);
        assert!(found.decisions.iter().all(|d| matches!(d.reason, Reason::OverBudget { .. })));
    }
    assert_eq!(pack(&Setting::new(need), candidates.to_vec()).tokens, need);
}

#[test]
fn what_does_not_fit_makes_room_for_smaller_ones() {
    let candidates = vec![
        candidate("a/x.md", 0, 0, &words("x", 40), 0.9),
        candidate("a/y.md", 0, 0, &words("y", 60), 0.8),
        candidate("a/z.md", 0, 0, &words("z", 20), 0.7),
    ];
    let found = pack(&Setting::new(100), candidates);
    assert_eq!(cited(&found), ["a/x.md#L1-L10", "a/z.md#L1-L10"]);
    assert_eq!(*reasons(&found)[1], Reason::OverBudget { needs: found.tokens + 60 - 100 });
}

#[test]
fn the_same_text_is_packed_once() {
    let near = format!("{} changed", words("x", 60));
    let candidates = vec![
        candidate("a/x.md", 0, 0, &words("x", 60), 0.9),
        candidate("a/y.md", 0, 0, &words("X", 60), 0.8),
        candidate("a/z.md", 0, 0, &near, 0.7),
        candidate("a/w.md", 0, 0, &words("w", 60), 0.6),
    ];
    let best = candidates[0].chunk.id;
    let found = pack(&Setting::new(1_000), candidates);
    assert_eq!(*reasons(&found)[1], Reason::DuplicateOf { chunk: best, similarity: 1.0 });
    assert!(
        matches!(reasons(&found)[2], Reason::DuplicateOf { chunk, similarity } if *chunk == best && *similarity > 0.9)
    );
    assert_eq!(cited(&found), ["a/x.md#L1-L10", "a/w.md#L1-L10"]);
}

#[test]
fn overlapping_spans_are_packed_once() {
    let candidates = vec![
        candidate("a/x.md", 0, 0, "one two three four", 0.9),
        candidate("a/x.md", 14, 1, "four five six seven", 0.8),
    ];
    let found = pack(&Setting::new(1_000), candidates);
    assert!(matches!(reasons(&found)[1], Reason::DuplicateOf { similarity, .. } if *similarity < 0.5));
}

#[test]
fn a_document_fills_at_most_its_share() {
    let mut setting = Setting::new(1_000);
    setting.packing.max_per_document = 1;
    let mut candidates = chunks("a/x.md", &[("one two", 0.9), ("three four", 0.8)]);
    candidates.push(candidate("a/y.md", 0, 0, "five six", 0.1));
    let found = pack(&setting, candidates);
    assert_eq!(*reasons(&found)[1], Reason::DocumentLimit { limit: 1 });
    assert_eq!(found.passages.len(), 2);
}

#[test]
fn chunks_that_touch_become_one_passage() {
    let mut setting = Setting::new(1_000);
    let candidates =
        chunks("a/x.md", &[("one two\n", 0.1), ("three four\n", 0.9), ("five\n", 0.5), ("six\n", 0.2)]);
    let without_third = [&candidates[..2], &candidates[3..]].concat();
    let found = pack(&setting, candidates.clone());
    assert_eq!(cited(&found), ["a/x.md#L1-L40"]);
    let passage = &found.passages[0];
    assert_eq!((passage.text.as_str(), passage.score), ("one two\nthree four\nfive\nsix\n", 0.9));
    assert_eq!((passage.tokens, passage.breadcrumb.as_slice()), (6, &["Guide".to_owned()][..]));
    let first = candidates[0].chunk.id;
    assert_eq!(*reasons(&found)[0], Reason::MergedInto { chunk: first, citation: 1 });
    assert_eq!(*reasons(&found)[3], Reason::Selected { citation: 1, tokens: 2 });
    assert_eq!(cited(&pack(&setting, without_third)), ["a/x.md#L1-L20", "a/x.md#L31-L40"]);
    setting.packing.merge = false;
    assert_eq!(pack(&setting, candidates).passages.len(), 4);
}

#[test]
fn a_length_penalty_prefers_what_is_short() {
    let candidates = vec![
        candidate("a/x.md", 0, 0, &words("x", 60), 0.9),
        candidate("a/y.md", 0, 0, &words("y", 30), 0.8),
    ];
    let mut setting = Setting::new(75);
    assert_eq!(cited(&pack(&setting, candidates.clone())), ["a/x.md#L1-L10"]);
    setting.packing.length_penalty = 1.0;
    assert_eq!(cited(&pack(&setting, candidates)), ["a/y.md#L1-L10"]);
}

#[test]
fn diversity_prefers_what_is_new() {
    let (same, other) = (vec![1.0, 0.0], vec![0.0, 1.0]);
    let mut candidates = vec![
        candidate("a/x.md", 0, 0, &words("x", 20), 0.9),
        candidate("a/y.md", 0, 0, &words("y", 20), 0.8),
        candidate("a/z.md", 0, 0, &words("z", 20), 0.5),
    ];
    for (candidate, vector) in candidates.iter_mut().zip([&same, &same, &other]) {
        candidate.vector.clone_from(vector);
    }
    let mut setting = Setting::new(60);
    assert_eq!(cited(&pack(&setting, candidates.clone())), ["a/x.md#L1-L10", "a/y.md#L1-L10"]);
    setting.packing.diversity = 0.5;
    assert_eq!(cited(&pack(&setting, candidates.clone())), ["a/x.md#L1-L10", "a/z.md#L1-L10"]);
    // Without vectors, shared words tell.
    candidates.iter_mut().for_each(|c| c.vector.clear());
    candidates[1] = candidate("a/y.md", 0, 0, &format!("{} {}", words("x", 15), words("y", 5)), 0.8);
    assert_eq!(cited(&pack(&setting, candidates)), ["a/x.md#L1-L10", "a/z.md#L1-L10"]);
}

#[test]
fn passages_stand_in_the_order_asked_for() {
    let names = ["a/4.md", "a/2.md", "a/5.md", "a/1.md", "a/3.md"];
    let candidates: Vec<Candidate> = names
        .iter()
        .zip([0.9, 0.8, 0.7, 0.6, 0.5])
        .map(|(n, s)| candidate(n, 0, 0, &words(n, 5), s))
        .collect();
    let order = |order| {
        let setting = Setting { order, ..Setting::new(1_000) };
        let pack = pack(&setting, candidates.clone());
        pack.passages.iter().map(|p| p.document.path()[..1].to_owned()).collect::<String>()
    };
    assert_eq!(order(Order::Relevance), "42513");
    assert_eq!(order(Order::Document), "12345");
    assert_eq!(order(Order::Edges), "45312");
}

#[test]
fn a_score_that_is_no_number_ranks_last() {
    let mut candidates = chunks("a/x.md", &[("one two", f32::NAN), ("three four", -0.5), ("five six", 0.1)]);
    candidates[0].trust = Trust::Untrusted;
    let ranking = Ranking::new(candidates.clone());
    let order: Vec<u32> = ranking.candidates().iter().map(|c| c.chunk.ordinal).collect();
    assert_eq!(order, [2, 1, 0]);
    let found = pack(&Setting::new(1_000), candidates);
    assert!(found.decisions.iter().all(|d| d.verdict == Verdict::Kept));
    assert_eq!((found.passages[0].score, found.passages[0].trust), (0.1, Trust::Untrusted));
}

#[test]
fn an_estimate_that_is_too_low_is_made_good() {
    // Twice what its parts say: half of what seemed to fit must go, and what goes is the least valuable.
    let double = Odd("double", |text| text.len() * if text.len() > 400 { 2 } else { 1 } / 4);
    let texts: Vec<String> = (0..20).map(|i| words(&format!("w{i}x"), 20)).collect();
    let candidates: Vec<Candidate> = (0..20_u8)
        .map(|i| candidate(&format!("a/{i}.md"), 0, 0, &texts[usize::from(i)], 0.9 - f32::from(i) / 100.0))
        .collect();
    let found = Setting::new(1_000).pack(candidates, &double);
    assert!(found.tokens <= 1_000 && found.tokens > 850, "{}", found.tokens);
    let kept = found.decisions.iter().take_while(|d| d.verdict == Verdict::Kept).count();
    assert_eq!(kept, found.passages.len());
}

#[test]
fn a_huge_line_costs_nothing() {
    let line = "=".repeat(50_000_000);
    let mut huge = candidate("a/x.md", 0, 0, &line, 0.9);
    huge.tokens = line.len() / 64;
    let mut small = candidate("a/y.md", 0, 0, "one two three", 0.8);
    let counter = counter("o200k_base").unwrap();
    small.tokens = counter.count(&small.chunk.text);
    let found = Setting::new(200).pack_as_counted(vec![huge, small], &*counter);
    assert_eq!(cited(&found), ["a/y.md#L1-L10"]);
}

#[test]
fn a_passage_of_delimiters_pays_for_its_own_fences_only() {
    let candidates = vec![
        candidate("a/x.md", 0, 0, &"`".repeat(300), 0.9),
        candidate("a/y.md", 0, 0, "one two three", 0.8),
    ];
    for format in [Format::Markdown, Format::Plain] {
        let setting = Setting { format, ..Setting::new(1_000) };
        let found = setting.pack(candidates.clone(), &*counter("o200k_base").unwrap());
        assert_eq!(found.passages.len(), 2);
        assert!(found.text.contains("\n```\none two three\n```\n") || format == Format::Plain);
    }
}
