use std::sync::LazyLock;

use bpe_openai::Tokenizer;
use haversack_model::TokenCounter;

/// A vocabulary of byte pairs with its rule for splitting text into pieces.
#[derive(Clone, Copy)]
pub(super) struct BpeCounter {
    name: &'static str,
    tokenizer: &'static Tokenizer,
    /// Bytes of the longest token.
    longest: usize,
}

static O200K_BASE: LazyLock<BpeCounter> =
    LazyLock::new(|| BpeCounter::new("o200k_base", bpe_openai::o200k_base()));
static CL100K_BASE: LazyLock<BpeCounter> =
    LazyLock::new(|| BpeCounter::new("cl100k_base", bpe_openai::cl100k_base()));

impl BpeCounter {
    pub(super) fn o200k_base() -> Self {
        *O200K_BASE
    }

    pub(super) fn cl100k_base() -> Self {
        *CL100K_BASE
    }

    fn new(name: &'static str, tokenizer: &'static Tokenizer) -> Self {
        let tokens = 0..u32::try_from(tokenizer.bpe.num_tokens()).unwrap_or(u32::MAX);
        let longest = tokens.map(|token| tokenizer.bpe.token_len(token)).max().unwrap_or(1);
        Self { name, tokenizer, longest }
    }
}

impl TokenCounter for BpeCounter {
    fn name(&self) -> &str {
        self.name
    }

    fn count(&self, text: &str) -> usize {
        self.tokenizer.count(text)
    }

    fn fits(&self, text: &str, limit: usize) -> bool {
        // No text has fewer tokens than its length over the longest token: one huge line is refused unread.
        text.len() <= limit.saturating_mul(self.longest)
            && self.tokenizer.count_till_limit(&self.tokenizer.normalize(text), limit).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_huge_line_is_refused_unread() {
        let line = "=".repeat(50_000_000);
        for counter in [BpeCounter::o200k_base(), BpeCounter::cl100k_base()] {
            assert!(counter.longest < 1_000, "{}", counter.longest);
            assert!(!counter.fits(&line, 2_000));
        }
    }

    #[test]
    fn special_tokens_are_plain_text() {
        assert_eq!(BpeCounter::o200k_base().count("<|endoftext|>"), 7);
        assert_eq!(BpeCounter::cl100k_base().count(""), 0);
    }

    proptest! {
        #[test]
        fn fits_agrees_with_count(text in "[ -~\n\té日🦀]{0,80}", limit in 0_usize..60) {
            for counter in [BpeCounter::o200k_base(), BpeCounter::cl100k_base()] {
                prop_assert_eq!(counter.fits(&text, limit), counter.count(&text) <= limit);
            }
        }
    }
}
