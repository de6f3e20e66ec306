//! An HNSW graph over the quantised vectors of one segment (Malkov and Yashunin, arXiv:1603.09320).
//!
//! `hnsw_rs` builds it, with serial insertion in the order of the ids, which is deterministic. Its neighbour lists
//! are then taken out, completed and pruned, and written in a format of our own; a search walks our file, and
//! `hnsw_rs` never reads a byte from disk.
//!
//! The file is a row of `u32`, little endian: entry point, number of layers, for each layer the number of nodes and of
//! links; then for each layer its nodes (ascending), where each node's links begin and where the last end (nodes + 1
//! numbers), and the links. Layer 0 has a list for every chunk. The last layer is no layer: it links the first of each set
//! of identical vectors, which alone is in the graph, to the others.

mod build;
mod file;
mod walk;

pub(crate) use build::build;
pub(crate) use file::Graph;

use crate::dense::GRAPH_FROM;

/// Links of a node above layer 0; layer 0 has twice as many.
const LINKS: usize = 16;
/// Width of the search for neighbours while building.
const BUILD_WIDTH: usize = 200;

/// Whether a segment gets an HNSW graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GraphRule {
    /// Never.
    #[default]
    Never,
    /// When the segment has more than 1,000,000 chunks: up to there a scan takes a few milliseconds, misses nothing, and a
    /// graph would take hours to build (`benches/runs`).
    Auto,
    /// Always.
    Always,
}

impl GraphRule {
    pub(crate) fn wants(self, chunks: usize) -> bool {
        match self {
            Self::Never => false,
            Self::Auto => chunks > GRAPH_FROM,
            Self::Always => chunks > 0,
        }
    }
}
