//! Vectors on disk, so that a text is embedded once.

mod batch;
mod log;
mod record;
mod retain;
mod vectors;

pub use batch::{CachedBatch, embed_passages_cached};
pub use retain::{check_vectors, retain_vectors};
pub use vectors::VectorCache;

/// BLAKE3 of a text's UTF-8 bytes.
pub type TextHash = [u8; 32];

/// The key of `text` in a [`VectorCache`].
#[must_use]
pub fn text_hash(text: &str) -> TextHash {
    *blake3::hash(text.as_bytes()).as_bytes()
}
