use std::cell::RefCell;
use std::time::Instant;

use haversack_model::{ChunkId, VectorSearch};

use crate::index::{ChunkRef, Index};
use crate::mask::Mask;
use crate::{IndexError, dense, lexical};

/// What to look for.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// Text for the lexical search; may be empty.
    pub text: &'a str,
    /// Unit vector for the dense search; none leaves it out.
    pub vector: Option<&'a [f32]>,
    /// The chunks that may be found.
    pub mask: &'a Mask,
    /// Chunks taken from each of the two rankings.
    pub candidates: usize,
    /// BM25 term saturation, in [0, 10].
    pub k1: f64,
    /// BM25 length normalisation, in [0, 1].
    pub b: f64,
    /// How vectors are searched.
    pub search: VectorSearch,
    /// Width of a graph walk; at least `candidates` are kept.
    pub ef: usize,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Retrieved {
    /// The best of both rankings, by chunk id.
    pub hits: Vec<Hit>,
    /// The lexical score that no chunk can exceed: the sum of the weights of all query terms.
    pub lexical_bound: f32,
    /// Distinct query terms that were scored; 0 when the query has no word but stop words.
    pub terms: usize,
    /// Distinct query terms left out because the query has more than are scored.
    pub terms_left_out: usize,
    /// Microseconds of the lexical search.
    pub lexical_micros: u64,
    /// Microseconds of the dense search.
    pub dense_micros: u64,
}

/// A chunk in the head of at least one of the two rankings, with its scores in both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Where it stands.
    pub at: ChunkRef,
    /// Its id.
    pub id: ChunkId,
    /// BM25; 0 when no term matches, none when the query has no terms.
    pub lexical: Option<f32>,
    /// Dot product with the query's vector; none without one.
    pub dense: Option<f32>,
    /// Place in the head of the lexical ranking, from 1.
    pub lexical_rank: Option<u32>,
    /// Place in the head of the dense ranking, from 1.
    pub dense_rank: Option<u32>,
}

/// Buffers that a thread keeps from one search to the next.
#[derive(Default)]
pub(crate) struct Scratch {
    /// Lexical score of each chunk of the index.
    pub(crate) scores: Vec<f32>,
    /// Hamming distance of each chunk of the index.
    pub(crate) distances: Vec<u16>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Index {
    /// Finds the best chunks by both rankings.
    ///
    /// # Errors
    /// When the mask is another index's, a parameter is out of range, the vector does not fit, or bytes are damaged.
    pub fn search(&self, query: &Query<'_>) -> Result<Retrieved, IndexError> {
        if query.mask.inner().stamp != self.stamp() {
            return Err(IndexError::ForeignMask);
        }
        let (k1, b) = (query.k1, query.b);
        if !((0.0..=10.0).contains(&k1) && (0.0..=1.0).contains(&b)) {
            return Err(IndexError::Parameters { k1, b });
        }
        SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
            Ok(mut scratch) => self.search_with(query, &mut scratch),
            Err(_) => self.search_with(query, &mut Scratch::default()),
        })
    }

    fn search_with(&self, query: &Query<'_>, scratch: &mut Scratch) -> Result<Retrieved, IndexError> {
        let start = Instant::now();
        let scored = lexical::score(self, query, &mut scratch.scores)?;
        let lexical_top =
            if scored.terms > 0 { lexical::top(self, query, &scratch.scores)? } else { Vec::new() };
        let lexical_micros = start.elapsed().as_micros() as u64;

        let start = Instant::now();
        let probe = dense::probe(self, query)?;
        let dense_top = match &probe {
            Some(probe) => dense::top(self, query, probe, &mut scratch.distances)?,
            None => Vec::new(),
        };
        let mut found: Vec<Hit> = Vec::with_capacity(lexical_top.len() + dense_top.len());
        let hit = |at: ChunkRef| -> Result<Hit, IndexError> {
            let id = self.chunk_id(at)?;
            Ok(Hit { at, id, lexical: None, dense: None, lexical_rank: None, dense_rank: None })
        };
        for ((_, at), rank) in lexical_top.into_iter().zip(1..) {
            found.push(Hit { lexical_rank: Some(rank), ..hit(at)? });
        }
        for ((score, at), rank) in dense_top.into_iter().zip(1..) {
            found.push(Hit { dense: Some(score), dense_rank: Some(rank), ..hit(at)? });
        }
        let mut hits = unite(found);
        for hit in &mut hits {
            if scored.terms > 0 {
                hit.lexical = Some(lexical::of(self, hit.at, &scratch.scores));
            }
            if let (Some(probe), None) = (&probe, hit.dense) {
                hit.dense = Some(dense::of(self, hit.at, probe)?);
            }
        }
        Ok(Retrieved {
            hits,
            lexical_bound: scored.bound,
            terms: scored.terms,
            terms_left_out: scored.left_out,
            lexical_micros,
            dense_micros: start.elapsed().as_micros() as u64,
        })
    }
}

/// One hit for each chunk, by id.
fn unite(mut found: Vec<Hit>) -> Vec<Hit> {
    found.sort_unstable_by_key(|hit| (hit.id, hit.at));
    let mut hits: Vec<Hit> = Vec::with_capacity(found.len());
    for hit in found {
        match hits.last_mut() {
            Some(last) if last.at == hit.at => {
                last.dense = last.dense.or(hit.dense);
                last.lexical_rank = last.lexical_rank.or(hit.lexical_rank);
                last.dense_rank = last.dense_rank.or(hit.dense_rank);
            }
            _ => hits.push(hit),
        }
    }
    hits
}
