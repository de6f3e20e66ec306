//! Packs for tests.

use haversack_model::{Digest, Lines, Pack, Passage, Scores, Span, Timings, Trust};

/// A pack with a text, and a passage for each (document, text).
pub(super) fn pack(text: &str, passages: &[(&str, &str)]) -> Pack {
    let passage = |(document, text): &(&str, &str)| Passage {
        citation: format!("{document}#L1-L2"),
        document: document.parse().unwrap(),
        span: Span::new(0, text.len()),
        lines: Lines { first: 1, last: 2 },
        tokens: 3,
        trust: Trust::Standard,
        score: 0.5,
        scores: Scores::default(),
        breadcrumb: Vec::new(),
        text: (*text).to_owned(),
    };
    Pack {
        pack_id: Digest::of(text.as_bytes()),
        version: Digest::of(b"version"),
        query: "q".to_owned(),
        budget: 100,
        tokenizer: "o200k".to_owned(),
        tokens: 7,
        text: text.to_owned(),
        passages: passages.iter().map(passage).collect(),
        decisions: Vec::new(),
        warnings: Vec::new(),
        timings_us: Timings::default(),
    }
}
