//! BM25 over exactly the permitted chunks.
//!
//! Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), in Lucene's form:
//! `sum over query terms of times * idf * tf / (tf + k1 (1 - b + b length / average))` with
//! `idf = ln(1 + (N - n + 0.5) / (n + 0.5))`. N, the average length and n, the chunks that hold the term in their own
//! language's form, are those of the permitted chunks of all segments together. They are computed in 64 bits;
//! contributions are added in 32 bits in the order of the query, so that a chunk's score is the same bits wherever
//! the chunk stands.

use rayon::prelude::*;

use crate::IndexError;
use crate::index::{ChunkRef, Index, Part};
use crate::mask::Masked;
use crate::postings::Found;
use crate::query::Query;
use crate::scan::PARALLEL_FROM;
use crate::simd;
use crate::terms::QueryTerms;

/// Distinct terms that are scored: those with the highest idf. A longer query is a document, of which these say enough.
pub(crate) const MOST_SCORED: usize = 256;

/// Lengths for which the normalisation is tabulated.
const TABULATED: usize = 4_096;

pub(crate) struct Scored {
    pub(crate) bound: f32,
    pub(crate) terms: usize,
    pub(crate) left_out: usize,
}

/// A query term found in segments.
struct Weighted<'a> {
    idf: f64,
    weight: f32,
    found: Vec<(usize, Found<'a>)>,
}

/// Fills `scores` with the score of every chunk of the index; those of chunks that are not permitted mean nothing.
pub(crate) fn score(index: &Index, query: &Query<'_>, scores: &mut Vec<f32>) -> Result<Scored, IndexError> {
    scores.clear();
    let mask = query.mask.inner();
    let terms = QueryTerms::of(index, mask, query.text);
    let mut weighted = Vec::with_capacity(terms.terms.len());
    for term in &terms.terms {
        let found = find(index, &terms.fields, &term.by_field)?;
        let frequency = frequency(mask, &found)?;
        // A term that no chunk holds only raises the bound; it weighs as one that a single chunk holds. By the formula it
        // would outweigh every other, and in a small corpus nothing would seem to match.
        let idf = idf(mask.chunks as f64, frequency.max(1) as f64);
        weighted.push(Weighted { idf, weight: (f64::from(term.times) * idf) as f32, found });
    }
    let left_out = terms.left_out + weighted.len().saturating_sub(MOST_SCORED);
    keep_rarest(&mut weighted);
    let bound = weighted.iter().fold(0.0_f32, |bound, term| bound + term.weight);
    if weighted.is_empty() {
        return Ok(Scored { bound, terms: 0, left_out });
    }
    scores.resize(index.total(), 0.0);
    let norms = Norms::new(query.k1, query.b, mask);
    let mut rest = scores.as_mut_slice();
    let mut parts = Vec::with_capacity(index.parts().len());
    for part in index.parts() {
        let (own, later) = rest.split_at_mut(rest.len().min(part.segment.chunks()));
        rest = later;
        parts.push((part, own));
    }
    // Segments are scored apart, each term by term in the order of the query.
    let one = |(number, (part, scores)): (usize, (&Part, &mut [f32]))| -> Result<(), IndexError> {
        let lengths = part.segment.table.terms()?;
        for term in &weighted {
            for (_, found) in term.found.iter().filter(|(at, _)| *at == number) {
                accumulate(found, term.weight, &norms, lengths, scores)?;
            }
        }
        Ok(())
    };
    if index.total() > PARALLEL_FROM {
        parts.into_par_iter().enumerate().try_for_each(one)?;
    } else {
        parts.into_iter().enumerate().try_for_each(one)?;
    }
    Ok(Scored { bound, terms: weighted.len(), left_out })
}

fn accumulate(
    found: &Found<'_>,
    weight: f32,
    norms: &Norms,
    lengths: &[u32],
    scores: &mut [f32],
) -> Result<(), IndexError> {
    found.each(|chunk, frequency| {
        let at = chunk as usize;
        if let (Some(score), Some(length)) = (scores.get_mut(at), lengths.get(at)) {
            let frequency = frequency as f32;
            *score += weight * (frequency / (frequency + norms.of(*length)));
        }
    })
}

fn find<'a>(
    index: &'a Index,
    fields: &[String],
    by_field: &[Option<String>],
) -> Result<Vec<(usize, Found<'a>)>, IndexError> {
    let mut all = Vec::new();
    for (number, part) in index.parts().iter().enumerate() {
        for (field, term) in fields.iter().zip(by_field) {
            let Some(term) = term else { continue };
            if let Some(found) = part.segment.postings.find(field, term)? {
                all.push((number, found));
            }
        }
    }
    Ok(all)
}

/// Permitted chunks that hold the term.
fn frequency(mask: &Masked, found: &[(usize, Found<'_>)]) -> Result<u64, IndexError> {
    let mut frequency = 0_u64;
    for (number, found) in found {
        match mask.parts.get(*number).map(|part| &part.bits) {
            Some(None) => frequency += u64::from(found.frequency()),
            Some(Some(bits)) => found.each_chunk(|chunk| frequency += u64::from(bits.get(chunk as usize)))?,
            None => {}
        }
    }
    Ok(frequency)
}

fn idf(chunks: f64, frequency: f64) -> f64 {
    libm::log(1.0 + (chunks - frequency + 0.5) / (frequency + 0.5))
}

/// Keeps the terms with the highest idf, earlier ones first among equals, in the order of the query.
fn keep_rarest(weighted: &mut Vec<Weighted<'_>>) {
    if weighted.len() <= MOST_SCORED {
        return;
    }
    let mut order: Vec<usize> = (0..weighted.len()).collect();
    order.sort_by(|a, b| weighted[*b].idf.total_cmp(&weighted[*a].idf).then(a.cmp(b)));
    let mut keep = vec![false; weighted.len()];
    for at in order.into_iter().take(MOST_SCORED) {
        keep[at] = true;
    }
    let mut keep = keep.into_iter();
    weighted.retain(|_| keep.next() == Some(true));
}

/// `k1 (1 - b + b length / average)` by length.
struct Norms {
    k1: f64,
    b: f64,
    average: f64,
    table: Vec<f32>,
}

impl Norms {
    fn new(k1: f64, b: f64, mask: &Masked) -> Self {
        let average = if mask.terms == 0 { 1.0 } else { mask.terms as f64 / mask.chunks as f64 };
        let mut norms = Self { k1, b, average, table: Vec::new() };
        norms.table = (0..TABULATED as u32).map(|length| norms.compute(length)).collect();
        norms
    }

    fn compute(&self, length: u32) -> f32 {
        (self.k1 * (1.0 - self.b + self.b * (f64::from(length) / self.average))) as f32
    }

    #[inline]
    fn of(&self, length: u32) -> f32 {
        self.table.get(length as usize).copied().unwrap_or_else(|| self.compute(length))
    }
}

/// The score of one chunk.
pub(crate) fn of(index: &Index, at: ChunkRef, scores: &[f32]) -> f32 {
    let offset = index.parts().get(at.segment as usize).map_or(0, |part| part.offset);
    scores.get(offset + at.ordinal as usize).copied().unwrap_or(0.0)
}

/// The best permitted chunks with a score above 0.
pub(crate) fn top(
    index: &Index,
    query: &Query<'_>,
    scores: &[f32],
) -> Result<Vec<(f32, ChunkRef)>, IndexError> {
    let count = query.candidates.min(query.mask.chunks());
    let mut all = Vec::new();
    if count == 0 {
        return Ok(all);
    }
    for ((part, mask), segment) in index.parts().iter().zip(&query.mask.inner().parts).zip(0_u32..) {
        let Some(scores) = scores.get(part.offset..part.offset + part.segment.chunks()) else { continue };
        let mut best: Vec<(f32, u32)> = Vec::with_capacity(2 * count);
        // Room for twice as many, and for more where many are equal to the last: which of those come first, their ids say,
        // and those are looked up in the end.
        let mut room = 2 * count;
        let mut floor = LEAST;
        simd::from(scores, &mut floor, &mut |at, score, floor| {
            if !mask.admits(at as usize) {
                return;
            }
            best.push((score, at));
            if best.len() >= room {
                best.select_nth_unstable_by(count - 1, |a, b| b.0.total_cmp(&a.0));
                *floor = best.get(count - 1).map_or(LEAST, |last| last.0);
                best.retain(|scored| scored.0 >= *floor);
                room = 2 * best.len().max(count);
            }
        });
        all.extend(best.into_iter().map(|(score, ordinal)| (score, ChunkRef { segment, ordinal })));
    }
    index.best(all, count)
}

/// The least number above 0.
const LEAST: f32 = f32::from_bits(1);
