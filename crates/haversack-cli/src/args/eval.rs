//! Arguments of evaluation.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    #[command(subcommand)]
    pub command: EvalCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    /// Put a suite's tasks to an agent, with packs of a version
    #[command(
        after_help = "An interrupted run is recorded as far as it came; --resume goes on with it.\n\nExamples:\n  haversack eval run handbook --context handbook\n  haversack eval run handbook --context handbook@v1 --agent gpt --trials 3 --export jsonl=out.jsonl"
    )]
    Run(RunArgs),
    /// List recorded runs
    Runs,
    /// Show a recorded run task by task: what was said, and what graders made of it
    #[command(after_help = "Example:\n  haversack eval show 20261126 --task h042")]
    Show(ShowRunArgs),
    /// Say which tasks' packs differ between two versions; no agent is called
    #[command(after_help = "Example:\n  haversack eval impact handbook~1 handbook --suite handbook")]
    Impact(ImpactArgs),
    /// Compare two versions by an agent's outcomes, calling it only where packs differ
    #[command(
        after_help = "Examples:\n  haversack eval compare handbook~1 handbook --suite handbook\n  haversack eval compare docs@v1 docs --suite support --agent gpt --trials 3 --wanted 0.05"
    )]
    Compare(CompareArgs),
    /// Estimate what each changed document and recipe field does to the outcomes
    #[command(
        after_help = "With one version: which of its documents carry the suite, which hurt it, which are never used.\n\nExamples:\n  haversack eval attribute handbook~1 handbook --suite handbook\n  haversack eval attribute handbook --suite handbook"
    )]
    Attribute(AttributeArgs),
    /// Find a smallest set of changes that flips an outcome, or the version that did
    #[command(
        after_help = "Examples:\n  haversack eval bisect handbook~1 handbook --suite handbook --task h042\n  haversack eval bisect handbook@v1..handbook --suite handbook --task h042"
    )]
    Bisect(BisectArgs),
    /// Run a suite under every combination of recipe settings
    #[command(
        after_help = "Example:\n  haversack eval sweep handbook --suite handbook --vary packing.budget=500,1000,2000 --vary fusion.dense_weight=0.3,0.55"
    )]
    Sweep(SweepArgs),
    /// Ask whether the agent trusts a passage for its place in the pack
    #[command(after_help = "Example:\n  haversack eval bias handbook --suite handbook --orders 6")]
    Bias(BiasArgs),
    /// Judge a comparison by a policy; the exit code is 1 when it fails
    #[command(
        after_help = "Example:\n  haversack eval gate handbook@stable handbook --suite handbook --policy evals/handbook/gate.toml --junit gate.xml"
    )]
    Gate(GateArgs),
    /// Write a comparison as one HTML file
    #[command(
        after_help = "Example:\n  haversack eval report handbook~1 handbook --suite handbook --attribute --out report.html"
    )]
    Report(ReportArgs),
    /// Turn a BEIR-layout folder into a corpus, a recipe and a suite
    #[command(after_help = "Example:\n  haversack eval import data/cacm --name cacm")]
    Import(ImportArgs),
    /// Measure a context against a suite
    #[command(
        after_help = "Example:\n  haversack eval measure cacm --context cacm --measures nDCG@10,R@100 --run out.trec"
    )]
    Measure(MeasureArgs),
    /// Score a TREC run
    #[command(
        after_help = "Example:\n  haversack eval score --qrels qrels.tsv --run out.trec --measures nDCG@10,AP"
    )]
    Score(ScoreArgs),
    /// Measure again and compare with the suite's expected numbers
    #[command(after_help = "Example:\n  haversack eval reproduce handbook")]
    Reproduce(ReproduceArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Folder with corpus.jsonl, queries.jsonl, qrels.tsv and perhaps answers.jsonl
    pub folder: PathBuf,
    /// Name of the context and suite
    #[arg(long)]
    pub name: String,
    /// Embedder of the context [default: minilm]
    #[arg(long)]
    pub embedder: Option<String>,
    /// Import gold character spans over raw/corpora/*.md instead of judged records
    #[arg(long)]
    pub spans: bool,
}

/// Which retriever ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RetrieverArg {
    /// As the recipe says
    Hybrid,
    /// BM25 alone
    Lexical,
    /// Vectors alone
    Dense,
}

#[derive(Debug, Args)]
pub(crate) struct MeasureArgs {
    /// Suite under evals/, or its folder
    pub suite: String,
    /// Version to measure
    #[arg(long)]
    pub context: String,
    /// Measures, separated by commas [default: the suite's]
    #[arg(long, value_delimiter = ',')]
    pub measures: Vec<String>,
    /// Which ranking to measure
    #[arg(long, value_enum, default_value = "hybrid")]
    pub retriever: RetrieverArg,
    /// Write the ranking as a TREC run
    #[arg(long, value_name = "FILE")]
    pub run: Option<PathBuf>,
    /// Recipe field to change for this measurement, as KEY=VALUE (repeatable; query-time fields only)
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// Judgments: TREC qrels or BEIR TSV
    #[arg(long, value_name = "FILE")]
    pub qrels: PathBuf,
    /// Ranking: TREC run
    #[arg(long, value_name = "FILE")]
    pub run: PathBuf,
    /// Measures, separated by commas
    #[arg(long, value_delimiter = ',', required = true)]
    pub measures: Vec<String>,
    /// Average as trec_eval does, over queries that the run has
    #[arg(long)]
    pub trec_eval: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReproduceArgs {
    /// Suite under evals/, or its folder
    pub suite: String,
}

/// What is put to whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct AgentArgs {
    /// Suite under evals/, or its folder
    #[arg(long)]
    pub suite: String,
    /// How tasks are put to an agent.
    #[command(flatten)]
    pub asking: AskingArgs,
}

/// How tasks are put to an agent.
#[derive(Debug, Clone, Args)]
pub(crate) struct AskingArgs {
    /// Agent, as the suite's [agent.NAME] [default: the suite's, else the built-in `extractive`]
    #[arg(long)]
    pub agent: Option<String>,
    /// Repetitions of each task [default: the suite's, else 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub trials: Option<u32>,
    /// Tokens of a pack where a task says nothing [default: the suite's, else the recipe's]
    #[arg(long, short, value_name = "TOKENS", value_parser = clap::value_parser!(u32).range(1..))]
    pub budget: Option<u32>,
    /// Questions at once, where the agent allows as many [default: as many as it allows]
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true)]
    pub concurrency: usize,
    /// Where random numbers start
    #[arg(long, default_value = "1")]
    pub seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Suite under evals/, or its folder
    pub suite: String,
    /// Version to draw packs from
    #[arg(long)]
    pub context: String,
    #[command(flatten)]
    pub asking: AskingArgs,
    /// Go on with a recorded run (an id or its beginning); failed calls are made again
    #[arg(long, value_name = "RUN", conflicts_with_all = ["trials", "budget"])]
    pub resume: Option<String>,
    /// Write outcomes to a file: jsonl, csv, trec, junit or answers (for the agent `replay`), as FORMAT=FILE (repeatable)
    #[arg(long, value_name = "FORMAT=FILE")]
    pub export: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ShowRunArgs {
    /// Run: its id, or the beginning of it
    pub run: String,
    /// Task (repeatable) [default: those that did not pass]
    #[arg(long = "task", value_name = "ID")]
    pub tasks: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ImpactArgs {
    /// First version
    pub a: String,
    /// Second version
    pub b: String,
    #[command(flatten)]
    pub asking: AgentArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// First version
    pub a: String,
    /// Second version
    pub b: String,
    #[command(flatten)]
    pub asking: AgentArgs,
    #[command(flatten)]
    pub comparing: ComparingArgs,
}

/// How outcomes are compared.
#[derive(Debug, Clone, Args)]
pub(crate) struct ComparingArgs {
    /// Ask also where packs are the same, so that means are those of the whole suite
    #[arg(long)]
    pub all: bool,
    /// Significance level; intervals have the confidence 1 - ALPHA
    #[arg(long, default_value = "0.05")]
    pub alpha: f64,
    /// An effect that is wanted, to learn how many tasks it needs
    #[arg(long, value_name = "EFFECT")]
    pub wanted: Option<f64>,
    /// BCa bootstrap intervals instead of score intervals
    #[arg(long)]
    pub bca: bool,
    /// Test after every task, and stop as soon as the answer is sure
    #[arg(long)]
    pub sequential: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AttributeArgs {
    /// First version, or the only one
    pub a: String,
    /// Second version
    pub b: Option<String>,
    #[command(flatten)]
    pub asking: AgentArgs,
    #[command(flatten)]
    pub attributing: AttributingArgs,
}

/// How causes are looked for.
#[derive(Debug, Clone, Args)]
pub(crate) struct AttributingArgs {
    /// Share of false discoveries among what is found
    #[arg(long, default_value = "0.1")]
    pub fdr: f64,
    /// Most calls of the agent
    #[arg(long, value_name = "N")]
    pub max_calls: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct BisectArgs {
    /// First version, or GOOD..BAD for the versions of a log
    pub a: String,
    /// Second version
    pub b: Option<String>,
    #[command(flatten)]
    pub asking: AgentArgs,
    /// Task whose outcome is followed (repeatable) [default: with GOOD..BAD, the whole suite]
    #[arg(long = "task", value_name = "ID")]
    pub tasks: Vec<String>,
    /// Confidence of a conclusive answer
    #[arg(long, default_value = "0.95")]
    pub confidence: f64,
    /// Look for further sets, without the changes of those found
    #[arg(long)]
    pub all: bool,
    /// Most calls of the agent
    #[arg(long, value_name = "N")]
    pub max_calls: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct SweepArgs {
    /// Version
    pub context: String,
    #[command(flatten)]
    pub asking: AgentArgs,
    /// Recipe field and its values, as KEY=A,B,C (repeatable)
    #[arg(long = "vary", value_name = "KEY=VALUES", required = true)]
    pub vary: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct BiasArgs {
    /// Version
    pub context: String,
    #[command(flatten)]
    pub asking: AgentArgs,
    /// Orders of each task's passages, at least: every passage stands equally often at every position
    #[arg(long, default_value = "6", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub orders: u16,
}

#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// Version that is known to be good
    pub a: String,
    /// Version to judge
    pub b: String,
    #[command(flatten)]
    pub asking: AgentArgs,
    #[command(flatten)]
    pub gating: GatingArgs,
}

/// By what a version is judged, and where that is written.
#[derive(Debug, Clone, Args)]
pub(crate) struct GatingArgs {
    /// Policy [default: gate.toml in the suite's folder]
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Write the checks and tasks as JUnit
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write a summary for a pull request
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// First version
    pub a: String,
    /// Second version
    pub b: String,
    #[command(flatten)]
    pub asking: AgentArgs,
    #[command(flatten)]
    pub comparing: ComparingArgs,
    /// Where the page goes
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Say which changes moved the outcomes
    #[arg(long)]
    pub attribute: bool,
    /// Show what settings of the second version cost and give, as KEY=A,B,C (repeatable)
    #[arg(long = "vary", value_name = "KEY=VALUES")]
    pub vary: Vec<String>,
    /// Judge by this policy too
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "With --suite the version must pass the suite's gate against what the tag names now (or --against). haversack.toml can ask for a suite, as [promote.stable] suite = \"handbook\".\n\nExamples:\n  haversack promote handbook --to stable --suite handbook\n  haversack promote handbook@v2 --to stable"
)]
pub(crate) struct PromoteArgs {
    /// Version
    pub context: String,
    /// Tag to move
    #[arg(long, value_name = "TAG")]
    pub to: String,
    /// Version to compare with [default: what the tag names now]
    #[arg(long, value_name = "VERSION")]
    pub against: Option<String>,
    /// Suite whose gate it must pass [default: as haversack.toml says, else none]
    #[arg(long)]
    pub suite: Option<String>,
    #[command(flatten)]
    pub asking: AskingArgs,
    #[command(flatten)]
    pub gating: GatingArgs,
}
