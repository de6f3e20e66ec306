//! HTML that cannot be broken out of: markup is written in this program, everything else is escaped.

use std::fmt::Write as _;

/// A page under construction.
///
/// Names of elements and attributes are `&'static str`: what comes from a document, a task or an agent has no way in but
/// [`Html::text`] and the values of attributes, and both escape. Elements are opened and closed by
/// [`Html::within`] alone, so they balance.
#[derive(Debug, Default)]
pub(super) struct Html(String);

/// Attributes of an element: their names and values.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

impl Html {
    /// The markup.
    pub(super) fn into_string(self) -> String {
        self.0
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes over what another one holds.
    pub(super) fn append(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }

    /// Markup of this program, as it stands.
    pub(super) fn raw(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// An element with what `inside` writes.
    pub(super) fn within(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self),
    ) {
        self.open(name, attributes, ">");
        inside(self);
        let _ = write!(self.0, "</{name}>");
    }

    /// An element with text.
    pub(super) fn element(&mut self, name: &'static str, attributes: Attributes<'_>, text: &str) {
        self.within(name, attributes, |html| html.text(text));
    }

    /// An element that holds nothing: of HTML (`meta`), where the slash is ignored, or of SVG.
    pub(super) fn empty(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.open(name, attributes, "/>");
    }

    /// A line end in the markup, so that a person can read the file.
    pub(super) fn line(&mut self) {
        self.0.push('\n');
    }

    /// Text, escaped; characters that cannot be seen, or that reorder others, are shown by their code points.
    pub(super) fn text(&mut self, text: &str) {
        for (kind, piece) in pieces(text) {
            match kind {
                Kind::Plain(escape) => self.0.push_str(escape.unwrap_or(piece)),
                Kind::Hidden(code) => {
                    let _ = write!(self.0, "<span class=\"hidden-character\">U+{code:04X}</span>");
                }
            }
        }
    }

    /// At most `most` characters of a text, and how many are left out.
    pub(super) fn excerpt(&mut self, text: &str, most: usize) {
        let Some((end, _)) = text.char_indices().nth(most) else {
            return self.text(text);
        };
        self.text(&text[..end]);
        let rest = crate::number::count(text[end..].chars().count() as u64);
        self.element("span", &[("class", "left-out")], &format!(" … {rest} more characters"));
    }

    /// At most 200 characters of a path or dotted key, which a line may break after its slashes alone: a file name
    /// stays whole.
    pub(super) fn path(&mut self, path: &str) {
        let end = path.char_indices().nth(200).map_or(path.len(), |(end, _)| end);
        for part in path[..end].split_inclusive('/') {
            self.element("span", &[("class", "part")], part);
            self.raw("<wbr>");
        }
        if end < path.len() {
            self.excerpt(&path[end..], 0);
        }
    }

    fn open(&mut self, name: &'static str, attributes: Attributes<'_>, end: &str) {
        let _ = write!(self.0, "<{name}");
        for (attribute, value) in attributes {
            let _ = write!(self.0, " {attribute}=\"");
            for (kind, piece) in pieces(value) {
                match kind {
                    Kind::Plain(escape) => self.0.push_str(escape.unwrap_or(piece)),
                    Kind::Hidden(code) => {
                        let _ = write!(self.0, "[U+{code:04X}]");
                    }
                }
            }
            self.0.push('"');
        }
        self.0.push_str(end);
    }
}

enum Kind {
    /// As it stands, or this instead.
    Plain(Option<&'static str>),
    /// A character that cannot be seen.
    Hidden(u32),
}

/// Cuts a text into stretches that stand as they are, and single characters that do not.
fn pieces(text: &str) -> impl Iterator<Item = (Kind, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        // A line end of Windows is a line end; a carriage return elsewhere could hide what stands before it.
        if rest.starts_with("\r\n") {
            rest = &rest[1..];
        }
        let first = rest.chars().next()?;
        let (kind, length) = match special(first) {
            Some(kind) => (kind, first.len_utf8()),
            None => (Kind::Plain(None), rest.find(|c| special(c).is_some()).unwrap_or(rest.len())),
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        Some((kind, piece))
    })
}

fn special(c: char) -> Option<Kind> {
    match c {
        '&' => Some(Kind::Plain(Some("&amp;"))),
        '<' => Some(Kind::Plain(Some("&lt;"))),
        '>' => Some(Kind::Plain(Some("&gt;"))),
        '"' => Some(Kind::Plain(Some("&quot;"))),
        '\'' => Some(Kind::Plain(Some("&#39;"))),
        c if is_hidden(c) => Some(Kind::Hidden(c.into())),
        _ => None,
    }
}

/// A text for places where no markup can stand: characters that cannot be seen are shown as `[U+202E]`.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            let _ = write!(shown, "[U+{:04X}]", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Whether a character cannot be seen or reorders others: controls but tab and line feed, bidirectional controls
/// (Unicode Standard Annex 9), invisible separators, tag characters and the supplementary variation selectors, in which
/// text can be smuggled past a reader, and what is no character. The joiners of emoji and of Persian stay.
pub(crate) fn is_hidden(c: char) -> bool {
    match c {
        '\t' | '\n' => false,
        c if c.is_control() => true,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' => true,
        '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{e0000}'..='\u{e0fff}' => true,
        c => u32::from(c) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> String {
        let mut html = Html::default();
        html.text(text);
        html.into_string()
    }

    #[test]
    fn markup_and_what_cannot_be_seen_is_escaped() {
        assert_eq!(text("a<b> & \"c\" 'd'"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
        assert_eq!(
            text("a\u{202e}b\0"),
            "a<span class=\"hidden-character\">U+202E</span>b<span class=\"hidden-character\">U+0000</span>"
        );
        assert_eq!(text("a\r\nb\tc\rd"), "a\nb\tc<span class=\"hidden-character\">U+000D</span>d");
        assert_eq!(text("سلام 👩\u{200d}🔧"), "سلام 👩\u{200d}🔧");
        let mut html = Html::default();
        html.element("p", &[("title", "\"><img\u{202e}")], "x");
        assert_eq!(html.into_string(), "<p title=\"&quot;&gt;&lt;img[U+202E]\">x</p>");
    }

    #[test]
    fn an_excerpt_says_what_it_leaves_out() {
        let mut html = Html::default();
        html.excerpt("äöü<b>", 3);
        assert_eq!(html.into_string(), "äöü<span class=\"left-out\"> … 3 more characters</span>");
        let mut html = Html::default();
        html.excerpt("äöü", 3);
        assert_eq!(html.into_string(), "äöü");
    }

    proptest! {
        #[test]
        fn no_text_makes_markup(given in any::<String>()) {
            let got = text(&given).replace("<span class=\"hidden-character\">U+", "").replace("</span>", "");
            prop_assert!(!got.contains(['<', '>', '"', '\'']), "{}", got);
            prop_assert!(!got.chars().any(is_hidden));
        }
    }
}
