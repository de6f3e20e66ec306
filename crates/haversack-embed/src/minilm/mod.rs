//! The bundled model: all-MiniLM-L6-v2, 8-bit, run by rten.

mod assets;
mod model;
mod session;
mod windows;

pub(crate) use assets::TOKENIZER;
pub use model::MiniLm;
