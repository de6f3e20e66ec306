use std::path::Path;

use hnsw_rs::anndists::dist::Distance;
use hnsw_rs::hnsw::Hnsw;
use rayon::prelude::*;

use super::{BUILD_WIDTH, LINKS};
use crate::IndexError;
use crate::layout::{QUANTISED_FILE, SCALES_FILE};
use crate::mmap::Mapped;
use crate::simd;
use crate::vectors::Shape;

/// Layers that `hnsw_rs` may use; it asserts on more.
const LAYERS: usize = 16;

/// Quantised vectors by number, so that the library stores numbers and not copies of vectors.
struct Rows<'a> {
    bytes: &'a [i8],
    scales: &'a [f32],
    stride: usize,
}

impl Rows<'_> {
    /// 1 minus the cosine, at least 0 (the library asserts it); 2 for a number that does not exist.
    fn distance(&self, a: u32, b: u32) -> f32 {
        let row = |at: u32| {
            let at = at as usize;
            Some((self.bytes.get(at * self.stride..(at + 1) * self.stride)?, *self.scales.get(at)?))
        };
        let (Some((x, by_x)), Some((y, by_y))) = (row(a), row(b)) else { return 2.0 };
        (1.0 - simd::dot_i8(x, y) as f32 * by_x * by_y).max(0.0)
    }
}

impl Distance<u32> for Rows<'_> {
    fn eval(&self, a: &[u32], b: &[u32]) -> f32 {
        match (a.first(), b.first()) {
            (Some(a), Some(b)) => self.distance(*a, *b),
            _ => 2.0,
        }
    }
}

/// Builds the graph of the vectors in a folder; gives the bytes of its file.
pub(crate) fn build(dir: &Path, dimensions: usize, count: usize) -> Result<Vec<u8>, IndexError> {
    let (bytes, scales) = (Mapped::open(&dir.join(QUANTISED_FILE))?, Mapped::open(&dir.join(SCALES_FILE))?);
    let rows = Rows {
        bytes: bytemuck::cast_slice(&bytes),
        scales: bytemuck::try_cast_slice(&scales)
            .map_err(|_| IndexError::damaged(SCALES_FILE, "it is not aligned"))?,
        stride: Shape::of(dimensions).stride,
    };
    let twins = twins(&rows, count);
    let mut layers = links(&rows, count, &twins);
    for (layer, nodes) in layers.iter_mut().enumerate() {
        complete(&rows, nodes, if layer == 0 { 2 * LINKS } else { LINKS });
    }
    Ok(write(count, &layers, &twins))
}

/// The first of each set of identical vectors with the others. Only the first enters the graph: a crowd of identical
/// vectors links only to itself and hides everything behind it.
fn twins(rows: &Rows<'_>, count: usize) -> Vec<Node> {
    let row = |at: u32| {
        let at = at as usize;
        (
            rows.bytes.get(at * rows.stride..(at + 1) * rows.stride),
            rows.scales.get(at).map(|scale| scale.to_bits()),
        )
    };
    let mut order: Vec<u32> = (0..count as u32).collect();
    order.sort_by(|a, b| row(*a).cmp(&row(*b)));
    let mut twins: Vec<Node> = order
        .chunk_by(|a, b| row(*a) == row(*b))
        .filter_map(|same| same.split_first())
        .filter(|(_, others)| !others.is_empty())
        .map(|(first, others)| (*first, others.to_vec()))
        .collect();
    twins.sort_unstable();
    twins
}

/// A node and its neighbours.
type Node = (u32, Vec<u32>);

/// Inserts every distinct vector and takes the neighbour lists out, by layer and node.
fn links(rows: &Rows<'_>, count: usize, twins: &[Node]) -> Vec<Vec<Node>> {
    let mut left_out = vec![false; count];
    for other in twins.iter().flat_map(|(_, others)| others) {
        left_out[*other as usize] = true;
    }
    let distance = Rows { bytes: rows.bytes, scales: rows.scales, stride: rows.stride };
    let graph: Hnsw<'_, u32, Rows<'_>> = Hnsw::new(LINKS, count.max(1), LAYERS, BUILD_WIDTH, distance);
    for at in (0..count).filter(|at| !left_out[*at]) {
        graph.insert_slice((&[at as u32], at));
    }
    let points = graph.get_point_indexation();
    let mut layers: Vec<Vec<Node>> = vec![Vec::new(); LAYERS];
    for level in 0..LAYERS {
        for point in points.get_layer_iterator(level) {
            let node = point.get_origin_id() as u32;
            // A point stands in its own layer and all below; lists above its layer are leftovers of its insertion.
            for (layer, neighbours) in point.get_neighborhood_id().into_iter().enumerate().take(level + 1) {
                layers[layer].push((node, neighbours.iter().map(|near| near.d_id as u32).collect()));
            }
        }
    }
    while layers.len() > 1 && layers.last().is_some_and(Vec::is_empty) {
        layers.pop();
    }
    layers.iter_mut().for_each(|nodes| nodes.sort_unstable_by_key(|node| node.0));
    layers
}

/// Adds the way back to every link, then prunes each list to `most` by the paper's heuristic (algorithm 4, keeping
/// pruned ones while there is room).
///
/// The library drops the farthest link of a full list, which cuts clusters off from one another; this gives the links
/// back and chooses among them for direction as well as nearness.
fn complete(rows: &Rows<'_>, nodes: &mut [Node], most: usize) {
    let position = |nodes: &[Node], node: u32| nodes.binary_search_by_key(&node, |known| known.0).ok();
    let mut back: Vec<Vec<u32>> = vec![Vec::new(); nodes.len()];
    for (node, near) in nodes.iter() {
        for other in near {
            if let Some(at) = position(nodes, *other) {
                back[at].push(*node);
            }
        }
    }
    nodes.par_iter_mut().zip(back).for_each(|((node, near), mut back)| {
        near.append(&mut back);
        near.sort_unstable();
        near.dedup();
        near.retain(|other| other != node);
        *near = prune(rows, *node, near, most);
    });
}

fn prune(rows: &Rows<'_>, node: u32, near: &[u32], most: usize) -> Vec<u32> {
    let mut candidates: Vec<(f32, u32)> =
        near.iter().map(|other| (rows.distance(node, *other), *other)).collect();
    candidates.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    if candidates.len() <= most {
        return candidates.into_iter().map(|candidate| candidate.1).collect();
    }
    let (mut kept, mut rest) = (Vec::with_capacity(most), Vec::new());
    for (distance, other) in candidates {
        if kept.len() == most {
            break;
        }
        if kept.iter().all(|known| rows.distance(*known, other) > distance) {
            kept.push(other);
        } else {
            rest.push(other);
        }
    }
    kept.extend(rest.into_iter().take(most - kept.len()));
    kept
}

fn write(count: usize, layers: &[Vec<Node>], twins: &[Node]) -> Vec<u8> {
    let entry = layers.last().and_then(|nodes| nodes.first()).map_or(0, |node| node.0);
    let mut layers: Vec<Vec<Node>> = layers.to_vec();
    layers.push(twins.to_vec());
    if let Some(bottom) = layers.first_mut() {
        // A list for every chunk, so that the bottom layer needs no search for a node's list.
        let mut full: Vec<Node> = (0..count as u32).map(|node| (node, Vec::new())).collect();
        for (node, near) in bottom.drain(..) {
            full[node as usize].1 = near;
        }
        *bottom = full;
    }
    let mut words = vec![entry, layers.len() as u32];
    for nodes in &layers {
        words.push(nodes.len() as u32);
        words.push(nodes.iter().map(|node| node.1.len() as u32).sum());
    }
    for nodes in &layers {
        words.extend(nodes.iter().map(|node| node.0));
        let mut at = 0;
        words.push(at);
        for (_, near) in nodes {
            at += near.len() as u32;
            words.push(at);
        }
        words.extend(nodes.iter().flat_map(|node| &node.1));
    }
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
