//! Dates and times of day.

use super::super::lexicon;
use super::super::question::{Want, dated};
use super::super::words::contains;
use super::Finder;

impl Finder<'_> {
    /// `13 July 2026`, `July 13, 2026`, `2026-07-14`, `May 2024`, `1895`, `06:00 UTC`, `3 a.m.`.
    pub(super) fn date(&mut self, at: usize) -> Option<usize> {
        let end = self.joined_date(at).or_else(|| self.clock(at)).or_else(|| self.month_first(at));
        if let Some(end) = end.or_else(|| self.day_first(at)) {
            self.push(at..end, Want::Date);
            return Some(end);
        }
        // `may` is a verb more often than a month.
        let alone = self.is_month(at) && self.plain(at) != "may";
        let year = self.is_year(at)
            && !self.gap(at).starts_with('-')
            && !contains(lexicon::TIME_UNITS, self.plain(at + 1));
        if alone || year {
            self.push(at..at + 1, Want::Date);
        }
        None
    }

    fn digits(&self, at: usize) -> bool {
        self.words.get(at).is_some_and(|word| word.digits)
    }

    fn is_month(&self, at: usize) -> bool {
        contains(lexicon::MONTHS, self.plain(at)) && self.words.get(at).is_some_and(|word| word.capital)
    }

    fn is_year(&self, at: usize) -> bool {
        let plain = self.plain(at);
        self.digits(at)
            && plain.len() == 4
            && (dated(plain) || plain.parse::<u32>().is_ok_and(|year| (1000..=2100).contains(&year)))
    }

    /// Whether a word and the next may belong to one date.
    fn joined(&self, at: usize) -> bool {
        matches!(self.gap(at), " " | "\n" | ". " | ", " | " , " | ",")
    }

    fn joined_date(&self, at: usize) -> Option<usize> {
        let found = (at..at + 3).all(|at| self.digits(at)) && self.gap(at) == "-" && self.gap(at + 1) == "-";
        found.then_some(at + 3)
    }

    /// `06:00 UTC`, `04:00 to 12:00 UTC`, `3 a.m.`.
    fn clock(&self, at: usize) -> Option<usize> {
        let clock = |at: usize| self.digits(at) && self.plain(at).contains(':');
        if clock(at) {
            let until = matches!(self.plain(at + 1), "to" | "and" | "until" | "bis" | "tot") && clock(at + 2);
            let end = at + 1 + usize::from(until) * 2 + usize::from(!until && clock(at + 1));
            let zone = matches!(self.plain(end), "utc" | "am" | "pm" | "cet" | "uhr");
            return Some(end + usize::from(zone));
        }
        if !self.digits(at) {
            return None;
        }
        let spelled =
            matches!(self.plain(at + 1), "a" | "p") && self.plain(at + 2) == "m" && self.gap(at + 1) == ".";
        match self.plain(at + 1) {
            "am" | "pm" => Some(at + 2),
            _ => spelled.then_some(at + 3),
        }
    }

    fn month_first(&self, at: usize) -> Option<usize> {
        if !self.is_month(at) {
            return None;
        }
        let day = self.digits(at + 1) && self.plain(at + 1).len() <= 2 && self.joined(at);
        let mut after = if day { at + 2 } else { at + 1 };
        after += usize::from(day && contains("st nd rd th", self.plain(after)));
        if self.is_year(after) && self.joined(after - 1) {
            return Some(after + 1);
        }
        day.then_some(after)
    }

    /// `13 July 2026`, `3rd of March`, `3rd of the month`.
    fn day_first(&self, at: usize) -> Option<usize> {
        if !self.digits(at) || self.plain(at).len() > 2 {
            return None;
        }
        let suffix = contains("st nd rd th", self.plain(at + 1)) && self.gap(at).is_empty();
        let of = suffix && self.plain(at + 2) == "of";
        let after = at + 1 + usize::from(suffix) + usize::from(of);
        if self.is_month(after) && self.gap(after - 1).trim_matches(['.', ' ', '\n']).is_empty() {
            let year = self.is_year(after + 1) && self.joined(after);
            return Some(after + 1 + usize::from(year));
        }
        let month = of && self.plain(at + 4) == "month";
        suffix.then_some(if month { at + 5 } else { at + 2 })
    }
}
