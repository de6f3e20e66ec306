//! Recorded runs: a folder for each, holding what was asked and what came of it, appended as it happens.
//!
//! ```text
//! <runs>/<run id>/events.jsonl    one event a line, see `line`
//! <runs>/<run id>/lock            held by the one process that appends
//! <runs>/.<run id>.new/           a run whose beginning is not written yet
//! ```

mod answers;
mod appending;
mod error;
mod event;
mod header;
mod id;
pub(crate) mod line;
mod lock;
mod probes;
mod recording;
mod runs;
#[cfg(test)]
mod tests;

pub use appending::{Journal, JournalOptions};
pub use error::JournalError;
pub use event::{Entry, Stop, Ungraded};
pub use header::{AgentRecord, Environment, RunHeader, TaskRecord};
pub use id::{InvalidRunId, RunId};
pub use probes::ProbeLog;
pub use recording::{Recording, Torn};
pub use runs::{Listing, Runs};

pub(crate) use event::Event;

/// The newest format of journals that this program reads, and the one that it writes.
pub const JOURNAL_FORMAT: u32 = 1;
