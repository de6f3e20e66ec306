//! The first step of a scan: how many signs of each permitted chunk differ from the query's.
//!
//! Segments are cut into slices that are measured apart, on all cores when there are many chunks. Counts are whole
//! numbers and slices keep their order, so that the result is the same on any number of threads.

use std::sync::Arc;

use rayon::prelude::*;

use crate::IndexError;
use crate::bits::Bits;
use crate::index::{ChunkRef, Index};
use crate::query::Query;
use crate::simd;
use crate::vectors::Quantised;

/// Chunks of a slice; a multiple of 64, so that words of a mask belong to one slice.
const SLICE: usize = 32 << 10;
/// Where fewer than one chunk of so many is permitted, the others are passed over instead of being measured and hidden.
const SPARSE: usize = 12;
/// Above so many chunks slices are measured in parallel: below, waking threads costs more than it saves.
pub(crate) const PARALLEL_FROM: usize = 100_000;

/// Some chunks of one segment.
struct Slice<'a> {
    segment: u32,
    /// Number of the first chunk.
    first: usize,
    signs: &'a [u64],
    mask: Option<&'a Arc<Bits>>,
    /// Room for their distances.
    distances: &'a mut [u16],
    /// Permitted chunks by distance.
    counts: Vec<u32>,
}

impl Slice<'_> {
    fn measure(&mut self, probe: &[u64]) {
        self.counts.resize(probe.len() * 64 + 1, 0);
        match self.mask {
            None => simd::hamming(self.signs, probe, self.distances, &mut self.counts),
            Some(bits) => {
                let (from, rows) = (self.first / 64, self.distances.len());
                let members = bits.words().get(from..from + rows.div_ceil(64)).unwrap_or_default();
                let count: usize = members.iter().map(|word| word.count_ones() as usize).sum();
                if count * SPARSE < rows {
                    simd::hamming_some(members, self.signs, probe, self.distances, &mut self.counts);
                } else {
                    simd::hamming(self.signs, probe, self.distances, &mut []);
                    simd::hide(members, self.distances, &mut self.counts);
                }
            }
        }
    }
}

/// The `keep` chunks with the fewest differing signs, and all that tie with the last, by segment and ordinal.
pub(crate) fn by_signs(
    index: &Index,
    query: &Query<'_>,
    probe: &Quantised,
    keep: usize,
    within: &[bool],
    distances: &mut Vec<u16>,
) -> Result<Vec<ChunkRef>, IndexError> {
    distances.clear();
    distances.resize(index.total(), u16::MAX);
    let mut slices = slices(index, query, within, distances)?;
    if index.total() > PARALLEL_FROM {
        slices.par_iter_mut().for_each(|slice| slice.measure(&probe.signs));
    } else {
        slices.iter_mut().for_each(|slice| slice.measure(&probe.signs));
    }
    let mut counts = vec![0_usize; probe.signs.len() * 64 + 1];
    for slice in &slices {
        counts.iter_mut().zip(&slice.counts).for_each(|(sum, count)| *sum += *count as usize);
    }
    let mut passed = 0_usize;
    let cutoff = counts.iter().position(|count| {
        passed += count;
        passed >= keep
    });
    let cutoff = cutoff.unwrap_or(counts.len() - 1) as u16;
    let mut chosen = Vec::with_capacity(passed);
    let mut found = Vec::new();
    for slice in &slices {
        // A slice whose nearest chunk is farther is not looked through.
        let nearest = slice.counts.iter().position(|count| *count > 0).unwrap_or(usize::MAX);
        if nearest <= usize::from(cutoff) {
            found.clear();
            simd::at_most(slice.distances, cutoff, &mut found);
            let (segment, first) = (slice.segment, slice.first as u32);
            chosen.extend(found.iter().map(|at| ChunkRef { segment, ordinal: first + at }));
        }
    }
    Ok(chosen)
}

fn slices<'a>(
    index: &'a Index,
    query: &'a Query<'_>,
    within: &[bool],
    distances: &'a mut [u16],
) -> Result<Vec<Slice<'a>>, IndexError> {
    let mut rest = distances;
    let mut slices = Vec::new();
    for (((part, mask), within), segment) in
        index.parts().iter().zip(&query.mask.inner().parts).zip(within).zip(0_u32..)
    {
        let (own, later) = rest.split_at_mut(rest.len().min(part.segment.chunks()));
        rest = later;
        let Some(vectors) = part.segment.vectors.as_ref().filter(|_| *within && mask.chunks > 0) else {
            continue;
        };
        let signs = vectors.signs()?.chunks(SLICE * vectors.shape.words.max(1));
        for ((signs, distances), number) in signs.zip(own.chunks_mut(SLICE)).zip(0..) {
            let (first, mask) = (number * SLICE, mask.bits.as_ref());
            slices.push(Slice { segment, first, signs, mask, distances, counts: Vec::new() });
        }
    }
    Ok(slices)
}
