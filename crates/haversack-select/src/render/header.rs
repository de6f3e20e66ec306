use haversack_model::{Passage, Trust};

use crate::citation::is_unseen;

/// Most characters of a breadcrumb in a header.
const LONGEST: usize = 160;

/// The breadcrumb on one line, `Title > Section`; empty when there is none.
///
/// Headings are written by whoever wrote the document: without line breaks and unseen characters they cannot leave
/// the header line, and their length is bounded so that a heading cannot eat a budget.
pub(super) fn breadcrumb(passage: &Passage) -> String {
    let mut out = String::new();
    for part in &passage.breadcrumb {
        let visible = part.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !is_unseen(*c));
        let visible: String = visible.collect();
        for (i, word) in visible.split_whitespace().enumerate() {
            out.push_str(match (i, out.is_empty()) {
                (_, true) => "",
                (0, false) => " > ",
                _ => " ",
            });
            out.push_str(word);
        }
    }
    match out.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", out[..end].trim_end()),
        None => out,
    }
}

/// Whether the header says that the passage is untrusted.
pub(super) fn is_marked(passage: &Passage) -> bool {
    passage.trust == Trust::Untrusted
}
