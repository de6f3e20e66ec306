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

#[cfg(test)]
mod tests {
    use haversack_model::{Lines, Scores, Span};

    use super::*;

    fn shown(parts: &[&str]) -> String {
        breadcrumb(&Passage {
            citation: String::new(),
            document: "a/b".parse().unwrap(),
            span: Span::new(0, 0),
            lines: Lines { first: 1, last: 1 },
            tokens: 0,
            trust: Trust::Standard,
            score: 0.0,
            scores: Scores::default(),
            breadcrumb: parts.iter().map(|part| (*part).to_owned()).collect(),
            text: String::new(),
        })
    }

    #[test]
    fn a_heading_stays_on_its_line_and_shows_all_it_has() {
        assert_eq!(shown(&["Guide", "", "Keys  and\r\nlocks"]), "Guide > Keys and locks");
        assert_eq!(shown(&["a\u{1b}[2Jb\0c\u{85}d\u{2028}e\u{202e}f\u{200b}g"]), "a [2Jb c defg");
        assert_eq!(shown(&[]), "");
    }

    #[test]
    fn a_heading_cannot_eat_a_budget() {
        assert_eq!(shown(&["é".repeat(LONGEST).as_str()]), "é".repeat(LONGEST));
        assert_eq!(shown(&["é".repeat(9_000).as_str()]).chars().count(), LONGEST + 3);
    }
}
