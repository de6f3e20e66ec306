//! Numbers that stand in a text.

mod blank;
mod lexer;

use serde::{Deserialize, Serialize};

pub(super) use lexer::numbers;

/// A number as it stands in a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    /// Its value; that of `3 million` is three million, that of `12%` is 12.
    pub value: f64,
    /// What stands directly behind it, or one space away: `ms`, `hours`, `%`, `°C`; empty if nothing does.
    pub unit: String,
}

impl Number {
    pub fn is_percent(&self) -> bool {
        self.unit == "%"
    }
}

/// Which mark stands before the decimals, where a number such as `1,234` or `1.234` could be read both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decimal {
    /// `1,234` is above a thousand, `1.234` above one.
    #[default]
    Point,
    /// `1.234` is above a thousand, `1,234` above one.
    Comma,
}

/// Reads digits with separators and no sign: `1,234.5`, `1.234,5`, `1 234`, `1'234`, `0.5`.
///
/// `None` if they are no number: groups of other than three digits (`1.2.3`), or leading zeros (`007`).
pub(super) fn value(text: &str, decimal: Decimal) -> Option<f64> {
    let mark = decimal_mark(text, decimal);
    let (whole, decimals) = match mark {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    let mut groups = whole.split(|c: char| !c.is_ascii_digit());
    let separators: Vec<char> = whole.chars().filter(|c| !c.is_ascii_digit()).collect();
    let first = groups.next()?;
    let grouped = !separators.is_empty();
    let one_kind = separators.iter().all(|c| Some(c) == separators.first());
    if grouped
        && !(one_kind && (1..=3).contains(&first.len()) && groups.clone().all(|group| group.len() == 3))
    {
        return None;
    }
    if (first.len() > 1 || grouped) && first.starts_with('0') || !decimals.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    format!("{whole}.{decimals}0").parse().ok().filter(|value: &f64| value.is_finite())
}

/// The byte of the mark before the decimals, if there is one.
fn decimal_mark(text: &str, decimal: Decimal) -> Option<usize> {
    let last = text.rfind(['.', ','])?;
    let mark = &text[last..=last];
    let others = text.chars().any(|c| !c.is_ascii_digit() && !mark.contains(c));
    let times = text.matches(mark).count();
    if others {
        // `1,234.5` and `1 234.5`, but `1.234 567` ends with a group.
        let ends = text[last + 1..].bytes().all(|b| b.is_ascii_digit());
        return (times == 1 && ends).then_some(last);
    }
    let could_group = text.len() - last == 4 && (1..=3).contains(&last) && !text.starts_with('0');
    let preferred = mark == if decimal == Decimal::Point { "." } else { "," };
    (times == 1 && (preferred || !could_group)).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_of_thousands_and_decimals() {
        let cases = [
            ("0", Some(0.0)),
            ("12", Some(12.0)),
            ("12.50", Some(12.5)),
            ("1,234.5", Some(1234.5)),
            ("1.234,5", Some(1234.5)),
            ("1,234", Some(1234.0)),
            ("1.234", Some(1.234)),
            ("1,5", Some(1.5)),
            ("0,125", Some(0.125)),
            ("1,234,567", Some(1_234_567.0)),
            ("1.234.567", Some(1_234_567.0)),
            ("1.234.567,89", Some(1_234_567.89)),
            ("1'234'567.8", Some(1_234_567.8)),
            ("1\u{a0}234,5", Some(1234.5)),
            ("1_000_000", Some(1e6)),
            ("1.2.3", None),
            ("127.0.0.1", None),
            ("1,2,3", None),
            ("1,23,456", None),
            ("1,234'567", None),
            ("1.234,567.8", None),
            ("1234,567,890", None),
            ("007", None),
            ("0,123,456", None),
            ("00.5", None),
        ];
        for (text, expected) in cases {
            assert_eq!(value(text, Decimal::Point), expected, "{text}");
        }
        assert_eq!(value("1.234", Decimal::Comma), Some(1234.0));
        assert_eq!(value("1,234", Decimal::Comma), Some(1.234));
        assert_eq!(value("12.5", Decimal::Comma), Some(12.5));
        assert_eq!(value(&"9".repeat(400), Decimal::Point), None);
    }
}
