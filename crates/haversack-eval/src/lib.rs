//! What a context is worth, in numbers.
//!
//! A [`Suite`] holds [`Task`]s and [`Qrels`]; a version of a context answers it with a [`Run`] (a ranking per
//! task) and with packs ([`PackView`]). A [`Measure`] is a typed value, `nDCG@10` or `answer@2000tok`; and a
//! [`Report`] has one mean and one number per task for each. [`import`](import::import) makes a suite and a
//! recipe out of a folder in BEIR's layout or TREC files.
//!
//! ```
//! use haversack_eval::{Averaging, Measure, Qrels, Run, measure_run};
//!
//! let qrels = Qrels::parse("q1 0 a 1\nq1 0 b 0\nq2 0 c 1\n", "qrels")?;
//! let run = Run::parse("q1 Q0 b 1 2.5 mine\nq1 Q0 a 2 1.5 mine\n", "run")?;
//! let measures: Vec<Measure> = vec!["RR".parse()?, "recall_10".parse()?];
//!
//! let report = measure_run(&qrels, &run, &measures, Averaging::Complete)?;
//! assert_eq!(report.measures[&measures[0]].per_task["q1"], 0.5);
//! // `q2` was judged but not answered: it counts as 0, and the report says so.
//! assert_eq!((report.mean("RR"), report.missing), (Some(0.25), 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing here prints, reads the environment, or starts a thread; files are read and written only where the
//! caller says. Sums are formed in the order of task ids, so that a mean has the same bits everywhere.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod agent;
mod attribute;
mod compare;
mod error;
mod grade;
pub mod import;
mod judged;
mod measure;
mod oracle;
mod outcome;
mod pack_view;
mod packs;
mod qrels;
mod report;
mod run;
mod score;
mod suite;
mod text;

pub use agent::{Agent, AgentError, Answer, Question, Usage};
pub use attribute::{Attribution, Factor, FactorEffect};
pub use compare::{
    Comparison, Estimate, Noise, Pair, Passes, Power, Sequential, Slice, TaskEffect,
};
pub use error::{EvalError, LineError};
pub use grade::{ChatModel, Grade, Graded, Message};
pub use judged::{Judged, Judgment};
pub use measure::{
    Aggregate, Cutoff, Measure, MeasureParseError, PackKind, PackMeasure, Percent, RankKind, RankMeasure,
};
pub use oracle::{Oracle, Probe, Subset};
pub use outcome::{Outcome, Status};
pub use pack_view::{Gold, GoldSpan, PackView, PassageView};
pub use packs::measure_packs;
pub use qrels::Qrels;
pub use report::{MeasureReport, Report};
pub use run::{Ranked, Run, documents_of};
pub use score::{Averaging, measure_run};
pub use suite::{Deviation, Expected, ExpectedValue, Suite, SuiteHeader, Task};
