use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::Graph;
use crate::IndexError;
use crate::bits::Bits;
use crate::dense::quantised;
use crate::mask::MaskPart;
use crate::vectors::{Quantised, Vectors};

/// A node and its similarity to the query; greater is nearer, the lower number first among equals.
#[derive(Clone, Copy, PartialEq)]
struct Near(f32, u32);

impl Eq for Near {}

impl Ord for Near {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0).then(other.1.cmp(&self.1))
    }
}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Graph {
    /// Numbers of permitted chunks with up to `width` distinct vectors near the query, found by walking towards it.
    ///
    /// Chunks that are not permitted are walked over but not returned, so that a mask widens the walk.
    pub(crate) fn walk(
        &self,
        vectors: &Vectors,
        probe: &Quantised,
        width: usize,
        mask: &MaskPart,
    ) -> Result<Vec<u32>, IndexError> {
        let scales = vectors.scales()?;
        let score =
            |node: u32| quantised(vectors, scales, node as usize, probe).map(|score| Near(score, node));
        let mut best = score(self.entry)?;
        for layer in (1..self.layers()).rev() {
            loop {
                let before = best;
                for node in self.near(layer, before.1)? {
                    best = best.max(score(*node)?);
                }
                if best == before {
                    break;
                }
            }
        }
        let mut seen = Bits::new(scales.len());
        let mut open = BinaryHeap::from([best]);
        let mut found: BinaryHeap<Reverse<Near>> = BinaryHeap::new();
        seen.set(best.1 as usize);
        // A node counts when a chunk with its vector is permitted.
        let counts = |node: u32| -> Result<bool, IndexError> {
            Ok(mask.admits(node as usize) || self.twins(node)?.iter().any(|twin| mask.admits(*twin as usize)))
        };
        if counts(best.1)? {
            found.push(Reverse(best));
        }
        while let Some(next) = open.pop() {
            let worst = found.peek().map(|worst| worst.0);
            if found.len() >= width && worst.is_some_and(|worst| next < worst) {
                break;
            }
            for node in self.near(0, next.1)? {
                if seen.get(*node as usize) {
                    continue;
                }
                seen.set(*node as usize);
                let near = score(*node)?;
                let worst = found.peek().map(|worst| worst.0);
                if found.len() < width || worst.is_some_and(|worst| near > worst) {
                    open.push(near);
                    if counts(*node)? {
                        found.push(Reverse(near));
                        if found.len() > width {
                            found.pop();
                        }
                    }
                }
            }
        }
        let mut chunks = Vec::with_capacity(found.len());
        for Reverse(Near(_, node)) in found {
            chunks.push(node);
            chunks.extend_from_slice(self.twins(node)?);
        }
        chunks.retain(|chunk| mask.admits(*chunk as usize));
        chunks.sort_unstable();
        Ok(chunks)
    }
}
