//! Embedding what the cache does not hold.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::{TextHash, VectorCache, text_hash};
use crate::{EmbedError, Embedder, Progress};

/// Texts per append: at 30 texts a second and core, a killed build loses some seconds of work.
const FLUSH: usize = 256;

/// The vectors of a list of texts and where they came from.
#[derive(Debug, Clone, PartialEq)]
pub struct CachedBatch {
    /// One row of [`Embedder::dimensions`] numbers per text, in the order of the texts.
    pub vectors: Vec<f32>,
    /// Windows per text, as in [`Embedded::windows`](crate::Embedded::windows).
    pub windows: Vec<u32>,
    /// Distinct texts found in the cache.
    pub cached: usize,
    /// Distinct texts embedded now.
    pub computed: usize,
}

impl CachedBatch {
    /// Number of texts that exceeded the token limit.
    #[must_use]
    pub fn windowed(&self) -> usize {
        self.windows.iter().filter(|windows| **windows > 1).count()
    }
}

/// Embeds `texts`, asking `cache` first and adding to it what was missing.
///
/// Equal texts are embedded once. New vectors are appended every 256 texts, so that a build that is
/// killed or cancelled keeps what it has paid for. `progress` counts texts of this call: those in the
/// cache, and repetitions, are done at once.
///
/// # Errors
/// [`EmbedError::Dimensions`] if the cache was opened for another vector length; otherwise what the
/// embedder or the cache answered. What was computed before the error is in the cache.
///
/// ```
/// use haversack_embed::{HashEmbedder, VectorCache, embed_passages_cached, ignore_progress};
///
/// let folder = tempfile::tempdir()?;
/// let embedder = HashEmbedder::new(16);
/// let cache = VectorCache::open(folder.path(), &embedder)?;
/// let first = embed_passages_cached(&embedder, &cache, &["a", "b", "a"], &ignore_progress)?;
/// assert_eq!((first.cached, first.computed), (0, 2));
/// let second = embed_passages_cached(&embedder, &cache, &["b", "c"], &ignore_progress)?;
/// assert_eq!((second.cached, second.computed), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn embed_passages_cached(
    embedder: &dyn Embedder,
    cache: &VectorCache,
    texts: &[&str],
    progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
) -> Result<CachedBatch, EmbedError> {
    let dimensions = embedder.dimensions();
    if cache.dimensions() != dimensions {
        return Err(EmbedError::Dimensions { expected: dimensions, found: cache.dimensions() });
    }
    let mut batch = CachedBatch {
        vectors: vec![0.0; texts.len() * dimensions],
        windows: vec![0; texts.len()],
        cached: 0,
        computed: 0,
    };
    let mut missing = batch.fill_from(cache, texts)?;
    // Longest first across the whole call, not only within one increment: texts of one increment then
    // take about equally long. Ties keep their order.
    missing.sort_by_key(|wanted| std::cmp::Reverse(texts[wanted.positions[0]].len()));
    let mut before = Progress { done: 0, total: texts.len(), tokens: 0 };
    before.done = texts.len() - missing.iter().map(|wanted| wanted.positions.len()).sum::<usize>();
    if progress(before).is_break() {
        return Err(EmbedError::Cancelled);
    }
    for increment in missing.chunks(FLUSH) {
        before = batch.compute(embedder, cache, texts, increment, before, progress)?;
    }
    Ok(batch)
}

/// A text that is not in the cache, and everywhere it stands.
struct Wanted {
    hash: TextHash,
    positions: Vec<usize>,
}

impl CachedBatch {
    /// Copies what the cache holds; returns the rest, in order of first appearance.
    fn fill_from(&mut self, cache: &VectorCache, texts: &[&str]) -> Result<Vec<Wanted>, EmbedError> {
        let mut wanted: Vec<Wanted> = Vec::new();
        let mut seen: HashMap<TextHash, usize> = HashMap::new();
        for (position, text) in texts.iter().enumerate() {
            let hash = text_hash(text);
            let slot = *seen.entry(hash).or_insert(wanted.len());
            match wanted.get_mut(slot) {
                Some(known) => known.positions.push(position),
                None => wanted.push(Wanted { hash, positions: vec![position] }),
            }
        }
        let mut missing = Vec::new();
        for text in wanted {
            match cache.get(&text.hash)? {
                Some((vector, windows)) => {
                    self.place(&text.positions, &vector, windows);
                    self.cached += 1;
                }
                None => missing.push(text),
            }
        }
        Ok(missing)
    }

    /// Embeds one increment, places and stores it; returns the progress made.
    fn compute(
        &mut self,
        embedder: &dyn Embedder,
        cache: &VectorCache,
        texts: &[&str],
        increment: &[Wanted],
        before: Progress,
        progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
    ) -> Result<Progress, EmbedError> {
        let passages: Vec<&str> = increment.iter().map(|wanted| texts[wanted.positions[0]]).collect();
        let tokens = std::sync::atomic::AtomicU64::new(before.tokens);
        let embedded = embedder.embed_passages(&passages, &|now| {
            let so_far = before.tokens + now.tokens;
            tokens.fetch_max(so_far, std::sync::atomic::Ordering::Relaxed);
            progress(Progress { done: before.done + now.done, total: before.total, tokens: so_far })
        });
        let embedded = embedded.map_err(|error| reindexed(error, increment))?;
        let rows = embedded.vectors.chunks_exact(embedder.dimensions()).zip(&embedded.windows);
        let found = || increment.iter().zip(rows.clone());
        cache.insert(found().map(|(wanted, (row, windows))| (wanted.hash, row, *windows)))?;
        for (wanted, (row, windows)) in found() {
            self.place(&wanted.positions, row, *windows);
        }
        self.computed += increment.len();
        let done = before.done + increment.iter().map(|wanted| wanted.positions.len()).sum::<usize>();
        Ok(Progress { done, total: before.total, tokens: tokens.into_inner() })
    }

    fn place(&mut self, positions: &[usize], vector: &[f32], windows: u32) {
        for position in positions {
            let start = position * vector.len();
            self.vectors[start..start + vector.len()].copy_from_slice(vector);
            self.windows[*position] = windows;
        }
    }
}

/// Errors name positions in the increment; the caller knows positions in its texts.
fn reindexed(error: EmbedError, increment: &[Wanted]) -> EmbedError {
    match error {
        EmbedError::NotFinite { index } => {
            EmbedError::NotFinite { index: increment.get(index).map_or(index, |wanted| wanted.positions[0]) }
        }
        other => other,
    }
}
