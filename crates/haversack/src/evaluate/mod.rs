//! Suites against versions: what a version is worth, contexts between two versions, recorded runs, and what is asked of
//! them.
//!
//! An [`Evaluator`] is a suite with an agent and graders. It puts tasks to the agent with packs of a version and records what
//! comes of it; it compares two versions by that, looks for the changes that moved the outcomes among the contexts
//! [`Between`] them, and tries settings and orders of passages.

mod between;
mod biased;
mod causes;
mod compared;
mod error;
mod evaluator;
mod indexed;
mod measured;
mod oracle;
mod page;
mod probed;
mod swept;
mod watch;
mod world;

pub use between::Between;
pub use causes::{Carried, Step};
pub use compared::{Compared, Failures, Named, Packs};
pub use error::EvaluateError;
pub use evaluator::{EvaluateOptions, Evaluator, runs};
pub(crate) use evaluator::{probes_path, runs_folder};
pub use haversack_eval::{BUILT_IN_AGENT, Factor, Subset};
pub use measured::{measure, rank, request};
pub use page::PageFacts;
pub use swept::Setting;
pub use watch::Watch;
