use haversack_model::Passage;

use super::header;

/// How a format with fences looks.
pub(super) struct Fence {
    /// What a header line begins with.
    lead: &'static str,
    /// What a fence is made of.
    mark: char,
}

/// Fewest characters of a fence.
const SHORTEST: usize = 3;

pub(super) const MARKDOWN: Fence = Fence { lead: "### ", mark: '`' };
pub(super) const PLAIN: Fence = Fence { lead: "", mark: '=' };

/// Header line, fence, text, fence. The fence is longer than any run of its character in the text, so whoever reads from
/// the top knows where the text ends, whatever it says.
pub(super) fn write(out: &mut String, fence: &Fence, number: usize, passage: &Passage) {
    out.push_str(fence.lead);
    out.push_str(&format!("[{number}] {}", passage.citation));
    if header::is_marked(passage) {
        out.push_str(" (untrusted)");
    }
    let breadcrumb = header::breadcrumb(passage);
    if !breadcrumb.is_empty() {
        out.push_str(" - ");
        out.push_str(&breadcrumb);
    }
    let line: String = std::iter::repeat_n(fence.mark, length(&passage.text, fence.mark)).collect();
    out.push('\n');
    out.push_str(&line);
    out.push('\n');
    out.push_str(&passage.text);
    if !passage.text.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(&line);
    out.push('\n');
}

fn length(text: &str, mark: char) -> usize {
    let runs = text.split(|c| c != mark).map(str::len);
    runs.max().map_or(SHORTEST, |longest| SHORTEST.max(longest + 1))
}
