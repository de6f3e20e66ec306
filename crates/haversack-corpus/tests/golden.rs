//! Realistic documents and the chunks that they are cut into, side by side in `tests/golden`.
//!
//! Set `HAVERSACK_UPDATE_GOLDEN=1` to write what comes out as what is expected, then read the difference.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use common::{Words, check, chunking};
use haversack_corpus::{chunk, read, scan};
use haversack_model::CorpusSource;

/// Small, so that small documents are cut at all.
const MAX_TOKENS: usize = 80;

#[test]
fn documents_are_cut_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let source =
        CorpusSource { exclude: vec!["*.chunks".to_owned()], ..CorpusSource::standard("golden", ".") };
    let found = scan(&source, &folder).unwrap();
    assert!(found.files.len() >= 10 && found.skipped.is_empty(), "{:?}", found.skipped);
    let update = std::env::var_os("HAVERSACK_UPDATE_GOLDEN").is_some();
    for file in &found.files {
        let mut listing = String::new();
        for document in read(&source, file).unwrap() {
            let record = &document.record;
            writeln!(listing, "{} {:?} {:?} {:?}", record.id, record.title, record.media, record.language)
                .unwrap();
            let chunks = chunk(&document, &chunking(MAX_TOKENS), &Words);
            check(&document, &chunks, MAX_TOKENS, &Words);
            for chunk in chunks {
                let tokens = haversack_model::TokenCounter::count(&Words, &chunk.contextual_text());
                let (first, last) = chunk.lines.into();
                let crumb = chunk.breadcrumb.join(" > ");
                writeln!(listing, "==== {crumb} | {:?} | lines {first}-{last} | {tokens} tokens", chunk.kind)
                    .unwrap();
                listing.push_str(chunk.text.trim_end());
                listing.push('\n');
            }
        }
        let expected = folder.join(format!("{}.chunks", file.path));
        if update {
            fs::write(&expected, &listing).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(listing, expected, "{}", file.path);
    }
}
