//! The choice of an answer among the spans of the best statements.

use std::ops::Range;

use haversack_model::Pack;

use super::evidence::{Body, Evidence, dot, text_shares};
use super::lexicon;
use super::question::{Asked, Era, Want};
use super::span::{Span, spans};
use super::statement::Form;
use super::time;
use super::weights;
use super::words::{Reader, contains};

/// An answer that was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Index of the passage.
    pub passage: usize,
    /// Bytes of the passage's text.
    pub bytes: Range<usize>,
    /// The part of the question that its evidence covers, from 0 to 1.
    pub coverage: f64,
}

/// Statements looked at for spans.
const STATEMENTS: usize = 24;

pub(super) struct Chooser<'a> {
    pub asked: &'a Asked,
    pub pack: &'a Pack,
    pub body: &'a Body,
    pub reader: &'a Reader,
    pub staleness: Vec<f64>,
}

struct Candidate {
    at: usize,
    span: Span,
    score: f64,
}

impl Chooser<'_> {
    /// The best short answer, or none if nothing of the wanted kind is near the evidence.
    pub fn span(&self) -> Option<Found> {
        let want = self.asked.want();
        if want == Want::Sentence {
            return self.sentence(true);
        }
        let candidates = self.candidates(want);
        let best = candidates.iter().reduce(|a, b| if b.score.total_cmp(&a.score).is_gt() { b } else { a });
        let Some(best) = best else {
            return if firm(want) { None } else { self.sentence(true) };
        };
        let one = &self.body.evidence[best.at];
        if want == Want::Name && !self.of_focus(one, &best.span.words) {
            return self.sentence(true);
        }
        let mut bytes = best.span.bytes.clone();
        if self.asked.many {
            match self.widen(best, bytes) {
                Some(wide) => bytes = wide,
                // A part of the question has no span here: the whole statement may hold it.
                None => bytes = one.statement.bytes.clone(),
            }
        }
        Some(Found { passage: one.passage, bytes, coverage: one.coverage })
    }

    /// The best statement, with the one after it where that belongs to it.
    pub fn sentence(&self, more: bool) -> Option<Found> {
        let at = self.order().into_iter().next()?;
        let one = &self.body.evidence[at];
        let mut bytes = one.statement.bytes.clone();
        if one.statement.form == Form::Prose {
            if let Some(next) = self.body.evidence.get(at + 1).filter(|next| {
                more && next.passage == one.passage && next.statement.block == one.statement.block
            }) {
                let text = &self.pack.passages[one.passage].text[bytes.clone()];
                if one.words.len() < weights::SHORT || text.ends_with(':') {
                    bytes.end = next.statement.bytes.end;
                }
            }
            let text = &self.pack.passages[one.passage].text[bytes.clone()];
            let mark = text.len() - text.trim_start_matches(['-', '*', '+', '>', '|', ' ']).len();
            bytes.start += mark.min(bytes.len());
        }
        Some(Found { passage: one.passage, bytes, coverage: one.coverage })
    }

    /// Statements by score, with time taken into account.
    fn order(&self) -> Vec<usize> {
        let evidence = &self.body.evidence;
        let worth: Vec<f64> = evidence
            .iter()
            .map(|one| {
                let text = &self.pack.passages[one.passage].text;
                let age = if one.words.is_empty() || self.asked.era == Era::Named {
                    0.0
                } else {
                    time::age(text, &one.words, 0..one.words.len())
                };
                let question =
                    if text[one.statement.bytes.clone()].ends_with('?') { weights::ASKING } else { 0.0 };
                one.score + 0.5 * time::adjustment(self.asked.era, age, self.staleness[one.passage])
                    - question
            })
            .collect();
        let mut order: Vec<usize> =
            (0..evidence.len()).filter(|&at| !evidence[at].words.is_empty()).collect();
        order.sort_by(|&a, &b| worth[b].total_cmp(&worth[a]).then(a.cmp(&b)));
        order
    }

    fn candidates(&self, want: Want) -> Vec<Candidate> {
        let mut found = Vec::new();
        for at in self.order().into_iter().take(STATEMENTS) {
            let one = &self.body.evidence[at];
            let text = &self.pack.passages[one.passage].text;
            let mut all = spans(text, &one.words, &one.statement.bytes);
            let row = one.statement.form == Form::Row;
            if row {
                cells(text, one, &mut all);
            }
            for span in all {
                let quality = quality(want, span.want, row);
                if quality > 0.0
                    && let Some(score) = self.worth(one, &span)
                {
                    found.push(Candidate { at, score: score + weights::KIND * quality, span });
                }
            }
        }
        found
    }

    /// What a span is worth; none if it only repeats the question.
    fn worth(&self, one: &Evidence, span: &Span) -> Option<f64> {
        let inside = |at: usize| span.words.contains(&at);
        let content = span.words.clone().filter(|&at| !contains(lexicon::STOP, &one.words[at].plain));
        let asked: Vec<usize> =
            one.hits.iter().filter(|(at, _, share)| inside(*at) && *share >= 1.0).map(|hit| hit.0).collect();
        let focus =
            |at: usize| one.hits.iter().any(|(word, term, _)| *word == at && self.asked.terms[*term].focus);
        let count = content.clone().count();
        if count == 0 || asked.len() >= count {
            return None;
        }
        let repeated = asked.iter().filter(|&&at| !focus(at)).count() as f64 / count as f64;
        let text = &self.pack.passages[one.passage].text;
        let age = time::age(text, &one.words, span.words.clone());
        let mut score = one.score + weights::NEAR * self.nearness(one, &span.words)
            - weights::REPEAT * repeated
            + time::adjustment(self.asked.era, age, self.staleness[one.passage]);
        if self.of_focus(one, &span.words) {
            score += weights::FOCUS;
        }
        // The name of another passage leads there; where the question has a relative clause, the answer stands behind it.
        if self.asked.terms.iter().any(|term| term.nested)
            && self.body.bridges.as_ref().is_some_and(|bridges| bridges.leads(&one.words[span.words.clone()]))
        {
            score -= weights::BRIDGE;
        }
        score += self.column(one, span) * weights::COLUMN;
        Some(score + self.manner(one, span))
    }

    /// Terms of the question near the span, by weight: a term beside it counts whole, one five words away half.
    fn nearness(&self, one: &Evidence, span: &Range<usize>) -> f64 {
        let text = &self.pack.passages[one.passage].text;
        let mut near = vec![0.0_f64; self.asked.terms.len()];
        for &(at, term, share) in one.hits.iter().filter(|(at, ..)| !span.contains(at)) {
            let (first, last) = if at < span.start { (at, span.start) } else { (span.end - 1, at) };
            let breaks = text[one.words[first].to..one.words[last].from]
                .matches([',', ';', '.', '|', '(', ':'])
                .count();
            let distance = last - first + weights::BREAK * breaks.min(4);
            near[term] = near[term].max(share / (1.0 + (distance as f64 - 1.0) / weights::HALF));
        }
        for (near, term) in near.iter_mut().zip(&self.asked.terms) {
            *near *= if term.nested { weights::NESTED_NEAR } else { 1.0 };
        }
        dot(&self.body.weights, &near)
    }

    /// Whether the noun that is asked for stands in a span or beside it.
    fn of_focus(&self, one: &Evidence, span: &Range<usize>) -> bool {
        let inside = |hit: &(usize, usize, f64)| span.contains(&hit.0) && self.asked.terms[hit.1].focus;
        one.hits.iter().any(inside) || self.focus_beside(one, span)
    }

    fn focus_beside(&self, one: &Evidence, span: &Range<usize>) -> bool {
        one.hits.iter().any(|&(at, term, _)| {
            let beside = at < span.start && span.start - at <= 2 || at >= span.end && at - span.end < 3;
            beside && self.asked.terms[term].focus
        })
    }

    /// The weight of the question's terms in the head of the span's column.
    fn column(&self, one: &Evidence, span: &Span) -> f64 {
        let Some(header) = &one.statement.header else { return 0.0 };
        let text = &self.pack.passages[one.passage].text;
        let column = text[one.statement.bytes.start..span.bytes.start].matches('|').count();
        let head = text[header.clone()].trim().split('|').nth(column).unwrap_or_default();
        dot(&self.body.weights, &text_shares(self.asked, self.reader, head))
    }

    /// Signs of the kind in the words around: `in Paris`, `by Ann Lee`.
    fn manner(&self, one: &Evidence, span: &Span) -> f64 {
        let before = span.words.start.checked_sub(1).map_or("", |at| one.words[at].plain.as_str());
        let length = span.words.len();
        match span.want {
            Want::Place if contains(lexicon::PLACE_PREPOSITIONS, before) => weights::MANNER,
            Want::Person if (2..=4).contains(&length) => weights::MANNER,
            Want::Person if before == "by" => weights::MANNER,
            _ => 0.0,
        }
    }

    /// Takes in what is listed with the answer, and the answers to the other parts of the question.
    fn widen(&self, best: &Candidate, mut bytes: Range<usize>) -> Option<Range<usize>> {
        let one = &self.body.evidence[best.at];
        let text = &self.pack.passages[one.passage].text;
        let all = spans(text, &one.words, &one.statement.bytes);
        for want in &self.asked.wants[1..] {
            let other = all
                .iter()
                .filter(|span| {
                    quality(*want, span.want, false) >= 0.5
                        && (span.bytes.end <= bytes.start || span.bytes.start >= bytes.end)
                })
                .filter_map(|span| Some((self.worth(one, span)?, span)))
                .reduce(|a, b| if b.0.total_cmp(&a.0).is_gt() { b } else { a });
            let (_, span) = other?;
            bytes = bytes.start.min(span.bytes.start)..bytes.end.max(span.bytes.end);
        }
        if self.asked.wants.len() == 1 {
            let mut sorted: Vec<&Span> = all.iter().filter(|span| span.want == best.span.want).collect();
            sorted.sort_by_key(|span| (span.bytes.start, span.bytes.end));
            for span in &sorted {
                if span.bytes.start >= bytes.end && listed(&text[bytes.end..span.bytes.start]) {
                    bytes.end = span.bytes.end;
                }
            }
            for span in sorted.iter().rev() {
                if span.bytes.end <= bytes.start && listed(&text[span.bytes.end..bytes.start]) {
                    bytes.start = span.bytes.start;
                }
            }
        }
        Some(bytes)
    }
}

/// Whether two things with this between them are items of one list.
fn listed(between: &str) -> bool {
    let plain = between.replace(['`', '*', '"', '\n'], " ");
    matches!(
        plain.split_whitespace().collect::<Vec<_>>().join(" ").as_str(),
        "," | "and" | ", and" | "or" | ", or" | "/"
    )
}

/// Whether a question of this kind has no answer where the kind does not occur.
fn firm(want: Want) -> bool {
    !matches!(want, Want::Name | Want::Code | Want::Person | Want::Place | Want::Sentence)
}

/// How well a span of one kind answers a question that wants another, from 0 to 1.
fn quality(want: Want, span: Want, row: bool) -> f64 {
    match (want, span) {
        _ if want == span => 1.0,
        (Want::Percent, Want::Count)
        | (Want::Frequency, Want::Duration)
        | (Want::Duration, Want::Frequency) => 0.4,
        (Want::Money, Want::Amount) if row => 0.6,
        (Want::Name, Want::Code) => 0.9,
        (Want::Code, Want::Name) => 0.5,
        (Want::Date, Want::Duration) => 0.2,
        _ => 0.0,
    }
}

/// The cells of a row.
fn cells(text: &str, one: &Evidence, all: &mut Vec<Span>) {
    let bytes = &one.statement.bytes;
    let mut from = bytes.start;
    for cell in text[bytes.clone()].split('|') {
        let trimmed = cell.trim().trim_matches(['`', '*']);
        let start = from + cell.find(trimmed).unwrap_or(0);
        let range = start..start + trimmed.len();
        let first = one.words.partition_point(|word| word.to <= range.start);
        let last = one.words.partition_point(|word| word.from < range.end);
        if first < last && last - first < 12 {
            for want in [Want::Name, Want::Person, Want::Place] {
                all.push(Span { bytes: range.clone(), words: first..last, want });
            }
        }
        from += cell.len() + 1;
    }
}
