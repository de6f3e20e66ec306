//! Attribution and bisection on versions with planted causes, and their invariants on arbitrary outcomes.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, reason = "a test fails by panicking")]

#[path = "../../../benches/common/causes.rs"]
mod causes;

use std::collections::HashSet;
use std::convert::Infallible;

use causes::{Cause, Made, Planted, Sizes};
use haversack_eval::bisect::{Direction, Reason};
use haversack_eval::{
    AttributeOptions, Attribution, BisectOptions, CauseError, Factor, Oracle, Probe, Subset, attribute,
    attribute_one, bisect, bisect_log,
};
use haversack_model::Digest;
use proptest::prelude::*;

/// One task whose outcome is any function of its first changes; others touch nothing.
#[derive(Debug, Clone)]
struct Table {
    scores: Vec<f64>,
    changes: usize,
    asked: HashSet<(Digest, u32)>,
}

impl Table {
    fn new(scores: Vec<f64>, idle: usize) -> Self {
        let changes = scores.len().trailing_zeros() as usize + idle;
        Self { scores, changes, asked: HashSet::new() }
    }

    fn width(&self) -> usize {
        self.scores.len().trailing_zeros() as usize
    }

    fn cell(&self, changes: &Subset) -> usize {
        changes.numbers().filter(|number| *number < self.width()).map(|number| 1 << number).sum()
    }

    fn score(&self, numbers: &[usize]) -> f64 {
        self.scores[self.cell(&Subset::of(self.changes, numbers))]
    }

    fn factors(&self) -> Vec<Factor> {
        (0..self.changes).map(|number| Factor::Field { field: format!("f{number:02}") }).collect()
    }

    fn matters(&self, change: usize) -> bool {
        change < self.width()
            && (0..self.scores.len()).any(|cell| self.scores[cell] != self.scores[cell ^ (1 << change)])
    }
}

impl Oracle for Table {
    type Error = Infallible;

    fn changes(&self) -> usize {
        self.changes
    }

    fn tasks(&self) -> usize {
        1
    }

    fn packs(&mut self, _: usize, contexts: &[Subset]) -> Result<Vec<Digest>, Infallible> {
        Ok(contexts.iter().map(|context| Digest::of(&self.cell(context).to_le_bytes())).collect())
    }

    fn outcomes(&mut self, probes: &[Probe]) -> Result<Vec<f64>, Infallible> {
        for probe in probes {
            self.asked.insert((Digest::of(&self.cell(&probe.changes).to_le_bytes()), probe.trial));
        }
        Ok(probes.iter().map(|probe| self.scores[self.cell(&probe.changes)]).collect())
    }

    fn calls(&self) -> u64 {
        self.asked.len() as u64
    }
}

fn number(factors: &[Factor], factor: &Factor) -> usize {
    factors.iter().position(|named| named == factor).unwrap()
}

fn found(result: &Attribution, factors: &[Factor]) -> Vec<usize> {
    let mut found: Vec<usize> =
        result.factors.iter().filter(|e| e.found).map(|e| number(factors, &e.factor)).collect();
    found.sort_unstable();
    found
}

fn attributed(planted: &mut Planted, options: &AttributeOptions) -> Attribution {
    let (factors, names) = (planted.factors(), planted.names());
    attribute(planted, &factors, &names, options).unwrap()
}

#[test]
fn planted_causes_are_found_by_noisy_agents_and_nothing_else() {
    let (mut planted_causes, mut right, mut wrong, mut calls, mut all) = (0, 0, 0, 0, 0);
    for seed in 1..=12 {
        let documents = [20, 60, 120][seed as usize % 3];
        let sizes = Sizes { documents, tasks: 12, causes: 3 };
        let mut planted = Planted::new(sizes, 0.1, seed);
        let truth = planted.true_causes();
        let result = attributed(&mut planted, &AttributeOptions { seed, ..AttributeOptions::default() });
        let found = found(&result, &planted.factors());
        planted_causes += truth.len();
        right += found.iter().filter(|change| truth.contains(change)).count();
        wrong += found.iter().filter(|change| !truth.contains(change)).count();
        assert!(result.complete);
        assert_eq!(result.calls, planted.calls);
        (calls, all) = (calls + result.calls, all + result.leave_one_out_calls);
    }
    assert!(right as f64 >= 0.9 * planted_causes as f64, "{right} of {planted_causes}");
    assert!(wrong as f64 <= 0.1 * (right + wrong) as f64, "{wrong} wrong, {right} right");
    assert!(calls < all, "{calls} calls; leaving one out takes {all}");
}

#[test]
fn an_agent_that_guesses_seldom_yields_a_finding() {
    let worlds = 24;
    let with_findings = (1..=worlds)
        .filter(|seed| {
            let mut planted = Planted::new(Sizes { documents: 8, tasks: 4, causes: 0 }, 0.5, *seed);
            let options = AttributeOptions { seed: *seed, ..AttributeOptions::default() };
            attributed(&mut planted, &options).factors.iter().any(|effect| effect.found)
        })
        .count();
    // Every finding is false here, so that FDR is the share of worlds with one: at most 2.4 on average. Betting is careful; there are fewer.
    assert!(with_findings <= 3, "{with_findings} of {worlds}");
}

#[test]
fn redundant_and_joint_changes_are_found_where_leaving_one_out_is_blind() {
    // Task 0: either of 0 and 1 repairs it. Task 1: 2 breaks it only with 3. Task 2: nothing. Task 3 is touched by none.
    let cause = |made, breaks| vec![Cause { made, breaks }];
    let causes =
        vec![cause(Made::Either(0, 1), false), cause(Made::Both(2, 3), true), Vec::new(), Vec::new()];
    let touching = vec![vec![0, 1, 4, 5], vec![2, 3, 4, 5], vec![4, 5], Vec::new()];
    for noise in [0.0, 0.1] {
        let mut planted =
            Planted::of(8, touching.clone(), causes.clone(), vec![false, true, true, true]).with(noise, 3);
        let options = AttributeOptions { repeatable: noise == 0.0, ..AttributeOptions::default() };
        let result = attributed(&mut planted, &options);
        let factors = planted.factors();
        assert_eq!(found(&result, &factors), [0, 1, 2, 3], "noise {noise}");
        assert_eq!(result.untouched, ["t003"]);
        let effect = |change: usize| result.factors.iter().find(|e| e.factor == factors[change]).unwrap();
        assert!(effect(0).effect.mean > 0.0 && effect(2).effect.mean < 0.0);
        assert_eq!((effect(4).tasks, effect(6).tasks), (3, 0));
        assert_eq!(effect(6).p_value, 1.0);
        assert!((effect(0).suite_effect - effect(0).effect.mean / 4.0).abs() < 1e-12);
        if noise == 0.0 {
            // Banzhaf values of "either" and "both" are a half; of 16 contexts 12 pairs are drawn, all 8 of them.
            assert_eq!((effect(0).effect.mean, effect(2).effect.mean), (0.5, -0.5));
            assert_eq!(effect(0).effect.low, 0.5);
        }
    }
}

#[test]
fn one_version_has_documents_that_carry_hurt_and_are_not_used() {
    let cause = |change, breaks| Cause { made: Made::One(change), breaks };
    let causes = vec![vec![cause(0, false)], vec![cause(0, false)], vec![cause(1, true)]];
    let touching = vec![vec![0, 2], vec![0, 1, 2], vec![1, 2]];
    let mut planted = Planted::of(300, touching, causes, vec![false, false, true]).with(0.05, 9);
    let (factors, names) = (planted.factors(), planted.names());
    let result = attribute_one(&mut planted, &factors, &names, &AttributeOptions::default()).unwrap();
    assert_eq!(found(&result, &factors), [0, 1]);
    let effect = |change: usize| result.factors.iter().find(|e| e.factor == factors[change]).unwrap();
    assert!(effect(0).effect.low > 0.0 && effect(0).tasks == 2);
    assert!(effect(1).effect.mean < 0.0 && effect(1).tasks == 2);
    assert_eq!(result.factors.iter().filter(|effect| effect.tasks == 0).count(), 297);
    assert!(result.packs < 300, "{} packs for 300 documents", result.packs);

    let hints = vec![vec![0, 2], vec![0, 1, 2], vec![2, 1]];
    let hinted = AttributeOptions { touching: Some(hints), ..AttributeOptions::default() };
    let mut planted = planted.with(0.05, 9);
    let with_hints = attribute_one(&mut planted, &factors, &names, &hinted).unwrap();
    assert!(with_hints.packs < result.packs);
    assert_eq!(with_hints.factors, result.factors);
}

#[test]
fn bisection_says_when_there_is_nothing_to_find() {
    let factors = Table::new(vec![0.0; 4], 2).factors();
    let options = BisectOptions { repeatable: true, ..BisectOptions::default() };
    let same = bisect(&mut Table::new(vec![0.0, 1.0, 1.0, 0.0], 2), &factors, &[0], &options).unwrap();
    assert_eq!((same.reason, same.direction, same.conclusive), (Reason::SameOutcome, Direction::Same, true));
    assert!(same.factors.is_empty());
    let noisy = bisect(&mut Table::new(vec![0.5; 4], 2), &factors, &[0], &BisectOptions::default()).unwrap();
    assert_eq!((noisy.reason, noisy.conclusive), (Reason::SameOutcome, false));
    let idle = bisect(&mut Table::new(vec![0.5], 4), &factors, &[0], &BisectOptions::default()).unwrap();
    assert_eq!((idle.reason, idle.conclusive, idle.calls), (Reason::SamePacks, true, 0));
    assert_eq!(idle.from_score, None);
}

#[test]
fn bisection_reports_that_another_set_suffices_and_lists_all() {
    let causes = vec![vec![
        Cause { made: Made::Either(1, 6), breaks: true },
        Cause { made: Made::Both(2, 4), breaks: true },
    ]];
    for noise in [0.0, 0.1] {
        let mut planted = Planted::of(10, vec![(0..9).collect()], causes.clone(), vec![true]).with(noise, 21);
        let factors = planted.factors();
        let options =
            BisectOptions { repeatable: noise == 0.0, all: true, seed: 2, ..BisectOptions::default() };
        let result = bisect(&mut planted, &factors, &[0], &options).unwrap();
        assert_eq!((result.reason, result.direction), (Reason::Found, Direction::Worse));
        assert_eq!(result.redundant, Some(true));
        let mut sets: Vec<Vec<usize>> = [vec![result.factors.clone()], result.others.clone()]
            .concat()
            .iter()
            .map(|set| set.iter().map(|factor| number(&factors, factor)).collect())
            .collect();
        sets.sort();
        assert_eq!(sets, [vec![1], vec![2, 4], vec![6]], "noise {noise}");
    }
}

#[test]
fn noisy_bisections_return_the_planted_set() {
    let mut exact = 0;
    for seed in 0..40_u64 {
        let causes = vec![vec![Cause { made: Made::Both(3, 11), breaks: seed % 2 == 0 }]];
        let mut planted =
            Planted::of(40, vec![(0..16).collect()], causes, vec![seed % 2 == 0]).with(0.1, seed);
        let factors = planted.factors();
        let options = BisectOptions { seed, ..BisectOptions::default() };
        let result = bisect(&mut planted, &factors, &[0], &options).unwrap();
        exact += usize::from(result.factors == [factors[3].clone(), factors[11].clone()]);
        assert_eq!(result.calls, planted.calls);
    }
    assert!(exact >= 38, "{exact} of 40");
}

#[test]
fn a_log_that_goes_back_and_forth_is_reported() {
    let score = |version: usize, _| {
        Ok::<_, Infallible>(f64::from(u8::from(version < 5 || (8..14).contains(&version))))
    };
    let options = BisectOptions { repeatable: true, ..BisectOptions::default() };
    let found = bisect_log(33, score, &options).unwrap();
    assert!(found.conclusive);
    let bad = found.first_bad.unwrap();
    assert!(score(bad - 1, 0).unwrap() > score(bad, 0).unwrap());
    assert!(!found.out_of_place.is_empty(), "{found:?}");

    let alike = bisect_log(9, |_, _| Ok::<_, Infallible>(0.5), &options).unwrap();
    assert_eq!((alike.first_bad, alike.reason), (None, Reason::SameOutcome));
    let poor = BisectOptions { max_calls: Some(4), repeatable: true, ..BisectOptions::default() };
    let stopped =
        bisect_log(1000, |version, _| Ok::<_, Infallible>(f64::from(u8::from(version < 900))), &poor);
    let stopped = stopped.unwrap();
    assert_eq!((stopped.reason, stopped.calls, stopped.first_bad), (Reason::Budget, 4, None));
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut table = Table::new(vec![0.0, 1.0], 0);
    let (factors, names) = (table.factors(), vec!["t".to_owned()]);
    let options = AttributeOptions::default();
    let refused = attribute(&mut table, &[], &names, &options);
    assert!(matches!(refused, Err(CauseError::Factors { given: 0, changes: 1 })));
    let refused = attribute(&mut table, &factors, &[], &options);
    assert!(matches!(refused, Err(CauseError::Tasks { given: 0, tasks: 1 })));
    let wrong = AttributeOptions { fdr: 1.5, ..options.clone() };
    let error = attribute(&mut table, &factors, &names, &wrong).unwrap_err();
    assert_eq!(error.to_string(), "option `fdr` is 1.5, not within 0.000001 to 0.999999");
    let wrong = AttributeOptions { touching: Some(vec![vec![3]]), ..options };
    let refused = attribute(&mut table, &factors, &names, &wrong);
    assert!(matches!(refused, Err(CauseError::Hints { task: 0, .. })));
    let refused = bisect(&mut table, &factors, &[4], &BisectOptions::default());
    assert!(matches!(refused, Err(CauseError::NoSuchTask { task: 4, tasks: 1 })));
    let refused = bisect(&mut table, &factors, &[], &BisectOptions::default());
    assert!(matches!(refused, Err(CauseError::Nothing { what: "task" })));
    let refused = bisect_log(1, |_, _| Ok::<_, Infallible>(0.0), &BisectOptions::default());
    assert!(matches!(refused, Err(CauseError::Nothing { .. })));
    let nan = bisect(&mut Table::new(vec![0.0, f64::NAN], 0), &factors, &[0], &BisectOptions::default());
    assert!(matches!(nan, Err(CauseError::Answers { .. })));
}

fn tables() -> impl Strategy<Value = Vec<f64>> {
    (0_usize..=5)
        .prop_flat_map(|width| proptest::collection::vec(prop_oneof![Just(0.0), Just(1.0)], 1_usize << width))
}

fn graded() -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(prop_oneof![Just(0.0), Just(0.3), Just(0.9), Just(1.0)], 16)
}

/// The outcome of sets that hold one of a few sets: monotone.
fn monotone() -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(1_usize..64, 1..4).prop_map(|sets| {
        (0..64).map(|cell| f64::from(u8::from(sets.iter().any(|set| set & cell == *set)))).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn bisection_returns_a_minimal_set_that_flips(scores in prop_oneof![tables(), monotone()], repeatable: bool, seed: u64) {
        let mut table = Table::new(scores, 3);
        let factors = table.factors();
        let (a, b) = (table.scores[0], table.scores[table.scores.len() - 1]);
        let options = BisectOptions { repeatable, seed, ..BisectOptions::default() };
        let result = bisect(&mut table, &factors, &[0], &options).unwrap();
        prop_assert_eq!(a == b, result.direction == Direction::Same);
        prop_assert_eq!(a != b, result.reason == Reason::Found);
        if a != b {
            let set: Vec<usize> = result.factors.iter().map(|factor| number(&factors, factor)).collect();
            prop_assert!(result.conclusive);
            prop_assert_eq!(table.score(&set), b);
            for left_out in &set {
                let part: Vec<usize> = set.iter().copied().filter(|number| number != left_out).collect();
                prop_assert_eq!(table.score(&part), a);
            }
            let rest: Vec<usize> = (0..table.width()).filter(|number| !set.contains(number)).collect();
            prop_assert_eq!(result.redundant, Some(table.score(&rest) == b));
        }
    }

    #[test]
    fn attribution_finds_only_what_matters(scores in prop_oneof![tables(), graded()], repeatable: bool, seed: u64) {
        let mut table = Table::new(scores, 3);
        let factors = table.factors();
        let options = AttributeOptions { repeatable, seed, ..AttributeOptions::default() };
        let result = attribute(&mut table, &factors, &["t".to_owned()], &options).unwrap();
        for effect in &result.factors {
            let change = number(&factors, &effect.factor);
            prop_assert!(!effect.found || table.matters(change));
            prop_assert!(effect.tasks == 0 || change < table.width());
            prop_assert!(effect.effect.low <= effect.effect.mean && effect.effect.mean <= effect.effect.high);
        }
        prop_assert_eq!(result.untouched.is_empty(), table.width() > 0);
        let mut again = Table::new(table.scores.clone(), 3);
        prop_assert_eq!(attribute(&mut again, &factors, &["t".to_owned()], &options).unwrap(), result);
    }

    #[test]
    fn budgets_are_kept(scores in monotone(), budget in 0_u64..80, seed: u64) {
        let mut table = Table::new(scores.clone(), 1);
        let factors = table.factors();
        let options = AttributeOptions { max_calls: Some(budget), seed, ..AttributeOptions::default() };
        let result = attribute(&mut table, &factors, &["t".to_owned()], &options).unwrap();
        prop_assert!(result.calls <= budget);
        prop_assert_eq!(result.calls, table.calls());
        let mut table = Table::new(scores, 1);
        let options = BisectOptions { max_calls: Some(budget), seed, ..BisectOptions::default() };
        let result = bisect(&mut table, &factors, &[0], &options).unwrap();
        prop_assert!(result.calls <= budget);
        prop_assert!(result.conclusive || matches!(result.reason, Reason::Budget | Reason::SameOutcome));
    }
}
