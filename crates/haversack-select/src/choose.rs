use std::cell::OnceCell;
use std::collections::HashMap;

use haversack_model::{Candidate, DocumentId, Passage};

use crate::options::PackOptions;
use crate::passages::{self, touch};
use crate::ranking::score;
use crate::render;
use crate::shingle::{ShingleIndex, Shingles};

/// What a round of choice makes of a candidate. Candidates are named by their place in the ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fate {
    Kept,
    BelowThreshold,
    DocumentLimit,
    Duplicate { of: usize, similarity: f32 },
    OverBudget,
}

/// A choice, and what it is estimated to cost.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) fates: Vec<Fate>,
    pub(crate) kept: Vec<usize>,
    pub(crate) estimate: usize,
}

/// Chooses among the candidates of one ranking; what is costly to know of one is found once, when it is needed.
pub(crate) struct Chooser<'a> {
    pub(crate) ranking: &'a [Candidate],
    pub(crate) options: &'a PackOptions<'a>,
    value: Vec<f64>,
    by_value: Vec<usize>,
    header: Vec<OnceCell<usize>>,
    body: Vec<OnceCell<usize>>,
    shingles: Vec<OnceCell<Shingles>>,
}

/// The state of one round.
struct Round<'a> {
    choice: Choice,
    documents: HashMap<&'a DocumentId, Vec<usize>>,
    texts: ShingleIndex,
}

impl<'a> Chooser<'a> {
    pub(crate) fn new(ranking: &'a [Candidate], options: &'a PackOptions<'a>) -> Self {
        let value = values(ranking, options.packing.length_penalty);
        let mut by_value: Vec<usize> = (0..ranking.len()).collect();
        by_value.sort_by(|a, b| value[*b].total_cmp(&value[*a]).then(a.cmp(b)));
        Self {
            ranking,
            options,
            value,
            by_value,
            header: vec![OnceCell::new(); ranking.len()],
            body: vec![OnceCell::new(); ranking.len()],
            shingles: vec![OnceCell::new(); ranking.len()],
        }
    }

    /// Goes through the candidates by value and keeps what fits into `limit` tokens by estimate, passing over what does
    /// not for smaller ones after it.
    pub(crate) fn choose(&self, limit: usize) -> Choice {
        let (open, _, close) = render::frame(self.options.format);
        let frame = self.options.counter.count(open) + self.options.counter.count(close);
        let choice =
            Choice { fates: vec![Fate::OverBudget; self.ranking.len()], kept: Vec::new(), estimate: frame };
        let mut round = Round { choice, documents: HashMap::new(), texts: ShingleIndex::default() };
        if self.options.packing.diversity > 0.0 {
            self.choose_diverse(&mut round, limit);
        } else {
            for i in &self.by_value {
                self.consider(&mut round, *i, limit);
            }
        }
        if round.choice.kept.is_empty() {
            round.choice.estimate = 0;
        }
        round.choice
    }

    /// Decides on one candidate; true when it is kept.
    fn consider(&self, round: &mut Round<'a>, i: usize, limit: usize) -> bool {
        let fate = self.fate(round, i, limit);
        round.choice.fates[i] = fate;
        if fate != Fate::Kept {
            return false;
        }
        round.choice.estimate = self.cost_with(round, i);
        round.choice.kept.push(i);
        round.documents.entry(&self.ranking[i].chunk.document).or_default().push(i);
        round.texts.add(self.shingles(i));
        true
    }

    fn fate(&self, round: &Round<'a>, i: usize, limit: usize) -> Fate {
        let packing = self.options.packing;
        // Both sides as f32: a score of 0.7f32 is not under a floor of 0.7.
        if packing.min_score > 0.0 && score(&self.ranking[i]).is_none_or(|s| s < packing.min_score as f32) {
            return Fate::BelowThreshold;
        }
        let siblings = self.siblings(round, i);
        if packing.max_per_document > 0 && siblings.len() >= packing.max_per_document {
            return Fate::DocumentLimit;
        }
        // The text alone is nearly the whole cost and is known; the header is counted only where it can matter. A
        // chunk between two kept ones saves a header, so it is never passed over unseen.
        let joins = siblings.iter().filter(|j| self.joins(**j, i)).count();
        if joins < 2 && round.choice.estimate + self.ranking[i].tokens.max(1) > limit {
            return Fate::OverBudget;
        }
        if self.cost_with(round, i) > limit {
            return Fate::OverBudget;
        }
        self.duplicate(round, i).unwrap_or(Fate::Kept)
    }

    fn duplicate(&self, round: &Round<'a>, i: usize) -> Option<Fate> {
        let span = self.ranking[i].chunk.span;
        let overlapping =
            self.siblings(round, i).iter().find(|j| self.ranking[**j].chunk.span.overlaps(&span));
        if let Some(of) = overlapping {
            let similarity = self.shingles(*of).jaccard(self.shingles(i));
            return Some(Fate::Duplicate { of: *of, similarity });
        }
        let (nearest, similarity) = round.texts.nearest(self.shingles(i))?;
        let near = similarity >= self.options.packing.near_duplicate as f32;
        near.then(|| Fate::Duplicate { of: round.choice.kept[nearest], similarity })
    }

    /// The estimate of the whole pack with one more candidate: its text, and a header unless it joins a passage.
    fn cost_with(&self, round: &Round<'a>, i: usize) -> usize {
        let joins = self.siblings(round, i).iter().filter(|j| self.joins(**j, i)).count();
        let cost = round.choice.estimate + self.body(i);
        match joins {
            0 => cost + self.header(i),
            1 => cost,
            // Never below what one more token makes: a round must cost more with every candidate.
            _ => (cost.saturating_sub(self.header(i))).max(round.choice.estimate + 1),
        }
    }

    fn joins(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.ranking[a], &self.ranking[b]);
        self.options.packing.merge && (touch(a, b) || touch(b, a))
    }

    fn siblings<'r>(&self, round: &'r Round<'a>, i: usize) -> &'r [usize] {
        round.documents.get(&self.ranking[i].chunk.document).map_or(&[], Vec::as_slice)
    }

    /// Tokens of a candidate's text as the format writes it; at least 1.
    pub(crate) fn body(&self, i: usize) -> usize {
        let candidate = &self.ranking[i];
        *self.body[i].get_or_init(|| match render::body(&candidate.chunk.text, self.options.format) {
            std::borrow::Cow::Borrowed(_) => candidate.tokens.max(1),
            std::borrow::Cow::Owned(text) => self.options.counter.count(&text).max(1),
        })
    }

    /// Tokens of what the format writes around a candidate's text.
    pub(crate) fn header(&self, i: usize) -> usize {
        *self.header[i].get_or_init(|| {
            let text = String::new();
            // The number is not known yet; most packs have fewer than a hundred passages.
            let empty = Passage { text, ..passages::passage(self.ranking, &[i]) };
            let mut out = String::new();
            render::write(&mut out, 10, &empty, self.options.format);
            out.push_str(render::frame(self.options.format).1);
            self.options.counter.count(&out)
        })
    }

    fn shingles(&self, i: usize) -> &Shingles {
        self.shingles[i].get_or_init(|| Shingles::of(&self.ranking[i].chunk.text))
    }

    /// What a candidate is worth to the choice, at least 0.
    pub(crate) fn value(&self, i: usize) -> f64 {
        self.value[i]
    }

    /// Maximal marginal relevance (Carbonell and Goldstein 1998): each time the candidate with the highest
    /// `(1 - d) * value - d * similarity to the nearest kept one`, values scaled to at most 1.
    fn choose_diverse(&self, round: &mut Round<'a>, limit: usize) {
        let weight = self.options.packing.diversity.min(1.0);
        let highest = self.value.iter().copied().fold(0.0, f64::max);
        let scale = if highest > 0.0 { 1.0 / highest } else { 0.0 };
        let mut nearest = vec![0.0_f64; self.ranking.len()];
        let mut open = self.by_value.clone();
        while !open.is_empty() {
            let worth = |i: usize| (1.0 - weight) * self.value[i] * scale - weight * nearest[i];
            let best = (0..open.len()).reduce(|a, b| if worth(open[b]) > worth(open[a]) { b } else { a });
            let Some(i) = best.map(|place| open.remove(place)) else { break };
            if self.consider(round, i, limit) {
                for j in &open {
                    nearest[*j] = nearest[*j].max(self.similarity(i, *j));
                }
            }
        }
    }

    /// Similarity of two candidates in [0, 1]: cosine of their vectors, or Jaccard of their shingles without vectors.
    fn similarity(&self, i: usize, j: usize) -> f64 {
        let (a, b) = (&self.ranking[i].vector, &self.ranking[j].vector);
        if a.is_empty() || a.len() != b.len() {
            return f64::from(self.shingles(i).jaccard(self.shingles(j)));
        }
        let dot = f64::from(dot(a, b));
        if dot.is_finite() { dot.clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// A dot product in eight lanes: a fixed order of sums that compilers turn into vector instructions.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    for (x, y) in a.chunks(8).zip(b.chunks(8)) {
        for (lane, (x, y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
            *lane += x * y;
        }
    }
    lanes.iter().sum()
}

/// Score over tokens^penalty. Scores may be negative (a reranker's): they are then counted from the lowest.
fn values(ranking: &[Candidate], penalty: f64) -> Vec<f64> {
    let lowest = ranking.iter().filter_map(score).fold(0.0_f32, f32::min);
    let value = |candidate: &Candidate| {
        let relevance = score(candidate).map_or(0.0, |score| f64::from(score) - f64::from(lowest));
        if penalty > 0.0 { relevance / libm::pow(candidate.tokens.max(1) as f64, penalty) } else { relevance }
    };
    ranking.iter().map(value).collect()
}
