use haversack_model::{Chunk, Chunking, Document, Media, TokenCounter};

mod breadcrumb;
mod code;
mod cut;
mod fill;
mod finish;
mod grammar;
mod lines;
mod markdown;
mod outline;
mod pack;
mod plain;
mod rst;

pub(crate) use rst::titles as rst_titles;

/// Names how documents are cut; it changes when the same document would give other chunks.
pub const CHUNKER_VERSION: &str = "chunker-1";

/// Cuts a document into chunks along its structure.
///
/// The spans are contiguous and cover `text[record.body..]`; each chunk's
/// [contextual text](Chunk::contextual_text) has at most `chunking.max_tokens` tokens by `counter`, unless a
/// single character has more. What stands under one heading is joined up to `chunking.target_tokens`, and a
/// section that fits whole stays whole; what is too long is cut between paragraphs, rows or lines, then
/// sentences, then words, then characters. A heading stays with the text after it. A body of white space alone
/// has no chunks.
///
/// Source code is cut between the items that tree-sitter finds (Rust, Python, JavaScript, TypeScript, Go, Java, C,
/// C++), other code between blank lines. The breadcrumb is the title, then headings or enclosing items; it is
/// thinned out from the middle where it would take more than a third of `max_tokens`.
///
/// Time is linear in the length of the body for a linear counter, which is only ever given bounded slices.
#[must_use]
pub fn chunk(document: &Document, chunking: &Chunking, counter: &dyn TokenCounter) -> Vec<Chunk> {
    let text = document.text.as_str();
    let body = text.len() - document.body().len();
    if document.body().trim().is_empty() {
        return Vec::new();
    }
    let outline = match document.record.media {
        Media::Markdown => markdown::outline(text, body),
        Media::Rst => rst::outline(text, body),
        Media::Code => {
            code::outline(text, body, document.record.metadata.get("code").map_or("", String::as_str))
        }
        Media::Text => plain::outline(text, body),
    };
    let limits = Limits {
        max: chunking.max_tokens.max(1),
        target: chunking.target_tokens.clamp(1, chunking.max_tokens.max(1)),
        breadcrumb: chunking.breadcrumb,
    };
    let drafts = pack::pack(document, &outline, limits, counter);
    finish::finish(document, &outline, drafts, limits, counter)
}

/// The sizes that chunks must keep.
#[derive(Debug, Clone, Copy)]
struct Limits {
    max: usize,
    target: usize,
    breadcrumb: bool,
}

impl Limits {
    /// Bytes above which a slice is not counted but taken to be too long.
    fn bytes(self) -> usize {
        self.max.saturating_mul(64).max(1 << 10)
    }
}
