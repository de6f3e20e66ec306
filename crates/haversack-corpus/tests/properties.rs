//! Promises of `chunk` on generated text.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Bytes, Words, check, chunking, document};
use haversack_corpus::chunk;
use haversack_model::{Media, TokenCounter};
use proptest::prelude::*;

/// Lines of Markdown, reStructuredText and code, glued in any order.
fn structured() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "#{1,6} [a-zé `*]{0,20}",
        "[A-Za-z ,.]{1,120}[.!?:]",
        "[-*+] [a-z ]{1,30}",
        " {2,6}[-*] [a-z ]{1,30}",
        "[0-9]\\. [a-z]{1,10}",
        "> {0,1}[a-z]{1,10}",
        "\\| a \\| [a-z]{1,5} \\|",
        "\\|---\\|---\\|",
        "```(rust)?",
        "~~~",
        "    let x = \\[1, 2\\];",
        "\\[[a-z ]{1,10}\\]\\(https://[a-z]{1,30}\\)",
        "={2,20}",
        "-{2,20}",
        "\\.\\. code::",
        "pub fn [a-z]{1,8}\\(\\) \\{",
        "impl [A-Z] \\{",
        "def [a-z]{1,5}\\(\\):",
        "\\}",
        "[\\p{Han}。]{1,60}",
        "\\PC{0,80}",
        "<[a-z]{1,5}>",
        "\\[\\^1\\]: [a-z]{1,9}",
        "",
        "   ",
        "\\t",
    ];
    (prop::collection::vec(piece, 0..60), prop_oneof![Just("\n"), Just("\r\n"), Just("\n\n")])
        .prop_map(|(lines, line_break)| lines.join(line_break))
}

fn media() -> impl Strategy<Value = (Media, &'static str)> {
    prop_oneof![
        Just((Media::Markdown, "")),
        Just((Media::Text, "")),
        Just((Media::Rst, "")),
        Just((Media::Code, "rust")),
        Just((Media::Code, "python")),
        Just((Media::Code, "typescript")),
        Just((Media::Code, "sql")),
    ]
}

fn holds(text: &str, media: (Media, &str), max: usize, breadcrumb: bool, counter: &dyn TokenCounter) {
    let document = document(text, media.0, media.1);
    let mut chunking = chunking(max);
    chunking.breadcrumb = breadcrumb;
    let chunks = chunk(&document, &chunking, counter);
    check(&document, &chunks, max, counter);
    assert_eq!(chunks, chunk(&document, &chunking, counter), "the same input gives the same chunks");
    if !breadcrumb {
        assert!(chunks.iter().all(|chunk| chunk.breadcrumb.is_empty()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_partitioned(text in "(?s).{0,400}", media in media(), max in 1_usize..40, crumb: bool) {
        holds(&text, media, max, crumb, &Words);
    }

    #[test]
    fn structured_text_is_partitioned(text in structured(), media in media(), max in 16_usize..120, crumb: bool) {
        holds(&text, media, max, crumb, &Words);
    }

    #[test]
    fn bytes_as_tokens(text in structured(), media in media(), max in 2_usize..300) {
        holds(&text, media, max, true, &Bytes);
    }

    #[test]
    fn front_matter_is_never_in_a_chunk(text in structured(), head in "[a-z:\n ]{0,40}") {
        let whole = format!("{head}{text}");
        let mut document = document(&whole, Media::Markdown, "");
        document.record.body = head.len() as u64;
        check(&document, &chunk(&document, &chunking(32), &Words), 32, &Words);
    }
}
