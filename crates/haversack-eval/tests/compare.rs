//! What holds for every comparison, what is refused, and that its statistics keep their promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../../../benches/common/simulation.rs"]
mod simulation;

use haversack_eval::{
    CompareError, CompareOptions, Comparison, Interval, Pair, Side, Test, Verdict, compare,
};
use proptest::prelude::*;
use simulation::{Kind, Random};

fn options() -> CompareOptions {
    CompareOptions { draws: 300, wanted: Some(0.1), sequential: true, ..CompareOptions::default() }
}

fn pair(task: &str, a: &[f64], b: &[f64]) -> Pair {
    let passed = |scores: &[f64]| scores.iter().map(|score| *score >= 0.5).collect();
    Pair {
        task: task.to_owned(),
        tags: vec!["all".to_owned()],
        same_pack: a == b,
        a: a.to_vec(),
        b: b.to_vec(),
        passed_a: passed(a),
        passed_b: passed(b),
    }
}

/// Scores as graders give them: pass and fail, quarters, anything.
fn score() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1.0), (0..=4_u8).prop_map(|n| f64::from(n) / 4.0), 0.0..=1.0_f64]
}

fn a_pair() -> impl Strategy<Value = Pair> {
    let trials = || prop::collection::vec((score(), any::<bool>()), 1..4);
    let tags = prop::collection::vec(prop::sample::select(vec!["x", "y", "z"]), 0..3);
    (trials(), trials(), tags, any::<bool>()).prop_map(|(a, b, tags, same_pack)| Pair {
        task: String::new(),
        tags: tags.into_iter().map(str::to_owned).collect(),
        same_pack,
        a: a.iter().map(|trial| trial.0).collect(),
        b: b.iter().map(|trial| trial.0).collect(),
        passed_a: a.iter().map(|trial| trial.1).collect(),
        passed_b: b.iter().map(|trial| trial.1).collect(),
    })
}

fn pairs(most: usize) -> impl Strategy<Value = Vec<Pair>> {
    prop::collection::vec(a_pair(), 1..most).prop_map(|mut pairs| {
        pairs.iter_mut().enumerate().for_each(|(id, pair)| pair.task = format!("t{id}"));
        pairs
    })
}

fn exchanged(pairs: &[Pair]) -> Vec<Pair> {
    let mut pairs = pairs.to_vec();
    for pair in &mut pairs {
        std::mem::swap(&mut pair.a, &mut pair.b);
        std::mem::swap(&mut pair.passed_a, &mut pair.passed_b);
    }
    pairs
}

fn check(comparison: &Comparison) -> Result<(), TestCaseError> {
    let effects = comparison.slices.iter().map(|slice| slice.effect).chain([comparison.effect]);
    for effect in effects.chain(comparison.sequential.map(|sequential| sequential.effect)) {
        prop_assert!(effect.low <= effect.mean && effect.mean <= effect.high, "{effect:?}");
        prop_assert!(effect.low >= -1.0 && effect.high <= 1.0, "{effect:?}");
    }
    let passes = comparison.passes;
    let p_values = comparison.slices.iter().flat_map(|slice| [slice.p_value, slice.q_value]);
    for p in p_values.chain([
        comparison.p_value,
        comparison.conservative_p_value,
        passes.p_value,
        passes.mid_p_value,
    ]) {
        prop_assert!(p > 0.0 && p <= 1.0, "{p}");
    }
    prop_assert!(passes.mid_p_value <= passes.p_value);
    prop_assert!(comparison.slices.iter().all(|slice| slice.q_value >= slice.p_value));
    prop_assert_eq!(comparison.wins + comparison.ties + comparison.losses, comparison.tasks);
    prop_assert_eq!(passes.both + passes.only_a + passes.only_b + passes.neither, comparison.tasks);
    prop_assert_eq!(comparison.per_task.len(), comparison.tasks);
    prop_assert!((comparison.mean_b - comparison.mean_a - comparison.effect.mean).abs() < 1e-9);
    prop_assert!(comparison.power.smallest_effect > 0.0 && comparison.power.smallest_effect <= 1.0);
    prop_assert!(comparison.power.tasks_needed.unwrap() >= 1);
    prop_assert!(comparison.noise.floor.is_none_or(|floor| floor.is_finite()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn numbers_are_in_their_ranges_and_no_task_is_dropped(pairs in pairs(40), bca in any::<bool>()) {
        let interval = if bca { Interval::Bca } else { Interval::Score };
        check(&compare(&pairs, &CompareOptions { interval, ..options() }).unwrap())?;
    }

    #[test]
    fn exchanging_the_versions_negates_the_effect(pairs in pairs(40)) {
        let (there, back) = (compare(&pairs, &options()).unwrap(), compare(&exchanged(&pairs), &options()).unwrap());
        prop_assert_eq!(there.effect.mean, -back.effect.mean);
        prop_assert_eq!((there.effect.low, there.effect.high), (-back.effect.high, -back.effect.low));
        prop_assert_eq!((there.wins, there.losses), (back.losses, back.wins));
        prop_assert_eq!((there.passes.only_a, there.passes.p_value), (back.passes.only_b, back.passes.p_value));
        prop_assert_eq!((there.p_value, there.conservative_p_value), (back.p_value, back.conservative_p_value));
        prop_assert_eq!(there.power, back.power);
        let opposite = match back.verdict {
            Verdict::Better => Verdict::Worse,
            Verdict::Worse => Verdict::Better,
            other => other,
        };
        prop_assert_eq!(there.verdict, opposite);
    }

    #[test]
    fn the_order_of_tasks_says_nothing(pairs in pairs(30), by in 0..30_usize) {
        let unordered = CompareOptions { sequential: false, ..options() };
        let mut turned = pairs.clone();
        turned.rotate_left(by % pairs.len());
        turned.reverse();
        prop_assert_eq!(compare(&pairs, &unordered).unwrap(), compare(&turned, &unordered).unwrap());
    }

    #[test]
    fn lifting_every_score_of_b_lifts_the_effect(pairs in pairs(30), lift in 0.0..0.5_f64) {
        let halved = |lift: f64| {
            let mut pairs = pairs.clone();
            for pair in &mut pairs {
                pair.a.iter_mut().for_each(|score| *score *= 0.5);
                pair.b.iter_mut().for_each(|score| *score = *score * 0.5 + lift);
                pair.same_pack = false;
            }
            compare(&pairs, &options()).unwrap()
        };
        let (before, after) = (halved(0.0), halved(lift));
        prop_assert!((after.effect.mean - before.effect.mean - lift).abs() < 1e-9);
        prop_assert!((after.noise.deviation.unwrap_or(0.0) - before.noise.deviation.unwrap_or(0.0)).abs() < 1e-9);
        prop_assert!(after.wins >= before.wins);
    }

    #[test]
    fn trials_that_repeat_each_other_are_no_more_tasks(pairs in pairs(20)) {
        let mut twice = pairs.clone();
        for pair in &mut twice {
            pair.a.extend_from_within(..);
            pair.b.extend_from_within(..);
            pair.passed_a.extend_from_within(..);
            pair.passed_b.extend_from_within(..);
        }
        let (once, twice) = (compare(&pairs, &options()).unwrap(), compare(&twice, &options()).unwrap());
        prop_assert!((once.effect.mean - twice.effect.mean).abs() < 1e-12);
        prop_assert!((once.effect.low - twice.effect.low).abs() < 1e-6);
        prop_assert_eq!((once.wins, once.ties, once.passes), (twice.wins, twice.ties, twice.passes));
    }
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let refused = |pairs: &[Pair]| compare(pairs, &options()).unwrap_err();
    assert_eq!(refused(&[]), CompareError::NoPairs);
    let task = || "t".to_owned();
    assert_eq!(refused(&[pair("t", &[1.0], &[])]), CompareError::NoTrials { task: task(), side: Side::B });
    let good = pair("t", &[1.0], &[0.0]);
    assert_eq!(refused(&[good.clone(), good.clone()]), CompareError::DuplicateTask { task: task() });
    for score in [-0.1, 1.1, f64::INFINITY] {
        assert_eq!(
            refused(&[pair("t", &[0.0, score], &[0.0])]),
            CompareError::Score { task: task(), side: Side::A, trial: 1, score }
        );
    }
    assert!(matches!(refused(&[pair("t", &[f64::NAN], &[0.0])]), CompareError::Score { .. }));
    let unmatched = Pair { passed_b: vec![true, false], ..good.clone() };
    assert_eq!(refused(&[unmatched]).to_string(), "task `t` has 1 scores and 2 verdicts in B");
    for (option, options) in [
        ("alpha", CompareOptions { alpha: 0.0, ..options() }),
        ("power", CompareOptions { power: f64::NAN, ..options() }),
        ("wanted", CompareOptions { wanted: Some(0.0), ..options() }),
        ("draws", CompareOptions { draws: 1, ..options() }),
    ] {
        let error = compare(std::slice::from_ref(&good), &options).unwrap_err();
        assert!(matches!(error, CompareError::Option { option: named, .. } if named == option), "{error}");
    }
}

#[test]
fn unequal_numbers_of_trials_compare_by_their_means() {
    let comparison = compare(&[pair("t", &[1.0, 0.0, 1.0], &[1.0])], &options()).unwrap();
    assert!((comparison.effect.mean - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!((comparison.noise.trials, comparison.passes.both), (1, 1));
    assert_eq!(comparison.verdict, Verdict::NotEnoughTasks);
}

#[test]
fn versions_that_pack_the_same_are_no_different() {
    let pairs: Vec<Pair> = (0..50).map(|id| pair(&format!("{id}"), &[1.0, 0.0], &[1.0, 0.0])).collect();
    let comparison = compare(&pairs, &options()).unwrap();
    assert_eq!((comparison.changed, comparison.ties, comparison.p_value), (0, 50, 1.0));
    assert_eq!(comparison.verdict, Verdict::NoDifferenceSeen);
    // Shared outcomes: chance moves both versions alike, and the mean difference not at all.
    assert_eq!(comparison.noise.floor, Some(0.0));
}

#[test]
fn outcomes_of_the_same_pack_that_differ_tell_of_chance() {
    let mut pairs: Vec<Pair> = (0..50).map(|id| pair(&format!("{id}"), &[1.0], &[1.0])).collect();
    for pair in pairs.iter_mut().take(10) {
        pair.b[0] = 0.0;
    }
    let comparison = compare(&pairs, &options()).unwrap();
    assert_eq!((comparison.changed, comparison.losses), (0, 10));
    // Ten of fifty groups of two have squares of 1/2: variance 0.1. Floor: 1.96 sqrt(0.1 * 2 / 50).
    assert!((comparison.noise.deviation.unwrap() - 0.1_f64.sqrt()).abs() < 1e-12);
    assert!((comparison.noise.floor.unwrap() - 0.123_96).abs() < 1e-4);
}

#[test]
fn slices_are_corrected_for_their_number() {
    let mut pairs: Vec<Pair> = (0..60).map(|id| pair(&format!("{id:02}"), &[0.0], &[0.0])).collect();
    for (id, pair) in pairs.iter_mut().enumerate() {
        pair.tags = vec![format!("slice {}", id / 12), format!("slice {}", id / 12)];
        if id < 8 {
            pair.b[0] = 1.0;
            pair.same_pack = false;
        }
    }
    let comparison = compare(&pairs, &options()).unwrap();
    assert_eq!(comparison.slices.len(), 5);
    let first = &comparison.slices[0];
    assert_eq!((first.tag.as_str(), first.tasks), ("slice 0", 12));
    assert!((first.q_value - 5.0 * first.p_value).abs() < 1e-12);
    assert_eq!(comparison.slices[1].p_value, 1.0);
}

#[test]
fn a_comparison_reads_back() {
    let pairs = Kind::Trials.suite(30, 0.05, &mut Random(3));
    let comparison = compare(&pairs, &options()).unwrap();
    let text = serde_json::to_string(&comparison).unwrap();
    assert_eq!(serde_json::from_str::<Comparison>(&text).unwrap(), comparison);
    assert_eq!(comparison.test, Test::SignFlip);
    assert!(text.contains("\"interval\":\"score\""));
}

/// The bench in short: 400 suites a cell. At a rate of 0.05 there are 20 false positives, with a standard deviation of 4.4.
/// The counts themselves are pinned too: they are the same on every machine, and a change of method shows in them.
#[test]
fn false_positives_and_coverage_are_near_what_is_promised() {
    // Suites with p <= 0.05, with a conservative p <= 0.05, and with the effect in the interval.
    let expected = [
        (Kind::Passes(0.5), 30, 24, 14, 381),
        (Kind::Passes(0.9), 100, 15, 10, 382),
        (Kind::OwnRates, 30, 23, 15, 382),
        (Kind::EasyTrials, 30, 16, 5, 386),
        (Kind::Skewed, 30, 29, 29, 380),
        (Kind::Alike, 100, 17, 17, 382),
        (Kind::TiedPasses, 100, 14, 9, 381),
        (Kind::TiedSkewed, 100, 21, 21, 384),
    ];
    let counted = expected.map(|(kind, tasks, ..)| {
        let (rejected, conservative, covered) = counts(kind, tasks);
        assert!((8..=34).contains(&rejected), "{} {tasks}: {rejected} of 400 rejected", kind.name());
        assert!(conservative <= rejected, "{} {tasks}", kind.name());
        assert!((366..=394).contains(&covered), "{} {tasks}: {covered} of 400 covered", kind.name());
        (kind, tasks, rejected, conservative, covered)
    });
    assert_eq!(counted, expected);
}

/// Of 400 suites: false positives of the test and of the conservative one, and intervals that hold an effect of 0.05 or 0.
fn counts(kind: Kind, tasks: usize) -> (usize, usize, usize) {
    let options = CompareOptions { draws: 200, ..CompareOptions::default() };
    let mut random = Random(40);
    assert!(kind.can(0.05));
    let (mut rejected, mut conservative, mut covered) = (0, 0, 0);
    for suite in 0..400 {
        let effect = if suite % 2 == 0 { 0.0 } else { 0.05 };
        let comparison = compare(&kind.suite(tasks, effect, &mut random), &options).unwrap();
        covered += usize::from(comparison.effect.low <= effect && effect <= comparison.effect.high);
        let without = compare(&kind.suite(tasks, 0.0, &mut random), &options).unwrap();
        rejected += usize::from(without.p_value <= 0.05);
        conservative += usize::from(without.conservative_p_value <= 0.05);
    }
    (rejected, conservative, covered)
}
