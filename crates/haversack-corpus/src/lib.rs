//! Sources to documents, documents to chunks: the first two arrows of the line that data follows.
//!
//! [`scan`] walks a folder and says what is there, [`read`](fn@read) turns one file into one or many
//! [`Document`](haversack_model::Document)s, and [`chunk`](fn@chunk) cuts a document into
//! [`Chunk`](haversack_model::Chunk)s that partition its body. All three are functions of their inputs: nothing
//! is cached, no thread outlives a call, and the same bytes give the same documents and chunks everywhere.
//!
//! Nothing is dropped silently. What is not read is a [`Skipped`] with a [`SkipReason`], and
//! [`SkipReason::is_loss`] tells what *should* have been read from what was left out by policy.
//!
//! ```
//! use haversack_corpus::{chunk, read, scan};
//! use haversack_model::{Chunking, CorpusSource, TokenCounter};
//!
//! struct Words;
//! impl TokenCounter for Words {
//!     fn name(&self) -> &str { "words" }
//!     fn count(&self, text: &str) -> usize { text.split_whitespace().count() }
//! }
//!
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("keys.md"), "# Signing keys\n\nKeys rotate every month.\n")?;
//! let source = CorpusSource::standard("docs", ".");
//! let found = scan(&source, folder.path())?;
//! let documents = read(&source, &found.files[0])?;
//! let chunking = Chunking { max_tokens: 64, target_tokens: 48, tokenizer: "words".into(), breadcrumb: true };
//! let chunks = chunk(&documents[0], &chunking, &Words);
//! assert_eq!(chunks[0].breadcrumb, ["Signing keys"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod chunk;
mod error;
mod format;
mod globs;
mod inline;
mod read;
mod scan;
mod skip;

pub use chunk::{CHUNKER_VERSION, chunk};
pub use error::CorpusError;
pub use read::{READER_VERSION, read, read_each};
pub use scan::{Scan, SourceFile, scan};
pub use skip::{SkipReason, Skipped};
