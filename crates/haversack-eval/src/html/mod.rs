//! The report of a comparison as one HTML file that needs nothing else: no server, no network, no script.

mod chart;
pub(crate) mod finding;
mod gold;
mod number;
mod packs;
mod page;
mod section;
mod skeleton;
pub(crate) mod writer;

pub use finding::Finding;
pub use packs::{PackSide, PassageChange, PassageSide, TaskPacks};
pub use page::{AgentSide, Change, Provenance, ReportPage, SuiteSide, VersionSide};
