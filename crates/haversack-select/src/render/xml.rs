use std::borrow::Cow;

use haversack_model::Passage;

use super::header;

/// One `<passage>` element. No `<` of a text or attribute survives, so neither can open or close an element.
pub(super) fn write(out: &mut String, number: usize, passage: &Passage) {
    out.push_str(&format!("<passage n=\"{number}\" citation=\"{}\"", escape(&passage.citation)));
    if header::is_marked(passage) {
        out.push_str(" trust=\"untrusted\"");
    }
    let breadcrumb = header::breadcrumb(passage);
    if !breadcrumb.is_empty() {
        out.push_str(&format!(" breadcrumb=\"{}\"", escape(&breadcrumb).replace('"', "&quot;")));
    }
    out.push_str(">\n");
    out.push_str(&escape(&passage.text));
    if !passage.text.ends_with('\n') {
        out.push('\n');
    }
    out.push_str("</passage>\n");
}

/// Escapes markup. What XML 1.0 cannot hold (section 2.2: most control characters) becomes U+FFFD.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| replacement(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match replacement(c) {
            Some(other) => out.push_str(other),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn replacement(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\t' | '\n' | '\r' => None,
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => Some("\u{fffd}"),
        _ => None,
    }
}
