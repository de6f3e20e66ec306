//! Numbers with their units: durations, money, shares, frequencies.

use super::super::lexicon;
use super::super::question::Want;
use super::super::words::contains;
use super::Finder;
use super::Span;

impl Finder<'_> {
    /// `every 90 days`, `twice a week`, `monthly`.
    pub(super) fn often(&mut self, at: usize) -> Option<usize> {
        let plain = self.plain(at);
        if matches!(plain, "every" | "each" | "alle" | "per") {
            let mut end = at + 1;
            while end < at + 4 && (self.is_number(end) || contains(lexicon::UNIT_ADJECTIVES, self.plain(end)))
            {
                end += 1;
            }
            if contains(lexicon::TIME_UNITS, self.plain(end)) && plain != "per" {
                self.push(at..end + 1, Want::Frequency);
                if end > at + 1 {
                    self.push(at + 1..end + 1, Want::Duration);
                }
                return Some(end + 1);
            }
        } else if contains(lexicon::OFTEN, plain) {
            let unit = matches!(self.plain(at + 1), "a" | "per" | "every")
                && contains(lexicon::TIME_UNITS, self.plain(at + 2));
            let end = if unit { at + 3 } else { at + 1 };
            if unit || !contains("once twice always never", plain) {
                self.push(at..end, Want::Frequency);
            }
            return Some(end);
        } else if self.is_number(at)
            && self.plain(at + 1) == "times"
            && contains("a per each every", self.plain(at + 2))
        {
            self.push(at..at + 4, Want::Frequency);
        }
        None
    }

    /// A number, or a range, with its unit: `5 business days`, `8 h 06 min`, `1,069.64 EUR`, `10 %`, `273,282`.
    pub(super) fn quantity(&mut self, at: usize) -> Option<usize> {
        if !self.is_number(at) {
            return None;
        }
        let end = self.range(at);
        let symbol = self.text[..self.words[at].from]
            .chars()
            .next_back()
            .filter(|c| matches!(c, '$' | '€' | '£' | '¥'));
        let gap = self.gap(end - 1).trim_start_matches(['*', '`']).trim_start();
        if gap.starts_with('%')
            || matches!(self.plain(end), "percent" | "prozent" | "procent") && self.close(end - 1)
        {
            return Some(self.percent(at, end));
        }
        let adjective =
            usize::from(self.close(end - 1) && contains(lexicon::UNIT_ADJECTIVES, self.plain(end)));
        let unit = end + adjective;
        let near = self.close(end - 1) && (adjective == 0 || self.close(end));
        if symbol.is_some() || near && contains(lexicon::CURRENCIES, self.plain(unit)) {
            return Some(self.money(at, end, unit, symbol));
        }
        if near && contains(lexicon::TIME_UNITS, self.plain(unit)) {
            return Some(self.duration(at, end, unit + 1));
        }
        self.push(at..end, Want::Count);
        let unit =
            near && contains(lexicon::UNITS, self.plain(unit)) && !matches!(self.plain(unit), "a" | "per");
        let last = if unit { end + adjective + 1 } else { end };
        let rate = matches!(self.plain(last), "a" | "per")
            && self.close(last - 1)
            && contains(lexicon::TIME_UNITS, self.plain(last + 1));
        self.push(at..if rate { last + 2 } else { last }, Want::Amount);
        Some(end)
    }

    /// The end of `3 to 5`, `5-10`, `2 million`, `41 of 312`.
    fn range(&self, at: usize) -> usize {
        let mut end = at + 1;
        if matches!(self.plain(end), "to" | "bis" | "tot" | "à") && self.is_number(end + 1) {
            end += 2;
        } else if matches!(self.gap(at), "-" | "–" | " - " | " – ")
            && self.is_number(end)
            && !self.gap(end).starts_with('-')
        {
            end += 1;
        }
        if matches!(self.plain(end), "million" | "billion" | "trillion" | "thousand" | "hundred")
            && self.close(end - 1)
        {
            end += 1;
        }
        end
    }

    fn percent(&mut self, at: usize, end: usize) -> usize {
        let sign = self.gap(end - 1).find('%').map(|sign| self.words[end - 1].to + sign + 1);
        let bytes = self.words[at].from..sign.unwrap_or_else(|| self.words[end].to);
        let words = at..if sign.is_some() { end } else { end + 1 };
        for want in [Want::Percent, Want::Amount] {
            self.spans.push(Span { bytes: bytes.clone(), words: words.clone(), want });
        }
        words.end
    }

    fn money(&mut self, at: usize, end: usize, unit: usize, symbol: Option<char>) -> usize {
        let (from, last) = match symbol {
            Some(symbol) => (self.words[at].from - symbol.len_utf8(), end - 1),
            None => (self.words[at].from, unit),
        };
        for want in [Want::Money, Want::Amount] {
            self.spans.push(Span { bytes: from..self.words[last].to, words: at..last + 1, want });
        }
        last + 1
    }

    fn duration(&mut self, at: usize, number: usize, mut end: usize) -> usize {
        // `8 h 06 min`, `2 hours and 5 minutes`.
        loop {
            let and = usize::from(self.plain(end) == "and" && self.gap(end - 1).trim().is_empty());
            if self.gap(end - 1).trim().is_empty()
                && self.is_number(end + and)
                && self.close(end + and)
                && contains(lexicon::TIME_UNITS, self.plain(end + and + 1))
            {
                end += and + 2;
            } else {
                break;
            }
        }
        self.push(at..end, Want::Duration);
        self.push(at..end, Want::Amount);
        self.push(at..number, Want::Count);
        end
    }
}
