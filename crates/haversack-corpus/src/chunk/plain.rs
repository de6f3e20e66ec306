use haversack_model::ChunkKind;

use super::lines::paragraph_starts;
use super::outline::{Cut, Outline};

/// Paragraphs, parted by blank lines.
pub(super) fn outline(text: &str, body: usize) -> Outline {
    paragraphs(text, body, ChunkKind::Prose, Cut::Prose)
}

/// Code without a grammar: stretches parted by blank lines.
pub(super) fn code(text: &str, body: usize) -> Outline {
    paragraphs(text, body, ChunkKind::Code, Cut::Lines)
}

fn paragraphs(text: &str, body: usize, kind: ChunkKind, cut: Cut) -> Outline {
    let mut outline = Outline::new();
    outline.begin(body, 0, kind, cut);
    for start in paragraph_starts(text, body, text.len()) {
        outline.begin(start, 0, kind, cut);
    }
    outline.close(body, text.len())
}
