use serde::{Deserialize, Serialize};

use crate::stats::permutation::sign_flips;
use crate::stats::unconditional::unconditional;

/// How the p-value that the verdict is from was computed.
///
/// The exact permutation test of pass and fail at 0.05 rejects in 1 to 4 % of comparisons without a difference: its sums tie,
/// and it counts all of a tie. Both tests here take that back, each where it is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// All differences have one size, as those of pass and fail: McNemar's statistic, with its distribution over suites in which
    /// the number of differing tasks varies too (an estimated p-value: Storer and Kim 1990, Lloyd 2008).
    Unconditional,
    /// Differences of many sizes: the sign-flip permutation test with half of the probability of the sum seen (mid-p: Lancaster
    /// 1961).
    SignFlip,
    /// Bets that may be looked at after every task (Waudby-Smith and Ramdas 2024): the sequential test.
    Betting,
}

/// A test's answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tested {
    pub(super) test: Test,
    pub(super) p_value: f64,
    pub(super) conservative: f64,
    pub(super) exact: bool,
}

/// Tests whether the mean of paired differences is 0, against both sides.
pub(super) fn tested(differences: &[f64], draws: usize) -> Tested {
    let flips = sign_flips(differences, draws);
    let p_value = one_size(differences).map(|(up, down)| unconditional(differences.len(), up, down));
    Tested {
        test: if p_value.is_some() { Test::Unconditional } else { Test::SignFlip },
        p_value: p_value.unwrap_or(flips.mid),
        conservative: flips.conservative,
        exact: flips.exact,
    }
}

/// Tasks up and down when all that differ do so by the same amount, up to rounding.
fn one_size(differences: &[f64]) -> Option<(usize, usize)> {
    let largest = differences.iter().fold(0.0_f64, |largest, d| largest.max(d.abs()));
    let alike = differences.iter().all(|d| *d == 0.0 || largest - d.abs() < 1e-9);
    let count = |sign: fn(&f64) -> bool| differences.iter().filter(|d| sign(d)).count();
    alike.then(|| (count(|d| *d > 0.0), count(|d| *d < 0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pass_and_fail_and_their_multiples_are_tested_alike() {
        let differences = |size: f64| [vec![size; 9], vec![-size; 2], vec![0.0; 19]].concat();
        let whole = tested(&differences(1.0), 100);
        assert_eq!(whole.test, Test::Unconditional);
        assert!((whole.p_value - 0.040_719_485).abs() < 1e-8 && whole.exact);
        assert!((whole.conservative - 0.065_429_687_5).abs() < 1e-9, "the exact McNemar test");
        assert_eq!(tested(&differences(1.0 / 3.0), 100).p_value, whole.p_value);
    }

    #[test]
    fn other_differences_have_their_signs_flipped() {
        let test = tested(&[0.5, 0.25, 0.25, 0.0, 1.0, 0.75], 100);
        assert_eq!(test.test, Test::SignFlip);
        assert_eq!((test.p_value, test.conservative), (1.0 / 32.0, 2.0 / 32.0));
    }
}
