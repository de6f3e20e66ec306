use std::sync::Arc;

use haversack_model::TokenCounter;

use super::bpe::BpeCounter;

/// The tokenizers that need no file.
pub const TOKENIZERS: [&str; 2] = ["o200k_base", "cl100k_base"];

/// A tokenizer's name that this crate does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown tokenizer `{0}` (expected o200k_base or cl100k_base)")]
pub struct UnknownTokenizer(pub String);

/// Finds a bundled token counter by name: one of [`TOKENIZERS`].
///
/// The first counter of a name reads its vocabulary (a few hundred milliseconds of work, some tens of
/// megabytes); later ones share it.
///
/// ```
/// let counter = haversack_select::counter("o200k_base")?;
/// assert_eq!(counter.count("how do I rotate the signing key?"), 8);
/// assert!(counter.fits("one two", 2) && !counter.fits("one two", 1));
/// # Ok::<(), haversack_select::UnknownTokenizer>(())
/// ```
///
/// # Errors
/// On any other name.
pub fn counter(name: &str) -> Result<Arc<dyn TokenCounter>, UnknownTokenizer> {
    match name {
        "o200k_base" => Ok(Arc::new(BpeCounter::o200k_base())),
        "cl100k_base" => Ok(Arc::new(BpeCounter::cl100k_base())),
        _ => Err(UnknownTokenizer(name.chars().take(200).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_find_their_counters_and_others_are_refused() {
        for name in TOKENIZERS {
            assert_eq!(counter(name).unwrap().name(), name);
        }
        let refused = counter("gpt-4o").err().unwrap();
        assert_eq!(refused.to_string(), "unknown tokenizer `gpt-4o` (expected o200k_base or cl100k_base)");
    }
}
