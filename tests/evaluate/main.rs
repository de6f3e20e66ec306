//! Evaluation through the program: a suite whose pages change, agents that are scripts and say what they were asked.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a test says what it did")]

#[path = "../common/mod.rs"]
mod common;
mod examined;

mod causes;
mod comparing;
mod interrupted;
mod letting_through;
mod refused;
mod running;
