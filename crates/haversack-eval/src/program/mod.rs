//! Programs that are started: agents and graders of kind `command`.

mod files;
#[cfg(all(test, unix))]
mod gone;
mod output;
mod process;

pub(crate) use files::{Unreadable, digest_listed, digest_near, is_path};
#[cfg(all(test, unix))]
pub(crate) use gone::is_gone;
pub(crate) use process::{Launch, Process, Silence};
