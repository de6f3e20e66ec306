//! Numbers as the page shows them: with the zero before the point, which tables of a journal leave out and newcomers miss.

use crate::Estimate;
use crate::number;
pub(super) use crate::number::{amount, count, counted, percent};

/// A score or rate with three places: `0.742`, `1.000`, `−0.031`.
pub(super) fn plain(value: f64) -> String {
    zeros(&number::plain(value))
}

/// A difference with its sign: `+0.083`, `−0.031`; `0.000` where rounding leaves none.
pub(super) fn signed(value: f64) -> String {
    zeros(&number::signed(value))
}

/// A p- or q-value that stays on one line: `p = 0.002`, `p < 0.001`.
pub(super) fn probability(name: &str, value: f64) -> String {
    zeros(&number::probability(name, value))
}

/// The interval alone: `[0.031, 0.129]`.
pub(super) fn range(estimate: &Estimate) -> String {
    zeros(&number::range(estimate))
}

/// Whether three places show it as 0.
pub(super) fn is_zero(value: f64) -> bool {
    value.abs() < 0.0005
}

/// A text of this program with a zero before every point that begins a number.
pub(super) fn zeros(text: &str) -> String {
    let mut full = String::with_capacity(text.len() + 8);
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let begins =
            before.is_none_or(|before: char| before.is_whitespace() || "[(+−-=<>≥≤".contains(before));
        if c == '.' && begins && rest.peek().is_some_and(char::is_ascii_digit) {
            full.push('0');
        }
        full.push(c);
        before = Some(c);
    }
    full
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_begins_with_a_digit() {
        assert_eq!((plain(0.7421), plain(1.0)), ("0.742".into(), "1.000".into()));
        assert_eq!(
            (signed(0.083), signed(-0.0312), signed(0.0)),
            ("+0.083".into(), "−0.031".into(), "0.000".into())
        );
        assert_eq!(probability("p", 0.0004), "p\u{a0}<\u{a0}0.001");
        assert_eq!(range(&Estimate { mean: 0.0, low: -0.2, high: 1.0 }), "[−0.200, 1.000]");
        assert_eq!(zeros("[.1, −.2] of `.5` 1.5 a.5 end. .x"), "[0.1, −0.2] of `.5` 1.5 a.5 end. .x");
    }
}
