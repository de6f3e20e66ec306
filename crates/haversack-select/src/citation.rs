use haversack_model::{DocumentId, Lines};

/// Digits of a percent escape.
const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// How a passage is cited: `handbook/runbooks/rotate.md#L10-L42`, the document's id and its lines.
///
/// The id is percent-encoded where it holds white space, `%`, quotation marks, backticks, angle brackets, or a
/// character that is not seen (zero-width, direction marks), so a citation never holds white space, and the last `#`
/// always begins the lines. Letters of every script stay as they are. [`parse_citation`] is its inverse.
///
/// ```
/// use haversack_model::Lines;
/// use haversack_select::{citation, parse_citation};
///
/// let document = "handbook/on call/faq.csv#7".parse()?;
/// let cited = citation(&document, Lines { first: 10, last: 42 });
/// assert_eq!(cited, "handbook/on%20call/faq.csv#7#L10-L42");
/// assert_eq!(parse_citation(&cited), Some((document, Lines { first: 10, last: 42 })));
/// # Ok::<(), haversack_model::InvalidDocumentId>(())
/// ```
#[must_use]
pub fn citation(document: &DocumentId, lines: Lines) -> String {
    let mut out = String::with_capacity(document.as_str().len() + 12);
    for c in document.as_str().chars() {
        if !needs_escape(c) {
            out.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    out.push_str(&format!("#L{}-L{}", lines.first, lines.last));
    out
}

/// Reads back what [`citation`] wrote; nothing else is accepted.
#[must_use]
pub fn parse_citation(text: &str) -> Option<(DocumentId, Lines)> {
    let (path, lines) = text.rsplit_once("#L")?;
    let (first, last) = lines.split_once("-L")?;
    let lines = Lines { first: first.parse().ok()?, last: last.parse().ok()? };
    let document = unescape(path)?.parse().ok()?;
    (citation(&document, lines) == text).then_some((document, lines))
}

/// Whether a character is drawn as nothing, or changes how others are drawn.
pub(crate) fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn needs_escape(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_unseen(c) || matches!(c, '%' | '"' | '\'' | '`' | '<' | '>')
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let value = digit(rest.next()?)? * 16 + digit(rest.next()?)?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_citation_names_one_place(path in "[ -~é日\u{200b}\u{2028}#%\"]{1,20}", first in 1_u32..900, last in 1_u32..900) {
            if let Ok(document) = DocumentId::new("c", &path) {
                let lines = Lines { first, last };
                let cited = citation(&document, lines);
                prop_assert!(!cited.chars().any(char::is_whitespace));
                prop_assert_eq!(parse_citation(&cited), Some((document, lines)));
            }
        }

        #[test]
        fn nothing_else_is_read(text in "c/[a-z%#L0-9-]{0,12}#L[0-9+]{1,3}-L[0-9]{1,3}") {
            if let Some((document, lines)) = parse_citation(&text) {
                prop_assert_eq!(citation(&document, lines), text);
            }
        }
    }
}
