/// Counts tokens exactly as one model's tokenizer would.
///
/// Counts are of the text alone, without a tokenizer's special tokens. They are not additive: the count
/// of a joined text may differ from the sum of its parts, so a promise about a text must count that text.
pub trait TokenCounter: Send + Sync {
    /// The name that requests and recipes use (`o200k_base`, `cl100k_base`, `minilm`, or a path).
    fn name(&self) -> &str;

    /// Tokens in `text`.
    fn count(&self, text: &str) -> usize;

    /// Whether `text` has at most `limit` tokens; may stop early.
    fn fits(&self, text: &str, limit: usize) -> bool {
        self.count(text) <= limit
    }
}
