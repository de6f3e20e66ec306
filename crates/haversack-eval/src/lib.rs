//! What a context is worth, in numbers: which information changes what an agent makes of it.
//!
//! A [`Suite`] holds [`Task`]s with what a good answer to each holds. A [`Runner`] puts them to an [`Agent`], each with the
//! pack that one version of a context gives for it; a [`Grader`] says what the answer is worth. Every [`Outcome`] goes into
//! a [`Journal`], which survives crashes and goes on where it stopped. [`compare()`] then says of two versions whether one is
//! better, and how sure that is.
//!
//! ```
//! use haversack_eval::{CompareOptions, Outcome, Pair, Status, Verdict, compare};
//! # use haversack_model::Digest;
//! # let outcome = |version: &str, task: usize, passed: bool| Outcome {
//! #     task: format!("t{task:02}"), trial: 0, pack_id: Digest::of(version.as_bytes()), status: Status::Answered,
//! #     score: f64::from(u8::from(passed)), passed, grades: Default::default(), answer: None, error: None, millis: 0,
//! # };
//!
//! // 40 tasks, put to an agent with packs of version A and with packs of version B.
//! let a: Vec<Outcome> = (0..40).map(|task| outcome("A", task, task >= 9)).collect();
//! let b: Vec<Outcome> = (0..40).map(|task| outcome("B", task, task < 39)).collect();
//!
//! let pairs: Vec<Pair> = a
//!     .iter()
//!     .zip(&b)
//!     .map(|(a, b)| Pair {
//!         task: a.task.clone(),
//!         tags: vec![],
//!         same_pack: a.pack_id == b.pack_id,
//!         a: vec![a.score],
//!         b: vec![b.score],
//!         passed_a: vec![a.passed],
//!         passed_b: vec![b.passed],
//!     })
//!     .collect();
//! let comparison = compare(&pairs, &CompareOptions::default())?;
//! // B repairs nine tasks and breaks one.
//! assert_eq!((comparison.wins, comparison.losses), (9, 1));
//! assert_eq!(comparison.verdict, Verdict::Better);
//! assert!(comparison.effect.low > 0.0);
//! # Ok::<(), haversack_eval::CompareError>(())
//! ```
//!
//! # The way of a question
//!
//! | | |
//! | --- | --- |
//! | which tasks can a change touch at all? | [`impact()`], before anything is asked |
//! | what does the agent say? | [`AgentSpec`] opens an agent, [`Runner::run`] asks it, [`Runs`] finds what was recorded |
//! | is B better than A? | [`pairs()`] joins two runs, [`compare()`] tests them |
//! | because of which changes? | [`attribute()`] gives each its effect, [`bisect()`] a smallest set, [`bisect_log()`] a version |
//! | does the agent believe what stands first? | [`bias()`] |
//! | which settings are worth their tokens? | [`pareto_front()`] |
//! | may B be released? | a [`Policy`] gives a [`GateResult`], also as JUnit and Markdown |
//! | who reads this? | a [`ReportPage`] is one HTML file |
//!
//! # Without an agent
//!
//! Rankings and packs have measures of their own. A version answers the [`Qrels`] of a suite with a [`Run`] (a ranking per
//! task) and with packs ([`PackView`]); a [`Measure`] is a typed value, `nDCG@10` or `answer@2000tok`; [`measure_run`] and
//! [`measure_packs`] make a [`Report`] with one mean and one number per task for each. [`import`](import::import) makes a
//! suite and a recipe out of a folder in BEIR's layout or TREC files.
//!
//! # What holds everywhere
//!
//! Nothing here prints, or reads the environment or a clock. Threads, programs and connections are those of agents, of graders
//! of kind `command`, and of [`Runner::run`]; files are read and written only where the caller says. Sums are formed in the
//! order of task ids, so that a mean has the same bits everywhere, and whatever is random follows a seed. What fails is
//! counted and told, and never left out.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod agent;
mod attribute;
mod bias;
pub mod bisect;
mod compare;
mod error;
mod export;
#[doc(hidden)]
pub mod fuzz;
mod gate;
pub mod grade;
mod html;
mod impact;
pub mod import;
mod journal;
mod judged;
mod measure;
mod number;
mod oracle;
mod outcome;
mod pack_view;
mod packs;
mod probing;
mod program;
mod qrels;
mod report;
mod run;
mod runner;
mod score;
mod secret;
mod stats;
mod suite;
mod sweep;
mod text;

pub use agent::{
    Agent, AgentError, AgentSetting, AgentSpec, AgentSpecError, Answer, AnswerForm, BUILT_IN_AGENT,
    CommandMode, CommandSpec, Extractive, ExtractiveOptions, OpenAi, OpenAiSpec, OutputLimit, Prices,
    PromptSpec, Question, RecordedAnswer, ReplaySpec, Usage,
};
pub use attribute::{AttributeOptions, Attribution, Factor, FactorEffect, attribute, attribute_one};
pub use bias::{Bias, BiasEffect, Ordered, TaskBias, bias, orders};
pub use bisect::{BisectOptions, Bisection, LogBisection, bisect, bisect_log};
pub use compare::{
    CompareError, CompareOptions, Comparison, Estimate, Interval, Noise, Pair, Passes, Power, Sequential,
    Side, Slice, TaskEffect, Test, Verdict, compare,
};
pub use error::{EvalError, LineError};
pub use export::{outcomes_csv, outcomes_from_jsonl, outcomes_jsonl, run_of_packs};
pub use gate::{
    Bound, EffectPolicy, GateCheck, GateInput, GateResult, LimitPolicy, PackTrust, Policy, TagPolicy,
    junit_of_outcomes,
};
pub use grade::{
    ChatModel, Grade, GradeError, Graded, Grader, Grading, GradingError, Message, Models, grade_all,
    graders_identity,
};
pub use html::{
    AgentSide, Change, Finding, PackSide, PassageChange, PassageSide, Provenance, ReportPage, SuiteSide,
    TaskPacks, VersionSide,
};
pub use impact::{Impact, PackPair, PassageMove, TaskImpact, impact};
pub use journal::{
    AgentRecord, Entry, Environment, InvalidRunId, JOURNAL_FORMAT, Journal, JournalError, JournalOptions,
    Listing, ProbeLog, Recording, RunHeader, RunId, Runs, Stop, TaskRecord, Torn, Ungraded,
};
pub use judged::{Judged, Judgment};
pub use measure::{
    Aggregate, Cutoff, Measure, MeasureParseError, PackKind, PackMeasure, Percent, RankKind, RankMeasure,
};
pub use oracle::{Oracle, Probe, Subset};
pub use outcome::{Outcome, Status};
pub use pack_view::{Gold, GoldSpan, PackView, PassageView};
pub use packs::measure_packs;
pub use probing::CauseError;
pub use qrels::Qrels;
pub use report::{MeasureReport, Report};
pub use run::{Ranked, Run, documents_of};
pub use runner::{
    Marking, OutcomeCache, OutcomeKey, PackError, PackSource, ProbeJob, Probed, RunError, RunOptions,
    RunPlan, RunProgress, RunRecord, Runner, TagMean, Totals, pairs, task_digest,
};
pub use score::{Averaging, measure_run};
pub use suite::{Deviation, Expect, Expected, ExpectedValue, OnError, RunSettings, Suite, SuiteHeader, Task};
pub use sweep::{SweepPoint, pareto_front};
