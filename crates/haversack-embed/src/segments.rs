//! Cutting very long texts where a tokenizer will not notice.

use std::ops::Range;

/// Texts up to this many bytes are tokenised whole.
pub(crate) const SEGMENT: usize = 64 * 1024;

/// Byte ranges that cover `text` in order, each at most [`SEGMENT`] long and on character boundaries.
pub(crate) fn segments(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        if start == text.len() {
            return None;
        }
        let end = if text.len() - start <= SEGMENT { text.len() } else { start + cut(&text[start..]) };
        let range = start..end;
        start = end;
        Some(range)
    })
}

/// Where to cut a text longer than [`SEGMENT`]: after a line end that a visible character follows,
/// else before a single space between visible characters, else at the last character boundary.
fn cut(text: &str) -> usize {
    let limit = text.floor_char_boundary(SEGMENT);
    let bytes = text.as_bytes();
    let visible = |at: usize| bytes.get(at).is_some_and(|b| b.is_ascii_graphic());
    // The search looks back over half a segment only: every segment then has at least that length.
    let candidates = || (SEGMENT / 2..limit).rev();
    candidates()
        .find(|at| bytes[*at - 1] == b'\n' && visible(*at))
        .or_else(|| candidates().find(|at| bytes[*at] == b' ' && visible(*at - 1) && visible(*at + 1)))
        .unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_text_is_one_segment() {
        assert_eq!(segments("").count(), 0);
        assert_eq!(segments("a b\nc").collect::<Vec<_>>(), vec![0..5]);
    }

    #[test]
    fn prefers_line_ends() {
        let text = format!("{}\n{}", "word ".repeat(10_000).trim_end(), "more ".repeat(10_000));
        let first = segments(&text).next().unwrap();
        assert!(text[..first.end].ends_with('\n'));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn covers_everything_once(piece in "\\PC{1,40}|[ \\n]{1,3}", times in 1usize..6_000) {
            let text = piece.repeat(times);
            let mut end = 0;
            for range in segments(&text) {
                prop_assert_eq!(range.start, end);
                prop_assert!(range.len() <= SEGMENT && !range.is_empty());
                prop_assert!(text.is_char_boundary(range.end));
                end = range.end;
            }
            prop_assert_eq!(end, text.len());
        }
    }
}
