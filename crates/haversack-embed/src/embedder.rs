//! The trait that every embedder implements, and what it hands back.

use std::ops::ControlFlow;

use crate::EmbedError;

/// A function from text to a unit vector.
///
/// A text's vector depends on the text and on [`fingerprint`](Embedder::fingerprint) alone: not on
/// the other texts of a call, their order, or the number of threads.
///
/// ```
/// use haversack_embed::{Embedder, HashEmbedder, ignore_progress};
///
/// let embedder = HashEmbedder::new(64);
/// let embedded = embedder.embed_passages(&["a red apple", "the signing key"], &ignore_progress)?;
/// assert_eq!(embedded.vectors.len(), 2 * embedder.dimensions());
/// let query = embedder.embed_query("red apples")?;
/// let dot = |row: &[f32]| row.iter().zip(&query).map(|(a, b)| a * b).sum::<f32>();
/// let (apple, key) = embedded.vectors.split_at(64);
/// assert!(dot(apple) > dot(key));
/// # Ok::<(), haversack_embed::EmbedError>(())
/// ```
pub trait Embedder: Send + Sync {
    /// Short name of the kind of embedder, as a recipe writes it: `minilm`, `hash`, ...
    fn id(&self) -> &str;

    /// Everything that changes a vector, in one line: equal fingerprints mean equal vectors.
    fn fingerprint(&self) -> &str;

    /// Length of every vector.
    fn dimensions(&self) -> usize;

    /// Tokens, special tokens included, that fit in one window; longer texts are embedded in several.
    fn max_tokens(&self) -> usize;

    /// Embeds texts that will be searched for.
    ///
    /// `progress` is called from several threads, at least once per text and once per window of a
    /// long text; when it returns [`ControlFlow::Break`] the call ends with [`EmbedError::Cancelled`]
    /// after the inferences under way (some tens of milliseconds each).
    ///
    /// # Errors
    /// [`EmbedError::Cancelled`]; [`EmbedError::NotFinite`] when a vector is not finite or is zero;
    /// otherwise what the runtime or tokenizer answered. There are no partial results.
    fn embed_passages(
        &self,
        texts: &[&str],
        progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
    ) -> Result<Embedded, EmbedError>;

    /// Embeds one text that is searched with.
    ///
    /// # Errors
    /// As [`embed_passages`](Embedder::embed_passages).
    fn embed_query(&self, text: &str) -> Result<Vec<f32>, EmbedError>;
}

/// The vectors of a list of texts, in the order of the texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// One row of [`Embedder::dimensions`] numbers per text, unit length to within 1e-3.
    pub vectors: Vec<f32>,
    /// Windows per text: 1, or more where a text exceeded the token limit and was split.
    pub windows: Vec<u32>,
}

impl Embedded {
    /// Number of texts that exceeded the token limit.
    #[must_use]
    pub fn windowed(&self) -> usize {
        self.windows.iter().filter(|windows| **windows > 1).count()
    }
}

/// How far a call to [`Embedder::embed_passages`] has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Texts finished.
    pub done: usize,
    /// Texts in all.
    pub total: usize,
    /// Tokens run through the model so far, special tokens included; 0 where an embedder has none.
    pub tokens: u64,
}

/// A progress callback that shows nothing and never stops.
pub fn ignore_progress(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
