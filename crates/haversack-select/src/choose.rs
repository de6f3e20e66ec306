use std::cell::OnceCell;
use std::collections::HashMap;

use haversack_model::{Candidate, DocumentId, Packing};

use crate::cost::Costs;
use crate::options::PackOptions;
use crate::passages::touch;
use crate::ranking::{relevance, score};
use crate::shingle::{ShingleIndex, Shingles};

/// What a round of choice makes of a candidate. Candidates are named by their place in the ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fate {
    Kept,
    BelowThreshold { floor: f32 },
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
    /// Candidates of lower relevance are dropped.
    floor: f32,
    value: Vec<f64>,
    by_value: Vec<usize>,
    /// The number of each candidate's document.
    document: Vec<usize>,
    pub(crate) costs: Costs<'a>,
    shingles: Vec<OnceCell<Shingles>>,
}

/// The state of one round: what is kept, by document and by text.
struct Round {
    choice: Choice,
    documents: Vec<Vec<usize>>,
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
            floor: floor(ranking, options.packing),
            value,
            by_value,
            document: documents(ranking),
            costs: Costs::new(ranking, options),
            shingles: vec![OnceCell::new(); ranking.len()],
        }
    }

    /// Goes through the candidates by value and keeps what fits into `limit` tokens by estimate, passing over what does
    /// not for smaller ones after it.
    pub(crate) fn choose(&self, limit: usize) -> Choice {
        let choice = Choice {
            fates: vec![Fate::OverBudget; self.ranking.len()],
            kept: Vec::new(),
            estimate: self.costs.frame(),
        };
        let documents = vec![Vec::new(); self.document.iter().max().map_or(0, |n| n + 1)];
        let mut round = Round { choice, documents, texts: ShingleIndex::default() };
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
    fn consider(&self, round: &mut Round, i: usize, limit: usize) -> bool {
        let fate = self.fate(round, i, limit);
        round.choice.fates[i] = fate;
        if fate != Fate::Kept {
            return false;
        }
        round.choice.estimate = self.cost_with(round, i);
        round.choice.kept.push(i);
        round.documents[self.document[i]].push(i);
        round.texts.add(self.shingles(i));
        true
    }

    fn fate(&self, round: &Round, i: usize, limit: usize) -> Fate {
        let packing = self.options.packing;
        if self.floor > 0.0 && relevance(&self.ranking[i]).is_none_or(|relevance| relevance < self.floor) {
            return Fate::BelowThreshold { floor: self.floor };
        }
        let siblings = self.siblings(round, i);
        if packing.max_per_document > 0 && siblings.len() >= packing.max_per_document {
            return Fate::DocumentLimit;
        }
        // A chunk between two kept ones saves a header, so it is never passed over uncounted.
        let joins = siblings.iter().filter(|j| self.joins(**j, i)).count();
        if joins < 2 && round.choice.estimate.saturating_add(self.costs.least(i, joins == 0)) > limit {
            return Fate::OverBudget;
        }
        if self.cost_with(round, i) > limit {
            return Fate::OverBudget;
        }
        self.duplicate(round, i).unwrap_or(Fate::Kept)
    }

    fn duplicate(&self, round: &Round, i: usize) -> Option<Fate> {
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
    fn cost_with(&self, round: &Round, i: usize) -> usize {
        let joins = self.siblings(round, i).iter().filter(|j| self.joins(**j, i)).count();
        let cost = round.choice.estimate.saturating_add(self.costs.body(i));
        match joins {
            0 => cost.saturating_add(self.costs.header(i)),
            1 => cost,
            // Never below what one more token makes: a round must cost more with every candidate.
            _ => (cost.saturating_sub(self.costs.header(i))).max(round.choice.estimate.saturating_add(1)),
        }
    }

    fn joins(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.ranking[a], &self.ranking[b]);
        self.options.packing.merge && (touch(a, b) || touch(b, a))
    }

    fn siblings<'r>(&self, round: &'r Round, i: usize) -> &'r [usize] {
        &round.documents[self.document[i]]
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
    fn choose_diverse(&self, round: &mut Round, limit: usize) {
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

/// Numbers the documents of the candidates.
fn documents(ranking: &[Candidate]) -> Vec<usize> {
    let mut numbers: HashMap<&DocumentId, usize> = HashMap::new();
    let mut of = Vec::with_capacity(ranking.len());
    for candidate in ranking {
        let next = numbers.len();
        of.push(*numbers.entry(&candidate.chunk.document).or_insert(next));
    }
    of
}

/// A dot product in eight lanes: a fixed order of sums that compilers turn into vector instructions.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a.zip(b) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest
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

/// The floor under the candidates of a ranking: that for the best of them where none reaches it, else that for each.
/// As f32, like relevance: a relevance of 0.7f32 is not under a floor of 0.7.
fn floor(ranking: &[Candidate], packing: &Packing) -> f32 {
    let (each, best) = (packing.min_score as f32, packing.min_best as f32);
    let reached = ranking.iter().filter_map(relevance).any(|relevance| relevance >= best);
    if reached { each } else { each.max(best) }
}
