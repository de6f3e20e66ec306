//! Splitting a long token sequence into windows the model can take.

use std::ops::Range;

/// Ranges that cover `tokens` tokens in order, without overlap, each at most `limit` long.
///
/// The windows are as equal as can be, so that no last window of two words weighs in with a vector of
/// its own. No tokens still make one (empty) window: an empty text has a vector.
pub(super) fn windows(tokens: usize, limit: usize) -> impl Iterator<Item = Range<usize>> {
    let count = tokens.div_ceil(limit).max(1);
    (0..count).map(move |i| i * tokens / count..(i + 1) * tokens / count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_texts_are_one_window() {
        assert_eq!(windows(0, 254).collect::<Vec<_>>(), vec![0..0]);
        assert_eq!(windows(254, 254).collect::<Vec<_>>(), vec![0..254]);
        assert_eq!(windows(255, 254).collect::<Vec<_>>(), vec![0..127, 127..255]);
    }

    proptest! {
        #[test]
        fn cover_in_order_within_the_limit(tokens in 0usize..100_000, limit in 1usize..600) {
            let mut end = 0;
            for window in windows(tokens, limit) {
                prop_assert_eq!(window.start, end);
                prop_assert!(window.len() <= limit);
                end = window.end;
            }
            prop_assert_eq!(end, tokens);
        }
    }
}
