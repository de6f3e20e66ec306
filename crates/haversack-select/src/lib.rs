//! Candidates to pack: fuse two rankings, and choose, order and render what fits a token budget.
//!
//! Everything here is a pure function: nothing is read, no clock, no thread, no chance. [`pack`] is the principal
//! one; before it stands [`fuse`], which makes one ranking of two, and beside it [`counter`], which counts tokens
//! exactly as OpenAI's models do. What a pack keeps and why is in its decisions; [`explain`] puts them into words.
//!
//! - **The budget is a promise.** Choices are made by estimate, but the rendered text is counted as a whole, and a
//!   text over the budget is never returned, whatever the counter.
//! - **A passage cannot imitate another's header**, in any [format](render), whatever its text says.
//! - **Every candidate has one decision**, and the order of the input changes nothing.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod budget;
mod choose;
mod citation;
mod cost;
mod explain;
mod fusion;
mod options;
mod pack;
mod passages;
mod ranking;
mod render;
mod shingle;
mod token;

pub use citation::{citation, parse_citation};
pub use explain::{Row, explain, reason_text};
pub use fusion::{Fused, FusionInput, fuse};
pub use options::PackOptions;
pub use pack::{Selection, pack, select};
pub use ranking::Ranking;
pub use render::render;
pub use token::{TOKENIZERS, UnknownTokenizer, counter};

/// The version of this stage: it changes whenever the same candidates and options could make another pack.
pub const SELECTOR_VERSION: &str = "select-1";
