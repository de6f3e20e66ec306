//! What the tests share.
#![allow(dead_code, clippy::unwrap_used, reason = "each test uses a part of it, and fails by panicking")]

use std::collections::BTreeMap;

use haversack_model::{
    Chunk, Chunking, Digest, Document, DocumentId, DocumentRecord, Media, TokenCounter, Trust,
};

/// Counts words and punctuation marks; long words count once for each eight characters, as subwords do.
pub struct Words;

impl TokenCounter for Words {
    fn name(&self) -> &str {
        "words"
    }

    fn count(&self, text: &str) -> usize {
        let (mut tokens, mut letters) = (0, 0_usize);
        for c in text.chars() {
            if c.is_alphanumeric() {
                if letters.is_multiple_of(8) {
                    tokens += 1;
                }
                letters += 1;
            } else {
                letters = 0;
                tokens += usize::from(!c.is_whitespace());
            }
        }
        tokens
    }
}

/// Counts bytes: additive, and a single character may exceed a small limit.
pub struct Bytes;

impl TokenCounter for Bytes {
    fn name(&self) -> &str {
        "bytes"
    }

    fn count(&self, text: &str) -> usize {
        text.len()
    }
}

pub fn chunking(max_tokens: usize) -> Chunking {
    Chunking {
        max_tokens,
        target_tokens: (max_tokens * 3 / 4).max(1),
        tokenizer: "words".to_owned(),
        breadcrumb: true,
    }
}

pub fn document(text: &str, media: Media, code: &str) -> Document {
    let mut metadata = BTreeMap::new();
    if !code.is_empty() {
        metadata.insert("code".to_owned(), code.to_owned());
    }
    Document {
        record: DocumentRecord {
            id: DocumentId::new("test", "a/file").unwrap(),
            text: Digest::of(text.as_bytes()),
            bytes: text.len() as u64,
            body: 0,
            media,
            title: "The file".to_owned(),
            language: None,
            labels: Default::default(),
            trust: Trust::Standard,
            metadata,
        },
        text: text.to_owned(),
    }
}

/// Panics unless the chunks keep every promise that `chunk` makes.
pub fn check(document: &Document, chunks: &[Chunk], max: usize, counter: &dyn TokenCounter) {
    let text = &document.text;
    let body = usize::try_from(document.record.body).unwrap();
    if text[body..].trim().is_empty() {
        assert!(chunks.is_empty());
        return;
    }
    let mut at = body;
    let mut ids = std::collections::HashSet::new();
    for (ordinal, chunk) in chunks.iter().enumerate() {
        assert_eq!(chunk.ordinal as usize, ordinal);
        assert_eq!(chunk.span.from, at, "spans are contiguous");
        assert!(!chunk.text.is_empty());
        assert_eq!(chunk.text, text[chunk.span.from..chunk.span.to]);
        assert!(ids.insert(chunk.id), "ids are unique");
        let tokens = counter.count(&chunk.contextual_text());
        let single = chunk.text.chars().count() == 1 && chunk.breadcrumb.is_empty();
        assert!(tokens <= max || single, "{tokens} tokens over {max} in {:?}", chunk.contextual_text());
        let first = 1 + text[..chunk.span.from].matches('\n').count();
        let last = 1 + text.as_bytes()[..chunk.span.to - 1].iter().filter(|&&b| b == b'\n').count();
        assert_eq!((chunk.lines.first as usize, chunk.lines.last as usize), (first, last));
        at = chunk.span.to;
    }
    assert_eq!(at, text.len(), "the body is covered");
}
