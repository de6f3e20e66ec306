//! Inputs made to overflow, to explode or to never end.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::io::Write;

use common::{Bytes, Words, chunking, document};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use haversack_corpus::{SkipReason, chunk, read, scan};
use haversack_model::{Chunk, CorpusSource, Document, Media, TokenCounter};

fn read_one(name: &str, bytes: &[u8]) -> Result<Document, SkipReason> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    let source = CorpusSource::standard("c", ".");
    let found = scan(&source, folder.path()).unwrap();
    let documents = read(&source, &found.files[0]).map_err(|skipped| skipped.reason)?;
    Ok(documents.into_iter().next().unwrap())
}

/// Checks what is cheap to check on large texts.
fn partition(document: &Document, counter: &dyn TokenCounter) -> Vec<Chunk> {
    let chunks = chunk(document, &chunking(240), counter);
    let mut at = 0;
    for chunk in &chunks {
        assert_eq!(chunk.span.from, at);
        assert!(counter.count(&chunk.contextual_text()) <= 240);
        at = chunk.span.to;
    }
    assert_eq!(at, document.text.len());
    chunks
}

#[test]
fn a_line_of_megabytes_is_cut_in_linear_time() {
    for text in ["x".repeat(2 << 20), "字".repeat(1 << 19), "ab ".repeat(1 << 19), "a.".repeat(1 << 20)] {
        let chunks = partition(&document(&text, Media::Text, ""), &Words);
        assert!(chunks.len() > 100);
        partition(&document(&text, Media::Markdown, ""), &Words);
    }
    partition(&document(&"x".repeat(1 << 20), Media::Code, "javascript"), &Bytes);
}

#[test]
#[ignore = "50 MB; a minute without optimisation"]
fn a_line_of_fifty_megabytes() {
    partition(&document(&"x".repeat(50 << 20), Media::Text, ""), &Words);
}

#[test]
fn deep_nesting_overflows_nothing() {
    let lists: String = (0..1_500).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect();
    let texts = [
        ">".repeat(100_000),
        "> ".repeat(50_000),
        "[".repeat(100_000),
        "(".repeat(100_000),
        "- ".repeat(20_000),
        "*a ".repeat(50_000),
        "![".repeat(50_000),
        "`".repeat(50_000),
        "<div>".repeat(20_000),
        "# ".repeat(50_000),
        "| a ".repeat(20_000),
        lists,
    ];
    for text in &texts {
        partition(&document(text, Media::Markdown, ""), &Words);
    }
    for text in ["{".repeat(100_000), "((".repeat(50_000), "a<".repeat(50_000), "if x {\n".repeat(20_000)] {
        for language in ["rust", "javascript", "cpp", "python", "java"] {
            partition(&document(&text, Media::Code, language), &Words);
        }
    }
    let indented: String = (0..200).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
    partition(&document(&indented, Media::Code, "python"), &Words);
}

#[test]
fn deep_html_and_json_are_errors_not_crashes() {
    let deep = "<div>".repeat(100_000);
    assert!(matches!(read_one("a.html", deep.as_bytes()), Err(SkipReason::LimitExceeded { .. })));
    assert!(read_one("a.html", "<p>".repeat(50_000).as_bytes()).is_ok());
    let list = "[".repeat(100_000);
    assert!(matches!(read_one("a.ipynb", list.as_bytes()), Err(SkipReason::Damaged { .. })));
    assert!(matches!(read_one("a.jsonl", list.as_bytes()), Err(SkipReason::BadRecord { .. })));
    let yaml = format!("---\na: {}\n---\n", "[".repeat(10_000));
    assert!(matches!(read_one("a.md", yaml.as_bytes()), Err(SkipReason::FrontMatter { .. })));
}

/// A PDF of one page; each stream is an object of its own, after the content stream.
fn pdf(content: &[u8], extra: &str) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    packed.write_all(content).unwrap();
    let packed = packed.finish().unwrap();
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    let objects: [Vec<u8>; 6] = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
            .to_vec(),
        [
            format!("<</Length {}/Filter/FlateDecode>>stream\n", packed.len()).as_bytes(),
            &packed,
            b"\nendstream",
        ]
        .concat(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_vec(),
        b"<</Title(The paper)>>".to_vec(),
    ];
    for (i, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj", i + 1).bytes().chain(object.iter().copied()).chain(*b"\nendobj\n"));
    }
    let table = out.len();
    out.extend(b"xref\n0 7\n0000000000 65535 f \n");
    for place in places {
        out.extend(format!("{place:010} 00000 n \n").bytes());
    }
    out.extend(
        format!("trailer<</Size 7/Root 1 0 R/Info 6 0 R{extra}>>\nstartxref\n{table}\n%%EOF\n").bytes(),
    );
    out
}

const WORDS: &[u8] = b"BT /F 12 Tf 14 TL 50 700 Td (Keys are rota-) Tj T* (ted [monthly].) Tj 0 -40 Td [(Se) 20 (cond) -400 (part)] TJ ET";

#[test]
fn a_pdf_gives_paragraphs() {
    let document = read_one("a.pdf", &pdf(WORDS, "")).unwrap();
    assert_eq!(document.text, "Keys are rotated [monthly].\n\nSecond part\n");
    assert_eq!((document.record.title.as_str(), document.record.media), ("The paper", Media::Text));
    assert_eq!(document.record.metadata["pages"], "1");
}

#[test]
fn a_pdf_that_explodes_is_refused() {
    let bomb = pdf(&vec![0; 100 << 20], "");
    assert!(bomb.len() < 200_000);
    assert!(matches!(read_one("a.pdf", &bomb), Err(SkipReason::LimitExceeded { .. })));
    let mut inner = ZlibEncoder::new(Vec::new(), Compression::best());
    inner.write_all(&vec![0; 10 << 20]).unwrap();
    let nested = pdf(&inner.finish().unwrap(), "");
    assert!(matches!(read_one("a.pdf", &nested), Err(SkipReason::LimitExceeded { .. })));
}

#[test]
fn damaged_and_locked_pdfs_are_losses() {
    let whole = pdf(WORDS, "");
    for end in (0..whole.len()).step_by(37) {
        if let Err(reason) = read_one("a.pdf", &whole[..end]) {
            assert!(reason.is_loss(), "{reason}");
        }
    }
    for at in (0..whole.len()).step_by(11) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        if let Err(reason) = read_one("a.pdf", &damaged) {
            assert!(reason.is_loss(), "{reason}");
        }
    }
    let key = "AA".repeat(32);
    let locked =
        format!("/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -4/O<{key}>/U<{key}>>>/ID[<00><00>]");
    assert_eq!(read_one("a.pdf", &pdf(WORDS, &locked)).unwrap_err(), SkipReason::Encrypted);
    assert_eq!(read_one("a.pdf", &pdf(b"BT ET", "")).unwrap_err(), SkipReason::NoText);
    assert!(matches!(read_one("a.pdf", b"hello"), Err(SkipReason::Damaged { .. })));
}

#[test]
fn minified_code_is_cut_quickly() {
    let script = "function a(b){return b?c(d[0]):e};".repeat(60_000);
    partition(&document(&script, Media::Code, "javascript"), &Words);
}
