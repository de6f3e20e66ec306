//! Passages to text. In every format a passage cannot imitate the header or the end of another.

mod fenced;
mod header;
mod json;
mod xml;

use std::borrow::Cow;

use haversack_model::{Format, Passage};

/// Renders passages in the order given; the n-th is numbered n, from 1. No passages are the empty text.
///
/// - `markdown`: a heading `### [1] handbook/rotate.md#L10-L42 (untrusted) - Title > Section`, then the text in a
///   fence of backticks longer than any run of backticks within it;
/// - `plain`: the same without `###`, in a fence of `=`;
/// - `xml`: `<context>` with a `<passage n= citation= trust= breadcrumb=>` each, text and attributes escaped;
/// - `json`: an array of objects `{"n", "citation", "trust", "breadcrumb", "text"}`, one a line.
///
/// Trust is named where the document is untrusted. Breadcrumbs come from documents too: they stand after the citation
/// on one line, without line breaks or unseen characters, cut to 160 characters.
#[must_use]
pub fn render(passages: &[Passage], format: Format) -> String {
    if passages.is_empty() {
        return String::new();
    }
    let (open, between, close) = frame(format);
    let mut out = String::with_capacity(passages.iter().map(|passage| passage.text.len() + 160).sum());
    out.push_str(open);
    for (i, passage) in passages.iter().enumerate() {
        if i > 0 {
            out.push_str(between);
        }
        write(&mut out, i + 1, passage, format);
    }
    out.push_str(close);
    out
}

/// One passage as it stands in the rendered text, with its number.
pub(crate) fn write(out: &mut String, number: usize, passage: &Passage, format: Format) {
    match format {
        Format::Markdown => fenced::write(out, &fenced::MARKDOWN, number, passage),
        Format::Plain => fenced::write(out, &fenced::PLAIN, number, passage),
        Format::Xml => xml::write(out, number, passage),
        Format::Json => json::write(out, number, passage),
    }
}

/// What stands before the first passage, between two, and after the last.
pub(crate) const fn frame(format: Format) -> (&'static str, &'static str, &'static str) {
    match format {
        Format::Markdown | Format::Plain => ("", "\n", ""),
        Format::Xml => ("<context>\n", "", "</context>\n"),
        Format::Json => ("[\n", ",\n", "\n]\n"),
    }
}

/// A passage's text as the format writes it; borrowed where the format writes it as it is.
pub(crate) fn body(text: &str, format: Format) -> Cow<'_, str> {
    match format {
        Format::Markdown | Format::Plain => Cow::Borrowed(text),
        Format::Xml => xml::escape(text),
        Format::Json => Cow::Owned(json::quote(text)),
    }
}
