//! Documents to chunks, with what the index stores beside each.

use std::sync::Arc;

use haversack_index::ChunkInput;
use haversack_model::{Document, DocumentRecord, Recipe, TokenCounter};
use haversack_store::Store;
use rayon::prelude::*;

use crate::tokenizer::Tokenizers;
use crate::{Error, Progress};

/// A document with its chunks, which have their tokens by `o200k_base` and `cl100k_base` and no vectors yet.
pub(crate) struct CutDocument {
    pub record: DocumentRecord,
    pub chunks: Vec<ChunkInput>,
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

/// Cuts documents, in the order given; their texts come from the store.
pub(crate) fn cut(
    store: &Store,
    recipe: &Recipe,
    tokenizers: &Tokenizers,
    records: Vec<DocumentRecord>,
    progress: &dyn Progress,
) -> Result<Vec<CutDocument>, Error> {
    let counter = chunk_counter(recipe, tokenizers)?;
    let stored = [tokenizers.get("o200k_base")?, tokenizers.get("cl100k_base")?];
    let cut = |record: DocumentRecord| {
        if progress.cancelled() {
            return Err(Error::Cancelled);
        }
        let text = store.text(record.text)?;
        let document = Document { record, text };
        let chunks = haversack_corpus::chunk(&document, &recipe.chunking, counter.as_ref());
        let with_tokens = chunks.into_iter().map(|chunk| {
            let count = |counter: &Arc<dyn TokenCounter>| {
                u32::try_from(counter.count(&chunk.text)).unwrap_or(u32::MAX)
            };
            let tokens = [count(&stored[0]), count(&stored[1])];
            ChunkInput { chunk, language: document.record.language.clone(), tokens, vector: None }
        });
        let chunks = with_tokens.collect();
        Ok(CutDocument { record: document.record, chunks })
    };
    records.into_par_iter().map(cut).collect()
}
