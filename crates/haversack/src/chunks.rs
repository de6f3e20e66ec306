//! Documents to chunks, with what the index stores beside each.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use haversack_model::{Chunk, Digest, Document, DocumentRecord, Recipe, TokenCounter};
use haversack_store::Store;
use rayon::prelude::*;

use crate::tokenizer::Tokenizers;
use crate::{Error, Progress, Stage};

/// A chunk with its document's language and its tokens by `o200k_base` and `cl100k_base`.
pub(crate) struct Cut {
    pub chunk: Chunk,
    pub language: Option<String>,
    pub tokens: [u32; 2],
}

/// The tokenizer that bounds chunks: `embedder` is the bundled model's own, and `o200k_base` where nothing is embedded.
fn chunk_counter(recipe: &Recipe, tokenizers: &Tokenizers) -> Result<Arc<dyn TokenCounter>, Error> {
    let name = match (recipe.chunking.tokenizer.as_str(), recipe.embedding.model.as_str()) {
        ("embedder", "none") => "o200k_base",
        ("embedder", _) => "minilm",
        (name, _) => name,
    };
    tokenizers.get(name)
}

/// Cuts documents, in the order given. Texts come from `texts`, else from the store.
pub(crate) fn cut(
    store: &Store,
    recipe: &Recipe,
    tokenizers: &Tokenizers,
    records: &[&DocumentRecord],
    texts: &HashMap<Digest, String>,
    progress: &dyn Progress,
) -> Result<Vec<Cut>, Error> {
    let counter = chunk_counter(recipe, tokenizers)?;
    let stored = [tokenizers.get("o200k_base")?, tokenizers.get("cl100k_base")?];
    let (done, total) = (AtomicU64::new(0), records.len() as u64);
    let cut: Vec<Vec<Cut>> = records
        .par_iter()
        .map(|record| {
            if progress.cancelled() {
                return Err(Error::Cancelled);
            }
            let text = match texts.get(&record.text) {
                Some(text) => text.clone(),
                None => store.text(record.text)?,
            };
            let document = Document { record: (*record).clone(), text };
            let chunks = haversack_corpus::chunk(&document, &recipe.chunking, counter.as_ref());
            progress.at(Stage::Chunk, done.fetch_add(1, Ordering::Relaxed) + 1, total);
            let with_tokens = chunks.into_iter().map(|chunk| {
                let count = |counter: &Arc<dyn TokenCounter>| {
                    u32::try_from(counter.count(&chunk.text)).unwrap_or(u32::MAX)
                };
                let tokens = [count(&stored[0]), count(&stored[1])];
                Cut { chunk, language: record.language.clone(), tokens }
            });
            Ok(with_tokens.collect())
        })
        .collect::<Result<_, Error>>()?;
    Ok(cut.into_iter().flatten().collect())
}
