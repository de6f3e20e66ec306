//! XML that cannot be broken out of.

/// A text for XML 1.0, within an element or an attribute: markup escaped, characters that XML cannot hold (controls,
/// U+FFFE, U+FFFF) shown as `[U+0000]`, and so are those that cannot be seen. Line ends stay, as references, so that
/// attributes keep them too.
pub(super) fn escaped(text: &str) -> String {
    let shown = crate::html::writer::visible(&text.replace("\r\n", "\n"));
    let mut escaped = String::with_capacity(shown.len());
    for c in shown.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            c => escaped.push(c),
        }
    }
    escaped
}
