use std::thread;

use haversack_model::{Document, Media};
use hayro_syntax::{LoadPdfError, Pdf};

use crate::inline::one_line;
use crate::skip::SkipReason;

use super::build::Builder;

mod cmap;
mod font;
mod glyphs;
mod inflate;
mod layout;
mod limits;
mod matrix;
mod page;

use limits::Limits;

/// Stack of the thread that reads a PDF; the parser recurses to a bounded depth.
const STACK: usize = 16 << 20;

/// Most pages that are read.
const MAX_PAGES: usize = 20_000;

/// Reads the text of a PDF, paragraph by paragraph in the order of its content streams.
///
/// The work is done in a thread of its own, so that a fault of the parser becomes an error of this file. Sizes are
/// limited, not times: the same file gives the same answer on a slow machine.
pub(super) fn read(builder: &Builder<'_>, bytes: Vec<u8>) -> Result<Document, SkipReason> {
    let head = &bytes[..bytes.len().min(1_024)];
    if !head.windows(5).any(|window| window == b"%PDF-") {
        return Err(SkipReason::Damaged { error: "no PDF header".to_owned() });
    }
    let worker = thread::Builder::new().name("haversack-pdf".to_owned()).stack_size(STACK);
    let worker = worker
        .spawn(move || extract(bytes))
        .map_err(|error| SkipReason::Unreadable { error: error.to_string() })?;
    let extracted = worker
        .join()
        .unwrap_or_else(|_| Err(SkipReason::Damaged { error: "the PDF reader failed on it".to_owned() }))?;
    let mut facts = builder.facts();
    facts.note("pages", &extracted.pages.to_string());
    facts.note("author", &extracted.author);
    facts.title = Some(extracted.title).filter(|title| !title.is_empty());
    builder.document(extracted.text, 0, Media::Text, facts)
}

struct Extracted {
    text: String,
    title: String,
    author: String,
    pages: usize,
}

fn extract(bytes: Vec<u8>) -> Result<Extracted, SkipReason> {
    limits::check_file(&bytes)?;
    let pdf = Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(_) => SkipReason::Encrypted,
        LoadPdfError::Invalid => SkipReason::Damaged { error: "not a readable PDF".to_owned() },
    })?;
    let pages = pdf.pages();
    if pages.is_empty() {
        return Err(SkipReason::Damaged { error: "a PDF without pages".to_owned() });
    }
    if pages.len() > MAX_PAGES {
        return Err(SkipReason::LimitExceeded { limit: "20,000 pages" });
    }
    let mut limits = Limits::new();
    let mut fonts = font::Fonts::default();
    let mut text = String::new();
    for page in pages.iter() {
        let words = page::text(page, &mut fonts, &mut limits)?;
        if !words.is_empty() {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(&words);
        }
    }
    if text.trim().is_empty() {
        return Err(SkipReason::NoText);
    }
    text.push('\n');
    let metadata = pdf.metadata();
    let line = |bytes: &Option<Box<[u8]>>| one_line(&string(bytes.as_deref().unwrap_or_default()));
    Ok(Extracted { text, title: line(&metadata.title), author: line(&metadata.author), pages: pages.len() })
}

/// A text string: UTF-16 or UTF-8 by its mark, else (nearly) Latin-1.
fn string(bytes: &[u8]) -> String {
    match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, mark)) => encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned(),
        None => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}
