//! Immutable segments of documents and their chunks, and the search over them.
//!
//! [`SegmentBuilder`] writes a [`Segment`]: a folder with documents, texts, an inverted index and vectors, each byte of it
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
mod assembly;
mod bits;
mod blocks;
mod builder;
mod columns;
mod dense;
mod directory;
mod documents;
mod error;
#[doc(hidden)]
pub mod fuzz;
mod graph;
mod index;
mod language;
mod layout;
mod lexical;
mod located;
mod mask;
mod mmap;
mod paged;
mod postings;
mod query;
mod scan;
mod segment;
mod simd;
mod sink;
mod spill;
mod split;
mod spool;
mod table;
mod terms;
mod tombstones;
mod vectors;
mod verify;
mod verify_index;

pub use analyzer::{Analyzer, AnalyzerSpec};
pub use builder::{ChunkInput, MAX_CHUNKS, SegmentBuilder, SegmentSpec, SegmentSummary};
pub use error::{IndexError, Problem, VectorError};
pub use graph::GraphRule;
pub use index::{ChunkRef, DocumentRef, Index};
pub use layout::{Class, FileEntry};
pub use mask::{Admission, Mask};
pub use query::{Hit, Query, Retrieved};
pub use segment::Segment;
pub use tombstones::{InvalidTombstones, Tombstones};
pub use verify::Verified;
