//! A deterministic embedder for tests.

use std::ops::ControlFlow;

use crate::unit::on_grid;
use crate::{EmbedError, Embedded, Embedder, Progress};

/// Hashes words and their character trigrams into a few dimensions: fast, tiny, **for tests only**.
///
/// Texts that share words or parts of words come out near each other, as tests of retrieval need; it
/// knows nothing of meaning. Words count twice as much as trigrams. A text without letters or digits
/// gets the first unit vector. Any length is one window.
///
/// ```
/// use haversack_embed::{Embedder, HashEmbedder};
///
/// let embedder = HashEmbedder::new(32);
/// assert_eq!(embedder.embed_query("One two")?, embedder.embed_query("two, one!")?);
/// # Ok::<(), haversack_embed::EmbedError>(())
/// ```
#[derive(Debug, Clone)]
pub struct HashEmbedder {
    dimensions: usize,
    fingerprint: String,
}

impl HashEmbedder {
    /// An embedder with vectors of `dimensions` numbers; 0 is taken as 1.
    #[must_use]
    pub fn new(dimensions: usize) -> HashEmbedder {
        let dimensions = dimensions.max(1);
        HashEmbedder { dimensions, fingerprint: format!("hash/1 dimensions={dimensions}") }
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let mut sums = vec![0.0; self.dimensions];
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            let word: Vec<char> = format!("^{}$", word.to_lowercase()).chars().collect();
            self.add(&mut sums, &word, 2.0);
            for trigram in word.windows(3) {
                self.add(&mut sums, trigram, 1.0);
            }
        }
        on_grid(&sums).unwrap_or_else(|| {
            let mut first = vec![0.0; self.dimensions];
            first[0] = 1.0;
            first
        })
    }

    fn add(&self, sums: &mut [f64], feature: &[char], weight: f64) {
        let hash = fnv1a(feature);
        let sign = if hash >> 63 == 0 { weight } else { -weight };
        let slot = (hash & 0x7fff_ffff) as usize % self.dimensions;
        sums[slot] += sign;
    }
}

/// FNV-1a, 64 bits, over code points, with the finaliser of MurmurHash3 for the high bits.
fn fnv1a(feature: &[char]) -> u64 {
    let hash = feature.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, c| {
        (hash ^ u64::from(u32::from(*c))).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

impl Embedder for HashEmbedder {
    fn id(&self) -> &str {
        "hash"
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn max_tokens(&self) -> usize {
        usize::MAX
    }

    fn embed_passages(
        &self,
        texts: &[&str],
        progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
    ) -> Result<Embedded, EmbedError> {
        let mut vectors = Vec::with_capacity(texts.len() * self.dimensions);
        for (i, text) in texts.iter().enumerate() {
            vectors.extend(self.vector(text));
            if progress(Progress { done: i + 1, total: texts.len(), tokens: 0 }).is_break() {
                return Err(EmbedError::Cancelled);
            }
        }
        Ok(Embedded { vectors, windows: vec![1; texts.len()] })
    }

    fn embed_query(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        Ok(self.vector(text))
    }
}
