//! What can go wrong between a text and its vector.

use std::path::PathBuf;

/// Why a text could not be embedded, counted or cached.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbedError {
    /// The progress callback asked to stop.
    #[error("embedding was cancelled")]
    Cancelled,
    /// No embedder goes by this name.
    #[error("unknown embedder `{name}`; known are {}", known.join(", "))]
    UnknownEmbedder {
        /// The name that was asked for.
        name: String,
        /// Every name that works, as a person would write it.
        known: Vec<&'static str>,
    },
    /// The embedder exists but was not compiled in.
    #[error("embedder `{name}` needs the cargo feature `{feature}`")]
    FeatureMissing {
        /// The name that was asked for.
        name: String,
        /// The cargo feature of this crate that contains it.
        feature: &'static str,
    },
    /// The bundled model is not the one this version was built for.
    #[error("the bundled model is damaged: digest {found}, expected {expected}")]
    ModelDigest {
        /// BLAKE3 of the model this version expects, hex.
        expected: &'static str,
        /// BLAKE3 of the model found, hex.
        found: String,
    },
    /// The model computes vectors far from the reference on this machine.
    #[error("the model computes wrong vectors here: cosine {cosine:.3} with the reference for `{text}`")]
    Reference {
        /// The reference text.
        text: &'static str,
        /// Its cosine similarity with the stored f32 vector.
        cosine: f32,
    },
    /// The runtime could not read the model.
    #[error("the model could not be loaded")]
    Load(#[source] rten::LoadError),
    /// The runtime failed on a text.
    #[error("the model could not be run")]
    Run(#[source] rten::RunError),
    /// The runtime returned something else than one row of floats per token.
    #[error("the model returned an output of another shape or type than expected")]
    Output,
    /// A vector holds NaN or infinity, or has no direction.
    #[error("the vector of text {index} is not finite or is zero")]
    NotFinite {
        /// Position of the text in the input.
        index: usize,
    },
    /// The tokenizer file is malformed, or the tokenizer refused a text.
    #[error("the tokenizer failed")]
    Tokenizer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A file could not be read or written.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was attempted: `open`, `read`, `lock`, ...
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: std::io::Error,
    },
    /// A vector of another length than the cache or embedder holds.
    #[error("a vector has {found} dimensions, expected {expected}")]
    Dimensions {
        /// Dimensions expected.
        expected: usize,
        /// Dimensions found.
        found: usize,
    },
    /// ONNX Runtime's native library is missing or too old.
    #[error("ONNX Runtime could not be loaded from {}: {reason}", path.display())]
    OrtLibrary {
        /// The library that was tried.
        path: PathBuf,
        /// The loader's answer.
        reason: String,
    },
    /// fastembed could not load or run a model.
    #[error("fastembed failed on `{model}`: {reason}")]
    FastEmbed {
        /// The model's name or folder.
        model: String,
        /// What fastembed said; its error type is opaque.
        reason: String,
    },
}
