//! Statements of a pack with the terms of a question that they and their surroundings hold.

use std::collections::{BTreeMap, BTreeSet};

use haversack_model::{Pack, Passage};

use super::bridge::Bridges;
use super::question::{Asked, Term};
use super::statement::{Statement, statements};
use super::weights;
use super::words::{Reader, Word};

/// A statement with its words and what it is worth.
pub(super) struct Evidence {
    /// Index of its passage in the pack.
    pub passage: usize,
    /// Where it stands.
    pub statement: Statement,
    /// Its words; bytes count from the beginning of the passage.
    pub words: Vec<Word>,
    /// Words that are terms of the question: index of the word, of the term, and the share that counts.
    pub hits: Vec<(usize, usize, f64)>,
    /// The weight of terms in its headings.
    pub above: f64,
    /// Whether it is the first statement under its heading.
    pub leads: bool,
    /// How much of each term it holds, its surroundings included, from 0 to 1.
    pub credit: Vec<f64>,
    /// The part of the question's weight that is covered, from 0 to 1.
    pub coverage: f64,
    /// `coverage` with the order of words and the rank of the passage; orders statements.
    pub score: f64,
}

/// All that a pack has to say on a question.
pub(super) struct Body {
    /// The statements in the order of the pack.
    pub evidence: Vec<Evidence>,
    /// The weight of each term: its part of the question times its rarity in the pack; sums to 1.
    pub weights: Vec<f64>,
    /// Names that lead from one passage to another.
    pub bridges: Option<Bridges>,
}

impl Body {
    /// Reads a pack for a question; time grows with the length of the pack.
    pub fn new(asked: &Asked, pack: &Pack, reader: &Reader) -> Self {
        let mut evidence: Vec<Evidence> = Vec::new();
        for (passage, source) in pack.passages.iter().enumerate() {
            for statement in statements(&source.text) {
                let words = words_of(reader, &source.text, &statement.bytes);
                let hits = hits(asked, &words);
                let none = vec![0.0; asked.terms.len()];
                evidence.push(Evidence {
                    passage,
                    statement,
                    words,
                    hits,
                    above: 0.0,
                    leads: false,
                    credit: none,
                    coverage: 0.0,
                    score: 0.0,
                });
            }
        }
        let mut body = Self { weights: weights(asked, &evidence), evidence, bridges: None };
        body.credit(asked, pack, reader);
        body.score(asked, pack);
        body.link(asked, pack, reader);
        body
    }

    /// Gives each statement the terms of its own words, its headings, neighbours and passage.
    fn credit(&mut self, asked: &Asked, pack: &Pack, reader: &Reader) {
        let terms = asked.terms.len();
        let own: Vec<Vec<f64>> =
            self.evidence.iter().map(|one| shares(terms, one.hits.iter().copied())).collect();
        let mut at = 0;
        for (number, passage) in pack.passages.iter().enumerate() {
            let end = at + self.evidence[at..].iter().take_while(|one| one.passage == number).count();
            let above = text_shares(asked, reader, &above(passage));
            let mut whole = vec![0.0; terms];
            own[at..end].iter().for_each(|shares| raise(&mut whole, shares, 1.0));
            let mut headings: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
            for index in at..end {
                let statement = &self.evidence[index].statement;
                let mut credit = own[index].clone();
                raise(&mut credit, &above, weights::ABOVE);
                let mut over = above.clone();
                for range in [&statement.heading, &statement.header].into_iter().flatten() {
                    let shares = headings
                        .entry((range.start, range.end))
                        .or_insert_with(|| text_shares(asked, reader, &passage.text[range.clone()]));
                    raise(&mut credit, shares, weights::HEAD);
                    raise(&mut over, shares, 1.0);
                }
                let same = |other: usize| self.evidence[other].statement.block == statement.block;
                if index > at && !same(index - 1) {
                    raise(&mut credit, &own[index - 1], weights::BEFORE);
                }
                if index + 1 < end {
                    let factor = if same(index + 1) { weights::NEXT } else { weights::NEXT_BLOCK };
                    raise(&mut credit, &own[index + 1], factor);
                }
                raise(&mut credit, &whole, weights::PASSAGE);
                let leads = index == at || self.evidence[index - 1].statement.heading != statement.heading;
                self.evidence[index].credit = credit;
                self.evidence[index].above = dot(&self.weights, &over);
                self.evidence[index].leads = leads;
            }
            at = end;
        }
    }

    fn score(&mut self, asked: &Asked, pack: &Pack) {
        let best = pack.passages.iter().map(|passage| passage.score).fold(f32::MIN_POSITIVE, f32::max);
        for one in &mut self.evidence {
            one.coverage = dot(&self.weights, &one.credit);
            let lead = if one.leads { one.above } else { 0.0 };
            let rank = f64::from((pack.passages[one.passage].score / best).clamp(0.0, 1.0));
            let order = in_order(&one.hits, &self.weights, asked.terms.len());
            let long = (one.words.len() as f64 / 60.0 - 1.0).clamp(0.0, 1.0);
            one.score = one.coverage + weights::LEAD * lead + weights::RANK * rank + weights::ORDER * order
                - weights::LONG * long;
        }
    }

    /// Lends terms along names from the best statements, by the part of the question in relative clauses if it has some.
    fn link(&mut self, asked: &Asked, pack: &Pack, reader: &Reader) {
        let two = asked.terms.iter().any(|term| term.nested);
        let worth = |one: &Evidence| {
            let nested = |((weight, share), term): ((&f64, &f64), &Term)| {
                if term.nested { weight * share } else { 0.0 }
            };
            let inner: f64 = self.weights.iter().zip(&one.credit).zip(&asked.terms).map(nested).sum();
            if two { inner + weights::OUTER * one.score } else { one.score }
        };
        let worths: Vec<f64> = self.evidence.iter().map(worth).collect();
        let mut order: Vec<usize> = (0..self.evidence.len()).collect();
        order.sort_by(|&a, &b| worths[b].total_cmp(&worths[a]).then(a.cmp(&b)));
        order.truncate(weights::BRIDGES);
        let bridges = Bridges::new(asked, pack, &self.evidence, &order, reader);
        for (at, credit) in bridges.lent(&self.evidence) {
            let one = &mut self.evidence[at];
            raise(&mut one.credit, &credit, if two { weights::LINK.0 } else { weights::LINK.1 });
            let coverage = dot(&self.weights, &one.credit);
            one.score += coverage - one.coverage;
            one.coverage = coverage;
        }
        self.bridges = Some(bridges);
    }
}

fn words_of(reader: &Reader, text: &str, bytes: &std::ops::Range<usize>) -> Vec<Word> {
    let mut words = reader.words(&text[bytes.clone()]);
    for word in &mut words {
        word.from += bytes.start;
        word.to += bytes.start;
    }
    words
}

fn hits(asked: &Asked, words: &[Word]) -> Vec<(usize, usize, f64)> {
    let hit =
        |(at, word): (usize, &Word)| asked.matches.get(&word.stem).map(|&(term, share)| (at, term, share));
    words.iter().enumerate().filter_map(hit).collect()
}

fn shares(terms: usize, hits: impl Iterator<Item = (usize, usize, f64)>) -> Vec<f64> {
    let mut shares = vec![0.0_f64; terms];
    for (_, term, share) in hits {
        shares[term] = shares[term].max(share);
    }
    shares
}

/// How much of each term a text holds.
pub(super) fn text_shares(asked: &Asked, reader: &Reader, text: &str) -> Vec<f64> {
    shares(asked.terms.len(), hits(asked, &reader.words(text)).into_iter())
}

/// Raises shares to those of another, times a factor.
pub(super) fn raise(credit: &mut [f64], shares: &[f64], factor: f64) {
    for (credit, share) in credit.iter_mut().zip(shares) {
        *credit = credit.max(share * factor);
    }
}

pub(super) fn dot(weights: &[f64], credit: &[f64]) -> f64 {
    weights.iter().zip(credit).map(|(weight, share)| weight * share).sum()
}

/// What stands over a passage: title, headings, and the path of its document.
fn above(passage: &Passage) -> String {
    let mut above = passage.breadcrumb.join("\n");
    above.push('\n');
    above.push_str(&passage.document.to_string());
    above
}

/// Rarity over the statements (Robertson's idf with 1 added), times the weight in the question; sums to 1.
fn weights(asked: &Asked, evidence: &[Evidence]) -> Vec<f64> {
    let mut counts = vec![0_u32; asked.terms.len()];
    for one in evidence {
        let held: BTreeSet<usize> = one.hits.iter().map(|(_, term, _)| *term).collect();
        held.into_iter().for_each(|term| counts[term] += 1);
    }
    let all = evidence.len() as f64;
    let idf = |count: u32| libm::log(1.0 + (all - f64::from(count) + 0.5) / (f64::from(count) + 0.5));
    let raw: Vec<f64> = asked
        .terms
        .iter()
        .zip(&counts)
        .map(|(term, &count)| {
            term.weight * (if term.nested { weights::NESTED } else { 1.0 }) * (weights::COMMON + idf(count))
        })
        .collect();
    let sum: f64 = raw.iter().sum();
    raw.into_iter().map(|weight| if sum > 0.0 { weight / sum } else { 0.0 }).collect()
}

/// The weight of terms that follow one another in the question and, within three words, in the statement.
fn in_order(hits: &[(usize, usize, f64)], weights: &[f64], terms: usize) -> f64 {
    let mut together = vec![false; terms];
    for pair in hits.windows(2) {
        let ((a, first, _), (b, second, _)) = (pair[0], pair[1]);
        if second == first + 1 && b - a <= 3 {
            together[first] = true;
            together[second] = true;
        }
    }
    weights.iter().zip(together).filter(|(_, together)| *together).map(|(weight, _)| weight).sum()
}
