//! The chunks nearest to a vector, by dot product of unit vectors.
//!
//! Three ways, one result: final scores are always full-precision dot products with one order of operations. The scan
//! narrows the chunks by sign bits, then by bytes, then takes full precision; what passes each step depends on the
//! permitted chunks alone, because every chunk that ties with the last one passes too.

use haversack_model::VectorSearch;
use rayon::prelude::*;

use crate::index::{ChunkRef, Index};
use crate::query::Query;
use crate::scan::{PARALLEL_FROM, by_signs};
use crate::simd;
use crate::vectors::{Quantised, Shape, Vectors};
use crate::{IndexError, VectorError};

/// Up to so many permitted chunks the scan is exact: it costs what a scan of bytes would.
const EXACT: usize = 1_024;
/// Up to so many permitted chunks the step by sign bits costs more than it saves.
const WITHOUT_SIGNS: usize = 20_000;
/// Chunks that pass the sign bits at least, and for each candidate.
const BY_SIGNS: (usize, usize) = (4_096, 16);
/// Chunks that pass the bytes at least, and for each candidate.
const BY_BYTES: (usize, usize) = (64, 2);
/// Chunks whose bytes are compared in one go.
const GROUP: usize = 512;
/// Above so many permitted chunks `auto` walks graphs where segments have them, unless a mask hides chunks. Below, a scan
/// is fast enough, finds everything, and does not depend on how chunks were divided into segments.
pub(crate) const GRAPH_FROM: usize = 1_000_000;
/// A graph is walked when the mask leaves at least one chunk of so many; below, walks lose recall and scans are cheap.
const WALKED: usize = 20;

/// The query's vector in the three precisions; none when the query has none.
pub(crate) fn probe(index: &Index, query: &Query<'_>) -> Result<Option<Quantised>, IndexError> {
    let Some(vector) = query.vector else { return Ok(None) };
    match index.dimensions() {
        Some(dimensions) => Ok(Some(Quantised::of(vector, Shape::of(dimensions))?)),
        None if index.parts().is_empty() => Ok(None),
        None => Err(VectorError::Unexpected.into()),
    }
}

/// The dot product of one chunk.
pub(crate) fn of(index: &Index, at: ChunkRef, probe: &Quantised) -> Result<f32, IndexError> {
    let part = index.parts().get(at.segment as usize);
    match part.and_then(|part| part.segment.vectors.as_ref()) {
        Some(vectors) => Ok(simd::dot(vectors.row(at.ordinal as usize)?, &probe.row)),
        None => Err(IndexError::NoChunk { segment: at.segment, ordinal: at.ordinal }),
    }
}

/// The best permitted chunks.
pub(crate) fn top(
    index: &Index,
    query: &Query<'_>,
    probe: &Quantised,
    distances: &mut Vec<u16>,
) -> Result<Vec<(f32, ChunkRef)>, IndexError> {
    let permitted = query.mask.chunks();
    let count = query.candidates.min(permitted);
    if count == 0 {
        return Ok(Vec::new());
    }
    // A graph knows hidden chunks: under a mask `auto` scans, so that they leave no trace.
    // A walk passes through hidden chunks, so what it finds could tell of them: under a mask everything is scanned.
    let open = query.mask.is_unrestricted();
    let everywhere = vec![true; index.parts().len()];
    let chosen = match query.search {
        VectorSearch::Exact => all(index, query, &everywhere),
        VectorSearch::Auto if open && permitted > GRAPH_FROM => walk(index, query, probe, count, distances)?,
        VectorSearch::Hnsw if open => walk(index, query, probe, count, distances)?,
        VectorSearch::Scan | VectorSearch::Auto | VectorSearch::Hnsw => {
            scan(index, query, probe, count, &everywhere, distances)?
        }
    };
    let mut scored = Vec::with_capacity(chosen.len());
    for at in chosen {
        scored.push((of(index, at, probe)?, at));
    }
    index.best(scored, count)
}

/// Walks the graphs; scans segments without one, those of which the mask leaves little, and those whose graph
/// gave too few.
fn walk(
    index: &Index,
    query: &Query<'_>,
    probe: &Quantised,
    count: usize,
    distances: &mut Vec<u16>,
) -> Result<Vec<ChunkRef>, IndexError> {
    let width = query.ef.max(count);
    let mut chosen = Vec::new();
    let mut scanned = vec![true; index.parts().len()];
    for ((number, part), mask) in index.parts().iter().enumerate().zip(&query.mask.inner().parts) {
        let (Some(graph), Some(vectors)) = (&part.segment.graph, &part.segment.vectors) else { continue };
        if mask.chunks * WALKED < part.segment.chunks() {
            continue;
        }
        let found = graph.walk(vectors, probe, width, mask)?;
        if found.len() >= count.min(mask.chunks) {
            scanned[number] = false;
            chosen.extend(found.into_iter().map(|ordinal| ChunkRef { segment: number as u32, ordinal }));
        }
    }
    if scanned.contains(&true) {
        chosen.extend(scan(index, query, probe, count, &scanned, distances)?);
    }
    Ok(chosen)
}

/// Every permitted chunk of some segments.
fn all(index: &Index, query: &Query<'_>, within: &[bool]) -> Vec<ChunkRef> {
    let mut all = Vec::with_capacity(query.mask.chunks());
    for (((part, mask), segment), within) in
        index.parts().iter().zip(&query.mask.inner().parts).zip(0_u32..).zip(within)
    {
        if !within {
            continue;
        }
        let refer = |at: usize| ChunkRef { segment, ordinal: at as u32 };
        match &mask.bits {
            None => all.extend((0..part.segment.chunks()).map(refer)),
            Some(bits) => all.extend(bits.ones().map(refer)),
        }
    }
    all
}

/// The chunks that are worth full precision.
fn scan(
    index: &Index,
    query: &Query<'_>,
    probe: &Quantised,
    count: usize,
    within: &[bool],
    distances: &mut Vec<u16>,
) -> Result<Vec<ChunkRef>, IndexError> {
    let parts = query.mask.inner().parts.iter().zip(within);
    let permitted: usize = parts.filter(|(_, within)| **within).map(|(part, _)| part.chunks).sum();
    let keep = BY_BYTES.0.saturating_add(count.saturating_mul(BY_BYTES.1));
    if permitted <= EXACT.max(keep) {
        return Ok(all(index, query, within));
    }
    let pass = BY_SIGNS.0.max(count.saturating_mul(BY_SIGNS.1));
    let chosen = if permitted <= WITHOUT_SIGNS.max(pass) {
        all(index, query, within)
    } else {
        by_signs(index, query, probe, pass, within, distances)?
    };
    by_bytes(index, &chosen, probe, keep)
}

/// The `keep` chunks with the greatest quantised dot product, and all that tie with the last.
fn by_bytes(
    index: &Index,
    chosen: &[ChunkRef],
    probe: &Quantised,
    keep: usize,
) -> Result<Vec<ChunkRef>, IndexError> {
    if chosen.len() <= keep {
        return Ok(chosen.to_vec());
    }
    let score = |group: &[ChunkRef]| -> Result<Vec<(f32, ChunkRef)>, IndexError> {
        let first = group.first().and_then(|at| index.parts().get(at.segment as usize));
        let Some(vectors) = first.and_then(|part| part.segment.vectors.as_ref()) else {
            return Ok(Vec::new());
        };
        let scales = vectors.scales()?;
        let one = |at: &ChunkRef| Ok((quantised(vectors, scales, at.ordinal as usize, probe)?, *at));
        group.iter().map(one).collect()
    };
    let groups: Vec<&[ChunkRef]> =
        chosen.chunk_by(|a, b| a.segment == b.segment).flat_map(|group| group.chunks(GROUP)).collect();
    let scored: Vec<Vec<(f32, ChunkRef)>> = if index.total() > PARALLEL_FROM {
        groups.into_par_iter().map(score).collect::<Result<_, _>>()?
    } else {
        groups.into_iter().map(score).collect::<Result<_, _>>()?
    };
    let scored: Vec<(f32, ChunkRef)> = scored.into_iter().flatten().collect();
    let mut order: Vec<f32> = scored.iter().map(|scored| scored.0).collect();
    let (_, floor, _) = order.select_nth_unstable_by(keep - 1, |a, b| b.total_cmp(a));
    Ok(scored.into_iter().filter(|(score, _)| *score >= *floor).map(|(_, at)| at).collect())
}

/// Quantised dot product, but for the query's factor, which changes no order.
#[inline]
pub(crate) fn quantised(
    vectors: &Vectors,
    scales: &[f32],
    at: usize,
    probe: &Quantised,
) -> Result<f32, IndexError> {
    let dot = simd::dot_i8(vectors.bytes(at)?, &probe.bytes);
    Ok(dot as f32 * scales.get(at).copied().unwrap_or(0.0))
}

/// Dot product of two vectors as a search computes it.
pub(crate) fn similarity(a: &[f32], b: &[f32]) -> f32 {
    let padded = |vector: &[f32]| {
        let mut row = vector.to_vec();
        row.resize(Shape::of(vector.len()).stride, 0.0);
        row
    };
    simd::dot(&padded(a), &padded(b))
}

/// A unit vector between two, nearer to the first; none when they cancel out.
pub(crate) fn between(a: &[f32], b: &[f32]) -> Option<Vec<f32>> {
    let mut between: Vec<f32> = a.iter().zip(b).map(|(a, b)| 0.7 * a + 0.3 * b).collect();
    let length = libm::sqrt(between.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>()) as f32;
    between.iter_mut().for_each(|x| *x /= length);
    (length > 0.05).then_some(between)
}
