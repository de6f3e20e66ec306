//! Any local ONNX model, run by ONNX Runtime through fastembed.

mod files;
mod model;
mod runtime;

pub use model::FastEmbed;
