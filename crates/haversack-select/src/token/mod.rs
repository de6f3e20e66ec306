//! Exact counts in the vocabularies of OpenAI's models.

mod bpe;
mod registry;

pub use registry::{TOKENIZERS, UnknownTokenizer, counter};
