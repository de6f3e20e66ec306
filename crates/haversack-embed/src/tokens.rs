//! Token counts and offsets by any Hugging Face tokenizer.

use std::path::Path;

use tokenizers::{Encoding, Tokenizer};

use crate::EmbedError;
use crate::minilm::TOKENIZER;
use crate::segments::segments;

/// Counts tokens as one model's tokenizer does, without special tokens, truncation or padding.
///
/// Texts up to 64 KiB are tokenised whole, so that the count is exactly the model's. Longer ones are
/// cut first, at a line end or else a space near each 64 KiB, which keeps time and memory linear
/// (Hugging Face tokenizers hold some hundred bytes per input byte). Such a cut falls between two
/// tokens in word-piece and GPT-style tokenizers; in one that marks word starts (sentencepiece), or in
/// a stretch of 64 KiB without a space, each cut may change the count by a token or two.
///
/// ```
/// use haversack_embed::HfTokenCounter;
///
/// let counter = HfTokenCounter::minilm()?;
/// assert_eq!(counter.count("the signing key"), 3);
/// assert_eq!(counter.count(""), 0);
/// # Ok::<(), haversack_embed::EmbedError>(())
/// ```
#[derive(Debug)]
pub struct HfTokenCounter {
    tokenizer: Tokenizer,
    fingerprint: String,
}

impl HfTokenCounter {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// [`EmbedError::Tokenizer`] if the bytes are not a tokenizer this version can read.
    pub fn from_bytes(bytes: &[u8]) -> Result<HfTokenCounter, EmbedError> {
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(EmbedError::Tokenizer)?;
        tokenizer.with_truncation(None).map_err(EmbedError::Tokenizer)?;
        tokenizer.with_padding(None);
        let fingerprint = format!("hf:{}", blake3::hash(bytes).to_hex());
        Ok(HfTokenCounter { tokenizer, fingerprint })
    }

    /// Reads a `tokenizer.json` from a file.
    ///
    /// # Errors
    /// [`EmbedError::Io`] if the file cannot be read, otherwise as [`HfTokenCounter::from_bytes`].
    pub fn from_file(path: &Path) -> Result<HfTokenCounter, EmbedError> {
        let bytes = std::fs::read(path).map_err(|source| EmbedError::Io {
            action: "read",
            path: path.to_owned(),
            source,
        })?;
        HfTokenCounter::from_bytes(&bytes)
    }

    /// The tokenizer of the bundled MiniLM (BERT's uncased English word pieces).
    ///
    /// A run of more than 100 letters without a space is *one* token to it, however long.
    ///
    /// # Errors
    /// [`EmbedError::Tokenizer`], which would be a fault of this build.
    pub fn minilm() -> Result<HfTokenCounter, EmbedError> {
        HfTokenCounter::from_bytes(TOKENIZER)
    }

    /// Equal for equal tokenizer files: `hf:` and the BLAKE3 of the file.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Number of tokens in `text`.
    ///
    /// A tokenizer that refuses a stretch of the text (none known does) counts each of its bytes, so
    /// that a budget is never exceeded by mistake.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        segments(text).map(|range| self.count_segment(&text[range])).sum()
    }

    fn count_segment(&self, segment: &str) -> usize {
        self.tokenizer.encode_fast(segment, false).map_or(segment.len(), |encoding| encoding.len())
    }

    /// Byte range of every token in `text`, in order; ranges lie on character boundaries.
    ///
    /// Some tokens stand for the same bytes (a character that is several tokens), and bytes that no
    /// token stands for (spaces, in many tokenizers) lie in no range.
    ///
    /// # Errors
    /// [`EmbedError::Tokenizer`] if the tokenizer refuses the text.
    pub fn token_offsets(&self, text: &str) -> Result<Vec<(usize, usize)>, EmbedError> {
        let mut offsets = Vec::new();
        for range in segments(text) {
            let start = range.start;
            let encoding = self.encode(&text[range])?;
            offsets.extend(encoding.get_offsets().iter().map(|(from, to)| {
                (text.floor_char_boundary(start + from), text.ceil_char_boundary(start + to))
            }));
        }
        Ok(offsets)
    }

    /// The token ids of `text`, without special tokens.
    pub(crate) fn ids(&self, text: &str) -> Result<Vec<u32>, EmbedError> {
        let mut ids = Vec::new();
        for range in segments(text) {
            let encoding = self.tokenizer.encode_fast(&text[range], false).map_err(EmbedError::Tokenizer)?;
            ids.extend_from_slice(encoding.get_ids());
        }
        Ok(ids)
    }

    /// Special tokens that the model's post-processor puts around a text.
    #[cfg(feature = "fastembed")]
    pub(crate) fn special_tokens(&self) -> Result<usize, EmbedError> {
        self.tokenizer.encode("", true).map(|encoding| encoding.len()).map_err(EmbedError::Tokenizer)
    }

    fn encode(&self, segment: &str) -> Result<Encoding, EmbedError> {
        self.tokenizer.encode(segment, false).map_err(EmbedError::Tokenizer)
    }
}
