/// Deepest nesting that is read; browsers stop at 512. Parsing takes time proportional to size times depth.
const MAX_DEPTH: usize = 1_000;

/// Elements that end by themselves, so that a missing end tag does not nest what follows.
const SELF_ENDING: &[&str] = &[
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option",
    "p", "param", "source", "td", "th", "tr", "track", "wbr", "!doctype", "body", "html", "head", "tbody",
    "thead",
];

/// Whether the tags of a text nest no deeper than a browser would follow, by counting them.
pub(super) fn is_reasonable(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    for (at, _) in text.match_indices('<') {
        let rest = &bytes[at + 1..];
        let closes = rest.first() == Some(&b'/');
        let name = &rest[usize::from(closes)..];
        let length = name.iter().take(12).take_while(|b| b.is_ascii_alphanumeric() || **b == b'!').count();
        let name = String::from_utf8_lossy(&name[..length]).to_ascii_lowercase();
        if length == 0 || SELF_ENDING.contains(&name.as_str()) {
            continue;
        }
        depth = if closes { depth.saturating_sub(1) } else { depth + 1 };
        if depth > MAX_DEPTH {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted() {
        assert!(is_reasonable(&"<p>a <b>x</b><br><li>".repeat(5_000)));
        assert!(!is_reasonable(&"<div>".repeat(2_000)));
    }
}
