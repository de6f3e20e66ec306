//! The nouns of Haversack.
//!
//! Everything here is plain data with an identity: no file is opened, no thread started, nothing is
//! printed. The line that data follows is a line of types:
//!
//! [`Document`] -> [`Chunk`] -> [`Candidate`] -> ranking -> selection -> [`Pack`]
//!
//! and what a version of a context *is* stands in [`Manifest`]: the effective [`Recipe`], the corpus
//! snapshots, and the version of every stage. Its [canonical hash](canonical) is the [`VersionId`].
//!
//! ```
//! use haversack_model::{Recipe, canonical};
//!
//! let recipe = Recipe::parse("name = \"docs\"\n[[corpus]]\nname = \"docs\"\npath = \"docs\"\n")?;
//! assert_eq!(recipe.lexical.k1, 0.9);
//! let digest = canonical::digest("recipe", &recipe)?;
//! assert_eq!(digest, canonical::digest("recipe", &recipe)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod candidate;
pub mod canonical;
mod chunk;
mod date;
mod decision;
mod digest;
mod document;
mod filter;
pub mod frame;
mod manifest;
mod overlay;
mod pack;
mod recipe;
mod record_text;
mod request;
mod span;
mod token;

pub use candidate::{Candidate, Scores, rank_order};
pub use chunk::{Chunk, ChunkId, ChunkKind};
pub use date::civil_date;
pub use decision::{Decision, Reason, Verdict};
pub use digest::{Digest, DigestParseError, VersionId};
pub use document::{Document, DocumentId, DocumentRecord, InvalidDocumentId, Label, Media, Trust};
pub use filter::{Filter, Principal};
pub use manifest::{Manifest, SnapshotId, SnapshotRef, StageVersions};
pub use overlay::RecipeError;
pub use pack::{Pack, Passage, Timings};
pub use recipe::{
    Chunking, CorpusRule, CorpusSource, Embedding, Format, Fusion, FusionMethod, Guard, Lexical,
    OnUnreadable, Order, Packing, Recipe, Records, Retrieval, VectorSearch,
};
pub use request::Request;
pub use span::{Lines, Span};
pub use token::TokenCounter;
