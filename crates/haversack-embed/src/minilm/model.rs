//! The embedder that the crate is for.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use super::assets::{MODEL_DIGEST, TOKENIZER_DIGEST};
use super::session::{DIMENSIONS, MAX_TOKENS, Session};
use crate::pool::each_text;
use crate::{EmbedError, Embedded, Embedder, Progress};

/// all-MiniLM-L6-v2 with 8-bit weights, compiled into the program and run in pure Rust.
///
/// 384 dimensions, 256 word pieces per window, English. Its vectors have a mean cosine of .99 with the
/// unquantised model's.
///
/// Activations are quantised per tensor with a scale taken from the data, so a padded batch would make
/// a vector depend on its neighbours. Each text is therefore its own inference, unpadded and on one
/// thread, and threads share out the texts: the vectors are bitwise the same for any batch, order and
/// thread count. ONNX Runtime gains nothing from batches of 128 tokens on a core either (benches/runs).
///
/// The model is loaded once per process, at the first text, and then checked against stored vectors.
/// An empty text, or one of spaces only, gets the vector of the two special tokens alone.
///
/// Nor do they depend on the processor, as far as was tested: the graph sums in an order that does not
/// change with the width of vector registers, and rten's AVX2 and AVX-512 code give equal bits (see
/// `models/all-MiniLM-L6-v2/PROVENANCE.md`). Expect the same of any processor with fused multiply-add,
/// not of one without. The final rounding to multiples of 2^-16 absorbs what little could be left.
///
/// ```
/// use haversack_embed::{Embedder, MiniLm};
///
/// let minilm = MiniLm::new(None);
/// let key = minilm.embed_query("how do I rotate the signing key?")?;
/// let near = minilm.embed_query("replacing the key that signs releases")?;
/// let far = minilm.embed_query("bake the bread for forty minutes")?;
/// let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
/// assert!(dot(&key, &near) > dot(&key, &far) + 0.3);
/// # Ok::<(), haversack_embed::EmbedError>(())
/// ```
#[derive(Debug)]
pub struct MiniLm {
    threads: usize,
    fingerprint: String,
}

impl MiniLm {
    /// An embedder that uses up to `threads` threads for passages, by default one per core.
    ///
    /// Nothing is loaded yet.
    #[must_use]
    pub fn new(threads: Option<NonZeroUsize>) -> MiniLm {
        let threads =
            threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let fingerprint = format!(
            "minilm/1 model={MODEL_DIGEST} tokenizer={TOKENIZER_DIGEST} pooling=mean window={MAX_TOKENS} grid=2^-16 rten=0.27"
        );
        MiniLm { threads, fingerprint }
    }

    /// Loads and checks the model now rather than at the first text; later calls return at once.
    ///
    /// # Errors
    /// [`EmbedError::ModelDigest`], [`EmbedError::Load`] or [`EmbedError::Reference`].
    pub fn load(&self) -> Result<(), EmbedError> {
        Session::shared().map(|_| ())
    }
}

impl Embedder for MiniLm {
    fn id(&self) -> &str {
        "minilm"
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn max_tokens(&self) -> usize {
        MAX_TOKENS
    }

    fn embed_passages(
        &self,
        texts: &[&str],
        progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
    ) -> Result<Embedded, EmbedError> {
        if texts.is_empty() {
            return Ok(Embedded { vectors: Vec::new(), windows: Vec::new() });
        }
        let session = Session::shared()?;
        let found = each_text(texts, self.threads, progress, |queue| {
            session.on_worker(|pool| queue.drain(|text, tokens| session.embed(text, pool, tokens)))
        })?;
        let mut embedded = Embedded { vectors: Vec::new(), windows: Vec::with_capacity(found.len()) };
        embedded.vectors.reserve_exact(found.len() * DIMENSIONS);
        for vector in found {
            embedded.vectors.extend_from_slice(&vector.values);
            embedded.windows.push(vector.windows);
        }
        Ok(embedded)
    }

    fn embed_query(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        let session = Session::shared()?;
        session.on_worker(|pool| session.embed(text, pool, &mut |_| Ok(()))).map(|vector| vector.values)
    }
}
