//! Numbers as people read them: no leading zero, a true minus sign, and nothing that is not a number.

use crate::Estimate;

/// A score or rate with three places: `.742`, `1.000`, `−.031`.
pub(crate) fn plain(value: f64) -> String {
    places(value, 3)
}

/// A difference with its sign: `+.083`, `−.031`; `.000` where rounding leaves none.
pub(crate) fn signed(value: f64) -> String {
    let text = plain(value);
    let shows_more = value > 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    if shows_more { format!("+{text}") } else { text }
}

/// A p- or q-value that stays on one line: `p = .002`, `p < .001`.
pub(crate) fn probability(name: &str, value: f64) -> String {
    let (relation, value) = if value < 0.001 { ("<", ".001".to_owned()) } else { ("=", plain(value)) };
    format!("{name}\u{a0}{relation}\u{a0}{value}")
}

/// A difference with its interval: `+.083 [.031, .129]`.
pub(crate) fn interval(estimate: &Estimate) -> String {
    format!("{} {}", signed(estimate.mean), range(estimate))
}

/// The interval alone: `[.031, .129]`.
pub(crate) fn range(estimate: &Estimate) -> String {
    format!("[{}, {}]", plain(estimate.low), plain(estimate.high))
}

/// A share: `95 %`, `2.5 %`.
pub(crate) fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "n/a".to_owned();
    }
    let text = format!("{:.1}", share * 100.0);
    format!("{}\u{a0}%", text.strip_suffix(".0").unwrap_or(&text))
}

/// Whole numbers as such, others with three places; more where three would show a bound that is not 0 as 0.
pub(crate) fn figure(value: f64) -> String {
    if value.is_finite() && (value.fract() == 0.0 || value.abs() < 0.001) {
        format!("{value}").replace('-', "−")
    } else {
        plain(value)
    }
}

/// A count in groups of three: `12,345`.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: `1 task`, `12 tasks`.
pub(crate) fn counted(value: usize, one: &str) -> String {
    format!("{} {one}{}", count(value as u64), if value == 1 { "" } else { "s" })
}

/// A measure of any size: tokens, money.
pub(crate) fn amount(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return "n/a".to_owned();
    }
    let text = format!("{:.places$}", value.abs());
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(w, r)| (w, Some(r)));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), count);
    let minus =
        if value < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) { "−" } else { "" };
    rest.map_or_else(|| format!("{minus}{whole}"), |rest| format!("{minus}{whole}.{rest}"))
}

fn places(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return "n/a".to_owned();
    }
    let text = format!("{:.places$}", value.abs());
    let shown = text.strip_prefix('0').filter(|rest| rest.starts_with('.')).unwrap_or(&text);
    let none = !shown.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    if value < 0.0 && !none { format!("−{shown}") } else { shown.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        assert_eq!(plain(0.7421), ".742");
        assert_eq!(plain(1.0), "1.000");
        assert_eq!(plain(-0.0001), ".000");
        assert_eq!(plain(f64::NAN), "n/a");
        assert_eq!(signed(0.083), "+.083");
        assert_eq!(signed(-0.0312), "−.031");
        assert_eq!(signed(0.0001), ".000");
        assert_eq!(signed(f64::INFINITY), "n/a");
        assert_eq!(probability("p", 0.0004), "p\u{a0}<\u{a0}.001");
        assert_eq!(probability("q", 0.041), "q\u{a0}=\u{a0}.041");
        assert_eq!(interval(&Estimate { mean: 0.0, low: -0.2, high: 1.0 }), ".000 [−.200, 1.000]");
        assert_eq!(percent(0.95), "95\u{a0}%");
        assert_eq!(percent(0.025), "2.5\u{a0}%");
        assert_eq!(
            (figure(3.0), figure(-0.0004), figure(0.25)),
            ("3".into(), "−0.0004".into(), ".250".into())
        );
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "task"), "1 task");
        assert_eq!(amount(12_345.678, 2), "12,345.68");
        assert_eq!(amount(-0.001, 2), "0.00");
        assert_eq!(amount(-3.0, 0), "−3");
    }
}
