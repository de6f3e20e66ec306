//! Stretches of a statement that could be an answer, by kind.

mod date;
mod number;

use std::ops::Range;

use super::lexicon;
use super::question::Want;
use super::words::{Word, contains, numeral};

/// A stretch of a statement that answers a kind of question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// Bytes of the text.
    pub bytes: Range<usize>,
    /// The words in it.
    pub words: Range<usize>,
    /// What it is.
    pub want: Want,
}

/// All spans of a statement; several kinds may claim the same words.
pub(super) fn spans(text: &str, words: &[Word], bytes: &Range<usize>) -> Vec<Span> {
    let mut found = Finder { text, words, end: bytes.end, spans: Vec::new() };
    found.numbers();
    found.names();
    found.codes(bytes);
    found.marked(bytes);
    found.bound();
    found.spans
}

struct Finder<'a> {
    text: &'a str,
    words: &'a [Word],
    end: usize,
    spans: Vec<Span>,
}

impl Finder<'_> {
    fn plain(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| &word.plain)
    }

    /// The text between a word and the next.
    fn gap(&self, at: usize) -> &str {
        match (self.words.get(at), self.words.get(at + 1)) {
            (Some(word), Some(next)) => &self.text[word.to..next.from],
            (Some(word), None) => self.text.get(word.to..self.end).unwrap_or(""),
            _ => "",
        }
    }

    fn close(&self, at: usize) -> bool {
        matches!(self.gap(at).trim(), "" | "-" | "**" | "`")
            && at + 1 < self.words.len()
            && !self.gap(at).contains("\n\n")
    }

    fn push(&mut self, words: Range<usize>, want: Want) {
        if let (Some(first), Some(last)) =
            (self.words.get(words.start), self.words.get(words.end.wrapping_sub(1)))
        {
            self.spans.push(Span { bytes: first.from..last.to, words, want });
        }
    }

    /// Whether a word is a cardinal number, and not part of an identifier (`SEC-07`).
    fn is_number(&self, at: usize) -> bool {
        let Some(word) = self.words.get(at) else { return false };
        let mut before = self.text[..word.from].chars().rev();
        let joined = before.next().is_some_and(|c| matches!(c, '-' | '_' | '/' | '#' | '.'));
        if joined && before.next().is_some_and(char::is_alphabetic) {
            return false;
        }
        self.words
            .get(at)
            .is_some_and(|word| word.digits || numeral(&word.plain).is_some_and(|_| !ordinal(&word.plain)))
    }

    fn numbers(&mut self) {
        let mut at = 0;
        while at < self.words.len() {
            at = self.often(at).or_else(|| self.date(at)).or_else(|| self.quantity(at)).unwrap_or(at + 1);
        }
    }

    /// Runs of capitalised words: `G. Stanley Hall`, `Head of Finance`, `Los Angeles Dodgers`.
    fn names(&mut self) {
        let mut at = 0;
        while at < self.words.len() {
            if !self.words[at].capital || contains(lexicon::STOP, self.plain(at)) || self.no_name(at) {
                at += 1;
                continue;
            }
            let end = self.name_end(at);
            self.push(at..end, Want::Name);
            self.push(at..end, Want::Person);
            self.push(at..end, Want::Place);
            at = end;
        }
    }

    /// Whether a capitalised word is a month, day or currency.
    fn no_name(&self, at: usize) -> bool {
        let plain = self.plain(at);
        contains(lexicon::MONTHS, plain)
            || contains(lexicon::CURRENCIES, plain)
            || contains(lexicon::WEEKDAYS, plain)
    }

    fn name_end(&self, from: usize) -> usize {
        let mut end = from + 1;
        loop {
            let gap = self.gap(end - 1);
            let initial = self.words[end - 1].plain.chars().count() <= 2 && gap == ". ";
            if !(matches!(gap, " " | "-" | "\n" | " - " | "'" | "’s ") || initial) || end >= self.words.len()
            {
                return end;
            }
            let capital = |at: usize| self.words.get(at).is_some_and(|word| word.capital);
            if capital(end) || contains(lexicon::ROLES, self.plain(end)) {
                end += 1;
                continue;
            }
            // `Android 11`.
            if self.words[end].digits && gap == " " && !self.gap(end).starts_with([':', '-']) {
                return end + 1;
            }
            let connectors = (end..end + 2)
                .take_while(|&at| contains(lexicon::CONNECTORS, self.plain(at)) && self.gap(at) == " ")
                .count();
            if connectors == 0
                || !capital(end + connectors)
                || self.plain(end) == "and" && !contains(lexicon::ROLES, self.plain(end - 1))
            {
                return end;
            }
            end += connectors + 1;
        }
    }

    /// Identifiers: `BCN-2010`, `sms.failover_threshold`, `keys:rotate`, `rotateSigningKey`, `TTFT`.
    fn codes(&mut self, bytes: &Range<usize>) {
        let statement = &self.text[bytes.clone()];
        let mut from = 0;
        for token in statement.split(|c: char| {
            c.is_whitespace()
                || matches!(c, '|' | '(' | ')' | ',' | ';' | '`' | '"' | '*' | '[' | ']' | '<' | '>' | '=')
        }) {
            let trimmed = token.trim_matches(|c: char| !c.is_alphanumeric());
            let plain = trimmed.to_lowercase();
            let common = [lexicon::WEEKDAYS, lexicon::CURRENCIES, lexicon::UNITS, lexicon::TIME_UNITS]
                .iter()
                .any(|list| contains(list, &plain));
            if identifier(trimmed) && !common {
                let start = bytes.start
                    + from
                    + (token.len() - token.trim_start_matches(|c: char| !c.is_alphanumeric()).len());
                self.bytes(start..start + trimmed.len(), Want::Code);
            }
            from += token.len();
            from += statement[from..].chars().next().map_or(0, char::len_utf8);
        }
    }

    /// What stands in backticks, in quotation marks, in bold, or in a cell of a table.
    fn marked(&mut self, bytes: &Range<usize>) {
        let statement = &self.text[bytes.clone()];
        for (mark, want) in [("`", Want::Code), ("**", Want::Name), ("\"", Want::Name)] {
            let mut from = 0;
            for (index, part) in statement.split(mark).enumerate() {
                let closed = from + part.len() < statement.len();
                if index % 2 == 1 && closed && !part.is_empty() && part.len() < 120 {
                    self.bytes(bytes.start + from..bytes.start + from + part.len(), want);
                }
                from += part.len() + mark.len();
            }
        }
    }

    /// Takes in what bounds a number: `over 5,000 EUR`, `at most 24 hours`.
    fn bound(&mut self) {
        let words = self.words;
        for span in &mut self.spans {
            let before =
                |back: usize| span.words.start.checked_sub(back).map_or("", |at| words[at].plain.as_str());
            let two = matches!(
                (before(2), before(1)),
                ("at", "most" | "least") | ("up", "to") | ("more" | "less", "than")
            );
            let first = span.words.start;
            let bare = first > 0
                && self.text[words[first - 1].to..words[first].from].chars().all(char::is_whitespace);
            let back = if !bare {
                0
            } else if two {
                2
            } else {
                usize::from(contains(lexicon::BOUNDS, before(1)))
            };
            if back > 0 && matches!(span.want, Want::Money | Want::Duration | Want::Amount | Want::Percent) {
                span.words.start -= back;
                span.bytes.start = words[span.words.start].from;
            }
        }
    }

    fn bytes(&mut self, bytes: Range<usize>, want: Want) {
        let first = self.words.partition_point(|word| word.to <= bytes.start);
        let last = self.words.partition_point(|word| word.from < bytes.end);
        if first < last {
            self.spans.push(Span { bytes, words: first..last, want });
        }
    }
}

fn ordinal(word: &str) -> bool {
    contains("third fourth fifth sixth seventh eighth ninth tenth", word)
}

/// Whether a token is written as no word is: with inner capitals, digits among letters, or joined parts.
fn identifier(token: &str) -> bool {
    let letters = token.chars().filter(|c| c.is_alphabetic()).count();
    let digits = token.chars().any(|c| c.is_ascii_digit());
    let upper = token.chars().filter(|c| c.is_uppercase()).count();
    let joined = token.contains(['_', ':', '/'])
        || token.contains('.') && !token.ends_with('.')
        || digits && token.contains('-');
    let hump = token.chars().zip(token.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    letters > 0 && (joined || hump || upper >= 2 && upper == letters)
}

#[cfg(test)]
mod tests {
    use super::super::words::Reader;
    use super::*;

    /// The spans of one kind.
    fn found(want: Want, text: &str) -> Vec<&str> {
        let words = Reader::of("what is the").words(text);
        let all = spans(text, &words, &(0..text.len()));
        all.into_iter().filter(|span| span.want == want).map(|span| &text[span.bytes]).collect()
    }

    #[test]
    fn quantities_have_their_units() {
        let text = "At most 72 hours late, 8 h 06 min, 5 business days, one working day, 3 to 5 weeks.";
        let durations =
            ["At most 72 hours", "8 h 06 min", "5 business days", "one working day", "3 to 5 weeks"];
        assert_eq!(found(Want::Duration, text), durations);
        let text = "It costs 1,069.64 EUR, $21.4 trillion or over 5,000 euros, that is 1.5 % a month.";
        assert_eq!(found(Want::Money, text), ["1,069.64 EUR", "$21.4 trillion", "over 5,000 euros"]);
        assert_eq!(found(Want::Percent, text), ["1.5 %"]);
        assert_eq!(found(Want::Count, "41 of 312 accounts under SEC-07"), ["41", "312"]);
        assert_eq!(found(Want::Amount, "200 messages per second"), ["200 messages per second"]);
    }

    #[test]
    fn dates_are_read_in_many_forms() {
        let text = "On 13 July 2026, July 13, 2026, 2026-07-14, in May 2024 or 1895, from 09:00 to 11:00 UTC, at 3 a.m.";
        let dates = [
            "13 July 2026",
            "July 13, 2026",
            "2026-07-14",
            "May 2024",
            "1895",
            "09:00 to 11:00 UTC",
            "3 a.m",
        ];
        assert_eq!(found(Want::Date, text), dates);
        assert_eq!(found(Want::Date, "You may go"), Vec::<&str>::new());
        assert_eq!(
            found(Want::Frequency, "every 90 days, twice a week, monthly"),
            ["every 90 days", "twice a week", "monthly"]
        );
    }

    #[test]
    fn names_and_identifiers() {
        let text = "It was G. Stanley Hall and the Head of Finance, in Los Angeles on Android 11.";
        assert_eq!(
            found(Want::Name, text),
            ["G. Stanley Hall", "Head of Finance", "Los Angeles", "Android 11"]
        );
        let text = "Set sms.failover_threshold or `keys:rotate`, see BCN-2010 and rotateSigningKey (TTFT).";
        let codes =
            ["sms.failover_threshold", "keys:rotate", "BCN-2010", "rotateSigningKey", "TTFT", "keys:rotate"];
        assert_eq!(found(Want::Code, text), codes);
    }
}
