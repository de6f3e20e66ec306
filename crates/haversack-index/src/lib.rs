//! Immutable segments of chunks, and the search over them.
//!
//! [`SegmentBuilder`] writes a [`Segment`]: a folder with texts, an inverted index and vectors, each byte of it
//! covered by a digest. An [`Index`] is several segments and the documents that are dead in them. [`Index::search`]
//! gives the best chunks by BM25 and by dot product, each with both scores; fusing the two is done elsewhere.
//!
//! Three promises hold here, each with a property test:
//!
//! - Scores and order depend on the live chunks alone, not on how they are divided into segments.
//! - Under a [`Mask`] everything is as if the hidden documents did not exist.
//! - Damaged bytes are an [`IndexError`]; never a panic and never a wrong answer.
//!
//! tantivy and `hnsw_rs` are used here and nowhere else; no type of theirs is public.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]
#![deny(unsafe_code)]

#[cfg(target_endian = "big")]
compile_error!("segments are read in place and are little endian");

mod analyzer;
mod bits;
mod builder;
mod dense;
mod directory;
mod error;
mod graph;
mod index;
mod language;
mod layout;
mod lexical;
mod mask;
mod mmap;
mod paged;
mod postings;
mod query;
mod segment;
mod simd;
mod sink;
mod spill;
mod split;
mod table;
mod terms;
mod texts;
mod vectors;
mod verify;

pub use analyzer::{Analyzer, AnalyzerSpec};
pub use builder::{ChunkInput, MAX_CHUNKS, SegmentBuilder, SegmentSpec, SegmentSummary};
pub use error::{IndexError, Problem, VectorError};
pub use graph::GraphRule;
pub use index::{ChunkRef, Index, Tombstones};
pub use mask::Mask;
pub use query::{Hit, Query, Retrieved};
pub use segment::Segment;
