//! Digits that are no numbers: dates in words and marks of citations.

use std::sync::LazyLock;

use regex::Regex;

/// `3 March 2024`, `March 3rd, 2024`, `Mar. 2024`, in English. A test sees to it that the pattern compiles.
static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let month = "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|\
                 Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\\b";
    let (day, year, gap) = (r"\d{1,2}(?:st|nd|rd|th)?\b", r"(?:[\s.,-]{1,2}[12]\d{3}\b)", r"[\s.-]{1,2}");
    let pattern = format!(r"\b{day}(?:\s+of)?{gap}{month}{year}?|\b{month}{gap}{day}{year}?|\b{month}{year}");
    Regex::new(&pattern).ok()
});

/// `[1]`, `[2, 3]`: what a pack numbers its passages with.
static MARK: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\[\s*\d{1,4}(?:\s*[,;-]\s*\d{1,4})*\s*\]").ok());

/// The text with spaces where digits are no numbers. A text that is nothing but a mark keeps it.
pub(super) fn blank(text: &str) -> Vec<char> {
    let mut bytes = text.as_bytes().to_vec();
    if let Some(date) = DATE.as_ref() {
        for found in date.find_iter(text) {
            // `May 5,000 users` is no date.
            let rest = &text.as_bytes()[found.end()..];
            let goes_on = matches!(rest, [b',' | b'.', digit, ..] if digit.is_ascii_digit());
            if !goes_on {
                spaces(&mut bytes[found.range()]);
            }
        }
    }
    if let Some(mark) = MARK.as_ref() {
        for found in mark.find_iter(text).filter(|found| found.as_str() != text.trim()) {
            spaces(&mut bytes[found.range()]);
        }
    }
    String::from_utf8_lossy(&bytes).chars().collect()
}

/// A line break, so that what stood before and what stands after are far apart.
fn spaces(bytes: &mut [u8]) {
    bytes.fill(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_marks_go_and_numbers_stay() {
        assert!(DATE.is_some() && MARK.is_some());
        for gone in [
            "3 March 2024",
            "on the 3rd of March, at",
            "March 3, 2024",
            "Mar. 2024",
            "May 5",
            "24-Jan-2024",
            "as said [1]",
            "[1][2, 3] so",
        ] {
            assert!(!blank(gone).iter().any(char::is_ascii_digit), "{gone}");
        }
        for kept in ["May 5,000 users", "march 12 times", "[12]", " [12]\n", "a[i]12", "Mayor 12", "[1.5] x"]
        {
            assert!(blank(kept).iter().any(char::is_ascii_digit), "{kept}");
        }
    }
}
