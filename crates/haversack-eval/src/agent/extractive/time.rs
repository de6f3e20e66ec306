//! Whether a statement speaks of what holds or of what held before.

use std::collections::BTreeSet;

use haversack_model::Pack;

use super::lexicon;
use super::question::{Era, dated};
use super::weights;
use super::words::{Word, contains};

/// How much a clause speaks of the past (up to 1), or of the present (down to -1).
pub(super) fn age(text: &str, words: &[Word], span: std::ops::Range<usize>) -> f64 {
    let (from, to) = clause(text, words, span);
    let mut age: f64 = 0.0;
    for at in from..to {
        let plain = words[at].plain.as_str();
        let cue = match plain {
            "before" | "until" | "till" | "bis" | "avant" | "voor" => {
                let near = (at + 1..to.min(at + 4)).any(|at| {
                    let word = &words[at];
                    word.digits && dated(&word.stem)
                        || contains("release version revision rev then", &word.plain)
                        || contains(lexicon::MONTHS, &word.plain)
                });
                if near || at + 1 == to { 1.0 } else { 0.0 }
            }
            "was" | "were" | "had" => 0.4,
            "since" | "from" => {
                let dated =
                    words.get(at + 1).is_some_and(|word| word.plain == "release" || dated(&word.stem));
                if dated { -0.5 } else { 0.0 }
            }
            _ if contains(lexicon::STALE_CUES, plain) => 0.8,
            _ if contains(lexicon::FRESH_CUES, plain) => -0.5,
            _ => 0.0,
        };
        if cue > 0.0 {
            age = age.max(cue)
        } else if age <= 0.0 {
            age = age.min(cue)
        }
    }
    age
}

/// The words around a span up to the next `,`, `;`, `:`, bracket or full stop on both sides.
fn clause(text: &str, words: &[Word], span: std::ops::Range<usize>) -> (usize, usize) {
    let ends = |left: usize, right: usize| {
        words.get(left).zip(words.get(right)).is_none_or(|(left, right)| {
            text[left.to..right.from].contains([';', '(', ')', '.', ':', '|'])
                || text[left.to..right.from].starts_with(',')
        })
    };
    let (mut from, mut to) = (span.start, span.end);
    while from > 0 && !ends(from - 1, from) {
        from -= 1;
    }
    while to < words.len() && !ends(to - 1, to) {
        to += 1;
    }
    (from, to)
}

/// How stale each passage's document is, from 0 to 1: marked as superseded, or of an older year, release or revision than
/// another document of the pack.
pub(super) fn staleness(pack: &Pack) -> Vec<f64> {
    let marked: BTreeSet<String> = pack
        .passages
        .iter()
        .filter(|passage| {
            let text = passage.text.to_lowercase();
            text.contains("status: superseded")
                || text.contains("superseded_by")
                || text.contains("is superseded")
                || text.contains("has been superseded")
                || text.contains("this document is no longer")
        })
        .map(|passage| passage.document.to_string())
        .collect();
    let years: Vec<Option<u32>> =
        pack.passages.iter().map(|passage| year(&passage.document.to_string())).collect();
    let newest = years.iter().flatten().max().copied();
    pack.passages
        .iter()
        .zip(&years)
        .map(|(passage, year)| {
            let name = passage.document.to_string();
            let revised = name.contains("-rev")
                || name.contains("_rev")
                || name.contains("/old")
                || name.contains("archive");
            match (marked.contains(&name), revised, *year < newest && year.is_some()) {
                (true, ..) => 1.0,
                (_, true, _) => 0.7,
                (_, _, true) => 0.3,
                _ => 0.0,
            }
        })
        .collect()
}

/// The year in a document's name, with the month or release behind it: `2026.4` is 202604.
fn year(name: &str) -> Option<u32> {
    let numbers = name.split(|c: char| !c.is_ascii_digit() && c != '.');
    numbers.map(|number| number.trim_matches('.')).find(|number| number.len() >= 4 && dated(number)).and_then(
        |number| {
            let mut parts = number.split('.');
            let year: u32 = parts.next()?.parse().ok()?;
            let release: u32 = parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
            Some(year * 100 + release.min(99))
        },
    )
}

/// What age and staleness add to the score of an answer.
pub(super) fn adjustment(era: Era, age: f64, staleness: f64) -> f64 {
    match era {
        Era::Present => -(weights::PRESENT.0 * age + weights::PRESENT.1 * staleness),
        Era::Past => weights::PAST.0 * age + weights::PAST.1 * staleness,
        Era::Named | Era::Both => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::Reader;
    use super::*;

    fn age_of(text: &str, word: &str) -> f64 {
        let words = Reader::of("what is the").words(text);
        let at = words.iter().position(|other| other.plain == word).unwrap();
        age(text, &words, at..at + 1)
    }

    #[test]
    fn a_clause_tells_of_what_time_it_speaks() {
        let text = "A batch of up to 1,000 (500 before release 2026.4) is taken.";
        assert_eq!((age_of(text, "1,000"), age_of(text, "500")), (0.0, 1.0));
        let text = "The window was 24 hours until release 2026.3; it is 72 hours since release 2026.4.";
        assert_eq!(age_of(text, "24"), 1.0);
        assert!(age_of(text, "72") < 0.0);
        assert_eq!(age_of("Check the log before you wait 5 minutes.", "5"), 0.0);
    }

    #[test]
    fn present_questions_shun_what_is_stale_and_past_ones_seek_it() {
        assert!(adjustment(Era::Present, 1.0, 0.0) < 0.0 && adjustment(Era::Present, 0.0, 1.0) < 0.0);
        assert!(adjustment(Era::Past, 1.0, 0.0) > 0.0 && adjustment(Era::Past, 0.0, 1.0) > 0.0);
        assert_eq!(adjustment(Era::Named, 1.0, 1.0), 0.0);
    }

    #[test]
    fn a_year_in_a_name_is_read_with_its_release() {
        assert_eq!(year("handbook/releases/2026.4.md"), Some(202_604));
        assert_eq!(year("handbook/policies/session-length-2023.md"), Some(202_300));
        assert_eq!(year("handbook/api/events.md"), None);
    }
}
