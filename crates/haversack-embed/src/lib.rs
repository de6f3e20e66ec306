//! Text to vectors, offline: a quantised MiniLM in pure Rust, caches for what it computed, and token
//! counts by any Hugging Face tokenizer.
//!
//! - [`Embedder`] is the trait, [`open`] makes one from a name, [`MiniLm`] is the one to use.
//! - [`embed_passages_cached`] embeds passages with a [`VectorCache`] on disk; [`QueryCache`] keeps the
//!   vectors of recent queries in memory.
//! - [`HfTokenCounter`] counts tokens and says where they lie.
//! - [`HashEmbedder`] is for tests; `FastEmbed` (feature `fastembed`) runs other models by ONNX Runtime.
//!
//! A text's vector depends on the text and the embedder's fingerprint alone, never on its neighbours,
//! their order or the number of threads. This crate is the only one that knows of rten, tokenizers,
//! fastembed and ort, and no type of theirs stands in its interface but as the source of an error.
//!
//! ```
//! use haversack_embed::{EmbedderSpec, VectorCache, embed_passages_cached, ignore_progress, open};
//!
//! let folder = tempfile::tempdir()?;
//! let embedder = open(&EmbedderSpec::new("minilm"))?.expect("a name other than none");
//! let cache = VectorCache::open(folder.path(), &*embedder)?;
//! let texts = ["The signing key is rotated every 90 days.", "Bread is baked for forty minutes."];
//! let batch = embed_passages_cached(&*embedder, &cache, &texts, &ignore_progress)?;
//! let query = embedder.embed_query("when is the key renewed?")?;
//! let score = |row: &[f32]| row.iter().zip(&query).map(|(a, b)| a * b).sum::<f32>();
//! let scores: Vec<f32> = batch.vectors.chunks_exact(embedder.dimensions()).map(score).collect();
//! assert!(scores[0] > scores[1]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may"))]

mod cache;
mod embedder;
mod error;
#[cfg(feature = "fastembed")]
mod fast;
mod hash;
mod minilm;
mod pool;
mod queries;
mod segments;
mod spec;
mod tokens;
mod unit;

pub use cache::{
    CachedBatch, TextHash, VectorCache, check_vectors, embed_passages_cached, retain_vectors, text_hash,
};
pub use embedder::{Embedded, Embedder, Progress, ignore_progress};
pub use error::EmbedError;
#[cfg(feature = "fastembed")]
pub use fast::FastEmbed;
pub use hash::HashEmbedder;
pub use minilm::MiniLm;
pub use queries::QueryCache;
pub use spec::{EmbedderSpec, open};
pub use tokens::HfTokenCounter;
