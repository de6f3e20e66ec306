//! Recorded runs as files of other programs, one format a file.

mod csv;
mod jsonl;
mod trec;

pub use csv::outcomes_csv;
pub use jsonl::{outcomes_from_jsonl, outcomes_jsonl};
pub use trec::run_of_packs;
