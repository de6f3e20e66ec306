use super::blank::blank;
use super::{Decimal, Number, value};

/// The numbers of a text, in its order.
///
/// Not read are digits that name something: within or behind a word (`SEC-02`, `Q3`, `v1.2`, `#4`, `3f9c`, `a/5`, `5.md`), with
/// leading zeros (`007`), in times, fractions and dates (`10:30`, `3/4`, `2024-01-15`, `3 March 2024`), in versions and
/// addresses (`1.2.3`), and marks of citations (`[1]`). `5-10` is a range, 5 and 10. Only ASCII digits count.
pub(in super::super) fn numbers(text: &str, decimal: Decimal) -> Vec<Number> {
    let chars = blank(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if !begins(&chars, at) {
            at += 1;
            continue;
        }
        let to = run_end(&chars, at);
        at = match (sign(&chars, at), Tail::read(&chars, to)) {
            (Some(sign), Some(tail)) => {
                let run: String = chars[at..to].iter().collect();
                found.extend(with_tail(&values(&run, decimal), sign, &tail));
                tail.from
            }
            _ => to,
        };
    }
    found
}

/// The numbers of a run: the sign is that of the first, an exponent that of the last, the factor of `5-10 million` that of all.
fn with_tail(values: &[f64], sign: f64, tail: &Tail) -> Vec<Number> {
    let mut values = values.to_vec();
    values.iter_mut().for_each(|value| *value *= tail.factor);
    if let Some(first) = values.first_mut() {
        *first *= sign;
    }
    if let Some(last) = values.last_mut() {
        *last *= tail.exponent;
    }
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.map(|value| Number { value, unit: tail.unit.clone() }).collect()
}

fn get(chars: &[char], at: usize) -> Option<char> {
    chars.get(at).copied()
}

fn before(chars: &[char], at: usize) -> Option<char> {
    at.checked_sub(1).and_then(|at| get(chars, at))
}

fn is_digit(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_ascii_digit())
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// A digit, or the point of `.5`.
fn begins(chars: &[char], at: usize) -> bool {
    let point = chars[at] == '.' && is_digit(get(chars, at + 1)) && !is_word(before(chars, at));
    point && before(chars, at) != Some('.') || chars[at].is_ascii_digit()
}

/// Marks that belong to a number, or a date, when digits stand on both sides.
fn joins(c: char) -> bool {
    matches!(c, '.' | ',' | '\'' | '’' | '_' | '\u{a0}' | '\u{202f}' | '\u{2009}' | ':' | '/') || is_hyphen(c)
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{2011}' | '–')
}

fn run_end(chars: &[char], from: usize) -> usize {
    let mut to = from + 1;
    while let Some(c) = get(chars, to) {
        if c.is_ascii_digit() || joins(c) && is_digit(get(chars, to + 1)) && is_digit(before(chars, to)) {
            to += 1;
        } else {
            break;
        }
    }
    to
}

/// 1 or -1 by what stands before a number; `None` if that makes it a name.
fn sign(chars: &[char], at: usize) -> Option<f64> {
    let mut at = at;
    if before(chars, at).is_some_and(|c| "$€£¥₹".contains(c)) {
        at -= 1;
    }
    let Some(c) = before(chars, at) else { return Some(1.0) };
    let further = before(chars, at - 1);
    match c {
        '#' | '@' | '\\' | '/' => None,
        '.' if is_word(further) => None,
        '-' | '\u{2010}' | '\u{2011}'
            if further.is_some_and(char::is_alphanumeric) || further == Some('_') =>
        {
            None
        }
        '-' if !matches!(further, Some('-' | ')' | ']')) => Some(-1.0),
        '−' if !is_word(further) => Some(-1.0),
        c if is_word(Some(c)) => None,
        _ => Some(1.0),
    }
}

/// The values of a run of digits and marks: none, one, or those of a range or list.
fn values(run: &str, decimal: Decimal) -> Vec<f64> {
    if run.contains([':', '/']) {
        return Vec::new();
    }
    let parts: Vec<&str> = run.split(is_hyphen).collect();
    match parts[..] {
        [one] => value(one, decimal).map_or_else(|| list(one, decimal), |value| vec![value]),
        // A range ascends; `2024-01` does not.
        [low, high] => match (value(low, decimal), value(high, decimal)) {
            (Some(low), Some(high)) if low < high => vec![low, high],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// `1,2,3`, which is no number but three.
fn list(text: &str, decimal: Decimal) -> Vec<f64> {
    if !text.chars().all(|c| c.is_ascii_digit() || c == ',') {
        return Vec::new();
    }
    text.split(',').map(|part| value(part, decimal)).collect::<Option<_>>().unwrap_or_default()
}

/// What stands behind a number.
struct Tail {
    /// Where it begins: behind an exponent, which is part of the number.
    from: usize,
    unit: String,
    factor: f64,
    exponent: f64,
}

impl Tail {
    /// `None` if it makes the number a name.
    fn read(chars: &[char], at: usize) -> Option<Self> {
        let (exponent, from) = exponent(chars, at);
        let at = from;
        if get(chars, at) == Some('_') || get(chars, at) == Some('.') && is_letter(get(chars, at + 1)) {
            return None;
        }
        let attached = word(chars, at);
        let end = at + attached.chars().count();
        if is_digit(get(chars, end)) || !attached.is_empty() && get(chars, end) == Some('_') {
            return None;
        }
        if attached == "k" {
            return Some(Self { from, unit: String::new(), factor: 1e3, exponent });
        }
        if !attached.is_empty() {
            return Some(Self { from, unit: percent(attached), factor: 1.0, exponent });
        }
        // `24 hours`, `24-hour`; but `24-Q3` is a name.
        let gap = get(chars, at);
        let apart = gap.is_some_and(|c| matches!(c, ' ' | '\u{a0}' | '\u{202f}') || is_hyphen(c));
        let next = if apart { word(chars, at + 1) } else { String::new() };
        if gap.is_some_and(is_hyphen) && is_digit(get(chars, at + 1 + next.chars().count())) {
            return None;
        }
        Some(match magnitude(&next) {
            Some(factor) => Self { from, unit: String::new(), factor, exponent },
            None => Self { from, unit: percent(next), factor: 1.0, exponent },
        })
    }
}

fn is_letter(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphabetic)
}

/// The factor of `e6` or `E-3`, and where it ends; 1 if there is none.
fn exponent(chars: &[char], at: usize) -> (f64, usize) {
    let none = (1.0, at);
    if !matches!(get(chars, at), Some('e' | 'E')) {
        return none;
    }
    let signed = matches!(get(chars, at + 1), Some('+' | '-'));
    let from = at + 1 + usize::from(signed);
    let digits = chars[from.min(chars.len())..].iter().take_while(|c| c.is_ascii_digit()).count();
    if !(1..=3).contains(&digits) || is_word(get(chars, from + digits)) {
        return none;
    }
    let text: String = chars[at + 1..from + digits].iter().collect();
    // Read as a decimal, so that 1e-3 is the number nearest to a thousandth.
    (format!("1e{text}").parse().unwrap_or(f64::INFINITY), from + digits)
}

/// Letters and signs of units; at most 20, more is no unit.
fn word(chars: &[char], at: usize) -> String {
    let part = |c: &&char| c.is_alphabetic() || matches!(**c, '%' | '％' | '‰' | '°' | '€' | '$' | '£');
    chars[at.min(chars.len())..].iter().take(20).take_while(part).collect()
}

fn percent(unit: String) -> String {
    match unit.as_str() {
        "％" | "percent" | "pct" | "per" => "%".to_owned(),
        _ => unit,
    }
}

fn magnitude(word: &str) -> Option<f64> {
    match word {
        "thousand" => Some(1e3),
        "million" => Some(1e6),
        "billion" => Some(1e9),
        "trillion" => Some(1e12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(f64, String)> {
        numbers(text, Decimal::Point).into_iter().map(|number| (number.value, number.unit)).collect()
    }

    fn values_of(text: &str) -> Vec<f64> {
        read(text).into_iter().map(|(value, _)| value).collect()
    }

    #[test]
    fn numbers_in_sentences() {
        let cases: [(&str, &[f64]); 24] = [
            ("It takes 24 hours.", &[24.0]),
            ("$1,234.50, about -3 or −4", &[1234.5, -3.0, -4.0]),
            ("-$5 and $-5 and (5)", &[-5.0, -5.0, 5.0]),
            ("between 5-10 users, 5–10", &[5.0, 10.0, 5.0, 10.0]),
            ("1,2,3", &[1.0, 2.0, 3.0]),
            ("1, 2 and 3", &[1.0, 2.0, 3.0]),
            ("x=5, y:-6", &[5.0, -6.0]),
            (".5 or 0.5 or 1.", &[0.5, 0.5, 1.0]),
            ("1e6, 1.5E-3, 2e+2", &[1e6, 1.5e-3, 2e2]),
            ("3 million, 10k, 2.5 billion", &[3e6, 1e4, 2.5e9]),
            ("-0", &[0.0]),
            ("SEC-02 rev 3", &[3.0]),
            ("Q3 v1.2 IPv4 #42 3f9c2a1b 0x1F a_5 é5", &[]),
            ("2024-01-15 10:30:00 2024-01-15T10:30:00Z", &[]),
            ("15.01.2024, 01/02/2024, 3/4, 1.2.3, 127.0.0.1", &[]),
            ("on 3 March 2024 it had 7", &[7.0]),
            ("docs/5.md#L10-L42 5.md", &[]),
            ("[1] The limit is 5 [2].", &[5.0]),
            ("[5]", &[5.0]),
            ("007 02", &[]),
            ("a 90-day key, 24-Q3", &[90.0]),
            ("５ ٣ ½", &[]),
            ("9..5 1--2", &[9.0, 5.0, 1.0, 2.0]),
            ("2024-2023 2023-2024", &[2023.0, 2024.0]),
        ];
        for (text, expected) in cases {
            assert_eq!(values_of(text), expected, "{text}");
        }
    }

    #[test]
    fn units_are_kept() {
        let units = |text: &str| read(text).into_iter().map(|(_, unit)| unit).collect::<Vec<_>>();
        assert_eq!(
            units("24h 5 ms 16GB 20°C 12% 12 % 12 percent 7-day 3"),
            ["h", "ms", "GB", "°C", "%", "%", "%", "day", ""]
        );
    }

    #[test]
    fn much_is_read_in_linear_time() {
        assert_eq!(values_of(&"1 ".repeat(100_000)).len(), 100_000);
        assert!(values_of(&"1,".repeat(100_000)).len() > 1);
        assert!(values_of(&"1-".repeat(100_000)).is_empty());
        assert!(values_of(&"-".repeat(100_000)).is_empty());
        assert!(values_of(&"9".repeat(100_000)).is_empty());
        assert!(values_of("1e999 9e-999").iter().all(|value| value.is_finite()));
    }
}
