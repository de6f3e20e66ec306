//! The files that are compiled in, and the digest that names them.
//!
//! `models/all-MiniLM-L6-v2/PROVENANCE.md` says where they come from and how they were made.

/// The ONNX graph with its weights.
pub(super) static MODEL: &[u8] = include_bytes!("../../models/all-MiniLM-L6-v2/model.onnx");

/// The tokenizer definition.
pub(crate) static TOKENIZER: &[u8] = include_bytes!("../../models/all-MiniLM-L6-v2/tokenizer.json");

/// f32 vectors of [`CHECKS`], little-endian rows of 384, from the unquantised model.
pub(super) static CHECK_VECTORS: &[u8] = include_bytes!("../../models/all-MiniLM-L6-v2/check.f32");

/// Texts that are embedded when the model is loaded, to compare with [`CHECK_VECTORS`].
pub(super) const CHECKS: [&str; 3] =
    ["How do I rotate the signing key?", "warehouse", "fn main() { println!(\"{}\", 6 * 7); }"];

/// BLAKE3 of [`MODEL`], hex.
pub(super) const MODEL_DIGEST: &str = "08f48b5d13cf99d616eb536a976308d3bc6635d4a2a9d12878935d7ad0b58cc9";

/// BLAKE3 of [`TOKENIZER`], hex.
pub(super) const TOKENIZER_DIGEST: &str = "82483bb4f0bdb81779f295ecc5a93285d2156834e994a2169f9800e4c8f250c1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_files() {
        assert_eq!(blake3::hash(MODEL).to_hex().as_str(), MODEL_DIGEST);
        assert_eq!(blake3::hash(TOKENIZER).to_hex().as_str(), TOKENIZER_DIGEST);
    }
}
