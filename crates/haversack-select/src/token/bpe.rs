use bpe_openai::Tokenizer;
use haversack_model::TokenCounter;

pub(super) struct BpeCounter {
    name: &'static str,
    tokenizer: &'static Tokenizer,
}

impl BpeCounter {
    pub(super) fn o200k_base() -> Self {
        Self { name: "o200k_base", tokenizer: bpe_openai::o200k_base() }
    }

    pub(super) fn cl100k_base() -> Self {
        Self { name: "cl100k_base", tokenizer: bpe_openai::cl100k_base() }
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
        self.tokenizer.count_till_limit(&self.tokenizer.normalize(text), limit).is_some()
    }
}
