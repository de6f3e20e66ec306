//! What the commands share that put a suite to an agent.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{SystemTime, UNIX_EPOCH};

use haversack::evaluate::{EvaluateOptions, Evaluator, Watch};
use haversack::{Context, Store, Workspace};
use haversack_eval::{CompareOptions, Interval, RunProgress, Suite};

use super::{open_suite, suite_folder};
use crate::args::{AskingArgs, ComparingArgs, Global};
use crate::commands::{store, suggest, workspace};
use crate::failure::Failure;
use crate::output::Output;

/// A suite and a store that are open.
pub(crate) struct Place {
    pub workspace: Workspace,
    pub store: Store,
    pub suite: Suite,
    pub folder: PathBuf,
    output: Output,
}

impl Place {
    pub fn open(global: &Global, suite: &str) -> Result<Self, Failure> {
        let workspace = workspace(global)?;
        let (suite, folder) = (open_suite(&workspace, suite)?, suite_folder(&workspace, suite));
        let store = store(&workspace)?;
        Ok(Self { workspace, store, suite, folder, output: Output::new(global) })
    }

    pub fn context(&self, address: &str) -> Result<Context, Failure> {
        self.store.context(address).map_err(|error| suggest(&self.workspace, address, error))
    }

    /// The suite with its agent and graders.
    pub fn evaluator<'a>(&'a self, asking: &AskingArgs, watch: Watch<'a>) -> Result<Evaluator<'a>, Failure> {
        let options = EvaluateOptions {
            agent: asking.agent.clone(),
            trials: asking.trials,
            budget: asking.budget,
            concurrency: asking.concurrency,
            seed: asking.seed,
            program: format!("haversack {}", env!("CARGO_PKG_VERSION")),
        };
        let variable = |name: &str| std::env::var(name).ok();
        let evaluator = Evaluator::open(&self.store, (&self.suite, &self.folder), options, &variable, watch)?;
        for (run, error) in evaluator.unreadable() {
            self.output.warning(&format!("what run {run} recorded is not used again: {error}"));
        }
        Ok(evaluator)
    }
}

/// Milliseconds since 1970; `SOURCE_DATE_EPOCH` wins, so that records can be reproduced.
pub(crate) fn clock() -> u64 {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse::<u64>().ok());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
    fixed.map_or_else(|| u64::try_from(now()).unwrap_or(u64::MAX), |seconds| seconds.saturating_mul(1_000))
}

/// Outcomes counted on stderr while it is a terminal, and Ctrl-C as a wish to stop.
pub(crate) struct Counter {
    shown: bool,
    interrupted: Arc<AtomicBool>,
}

impl Counter {
    pub fn new(output: &Output) -> Self {
        let shown = !output.quiet && std::io::stderr().is_terminal();
        Self { shown, interrupted: crate::progress::interrupted() }
    }

    /// Runs something that is watched.
    pub fn watch<T>(&self, act: impl FnOnce(Watch<'_>) -> T) -> T {
        let show = |progress: &RunProgress<'_>| {
            if self.shown && (progress.done.is_multiple_of(10) || progress.done == progress.planned) {
                let _ =
                    write!(std::io::stderr().lock(), "\r{} of {} outcomes ", progress.done, progress.planned);
            }
        };
        let probing = |packs: u64, calls: u64| {
            if self.shown {
                let _ = write!(std::io::stderr().lock(), "\r{packs} packs, {calls} calls of the agent ");
            }
        };
        let mut watch = Watch::new(&clock);
        watch.probed = Some(&probing);
        watch.cancel = Some(&self.interrupted);
        watch.progress = Some(&show);
        let came = act(watch);
        if self.shown {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
        }
        came
    }
}

/// The options of a comparison.
pub(crate) fn comparing(args: &ComparingArgs) -> CompareOptions {
    CompareOptions {
        alpha: args.alpha,
        wanted: args.wanted,
        interval: if args.bca { Interval::Bca } else { Interval::Score },
        sequential: args.sequential,
        ..CompareOptions::default()
    }
}

/// `+0.082`, `-0.100`, `0.000`.
pub(crate) fn signed(value: f64) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    // What rounds to nothing is on neither side of it.
    if value.abs() < 0.0005 { "0.000".to_owned() } else { format!("{sign}{value:.3}") }
}

/// `+0.082 [+0.030, +0.133]`.
pub(crate) fn estimate(estimate: &haversack_eval::Estimate) -> String {
    format!("{} [{}, {}]", signed(estimate.mean), signed(estimate.low), signed(estimate.high))
}

/// `p = 0.0021`, `p < 0.0001`.
pub(crate) fn probability(name: &str, p: f64) -> String {
    if p < 0.0001 { format!("{name} < 0.0001") } else { format!("{name} = {p:.4}") }
}
