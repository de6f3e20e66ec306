//! What the command line accepts. These definitions feed the parser, the help, the man page and the completions.

mod eval;
mod keep;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use eval::*;
pub(crate) use keep::*;

/// Versioned context for agents: build it, pack it, prove which information changes the outcome.
#[derive(Debug, Parser)]
#[command(
    name = "haversack",
    version,
    about,
    max_term_width = 100,
    after_help = "Examples:\n  haversack init docs/            scaffold a context from a folder\n  haversack build                 make a version of it\n  haversack pack docs \"how do I rotate the signing key?\" --budget 2000\n  haversack diff docs~1 docs      what changed between two versions\n\nExit codes: 0 done; 1 the answer is no (verify differs, fsck found damage, a gate failed); 2 bad usage or environment; 101 a bug."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Folder that holds contexts/ and .haversack/ [default: found upwards, as git does]
    #[arg(long, global = true, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Print JSON to stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// Show no progress and no notes
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Index a sample corpus, pack it, edit it, and show what changed
    Quickstart,
    /// Scaffold a context from a folder
    Init(InitArgs),
    /// Make a new version of a context: scan, chunk, embed, index
    Build(BuildArgs),
    /// Rank chunks for a query
    Search(SearchArgs),
    /// Pack what a query retrieves under a token budget
    Pack(PackArgs),
    /// List the versions of a context
    Log(LogArgs),
    /// Show what a version is made of
    Show(ShowArgs),
    /// Give a version a fixed name
    Tag(TagArgs),
    /// Make an earlier version the latest again
    Rollback(RollbackArgs),
    /// Compare two versions: sources, recipe, chunks, packs
    Diff(DiffArgs),
    /// Check that the lock file matches sources and store
    Verify(ContextArgs),
    /// Check the store, and repair what can be rebuilt
    Fsck(FsckArgs),
    /// Remove versions that need not be kept, and what only they need
    Gc(GcArgs),
    /// Erase a document from every version and cache
    Forget(ForgetArgs),
    /// Send a context to a remote
    Push(PushArgs),
    /// Fetch a version from a remote
    Pull(PullArgs),
    /// Fetch every context of a remote into a new folder
    Clone(CloneArgs),
    /// Make a key pair for signing
    Keygen(KeygenArgs),
    /// Sign a version, or check its signature
    Sign(SignArgs),
    /// Measure, run, compare, attribute, bisect: which information changes the outcome
    Eval(EvalArgs),
    /// Move a tag to a version, if a gate lets it pass
    Promote(PromoteArgs),
    /// Say what is available here: models, threads, store
    Doctor,
    /// Print a completion script for a shell
    #[command(
        after_help = "Example:\n  haversack completions bash > ~/.local/share/bash-completion/completions/haversack"
    )]
    Completions(CompletionsArgs),
    /// Print the man page, or write one for every command
    Man(ManArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  haversack init docs/\n  haversack init ~/wiki --name wiki --embedder none"
)]
pub(crate) struct InitArgs {
    /// Folder (or one file) of sources
    pub folder: PathBuf,
    /// Name of the context [default: the folder's name]
    #[arg(long)]
    pub name: Option<String>,
    /// minilm, none, or fastembed:FOLDER [default: minilm]
    #[arg(long)]
    pub embedder: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  haversack build\n  haversack build docs --message \"after the June release\""
)]
pub(crate) struct BuildArgs {
    /// Context [default: the only one]
    pub context: Option<String>,
    /// What to say of the version in the log
    #[arg(long, short, default_value = "")]
    pub message: String,
    /// Read every source, even those that seem unchanged
    #[arg(long)]
    pub reread: bool,
    /// Threads [default: all cores]
    #[arg(long, short = 'j')]
    pub threads: Option<std::num::NonZeroUsize>,
}

/// Who asks, and which documents may be drawn on.
#[derive(Debug, Clone, Args)]
pub(crate) struct ScopeArgs {
    /// Name of who asks
    #[arg(long, value_name = "NAME", default_value = "anyone")]
    pub principal: String,
    /// Label that the principal holds (repeatable)
    #[arg(long = "label", value_name = "LABEL")]
    pub labels: Vec<String>,
    /// Only documents whose id matches this glob (repeatable)
    #[arg(long = "path", value_name = "GLOB")]
    pub paths: Vec<String>,
    /// Only documents with this metadata (repeatable)
    #[arg(long = "where", value_name = "KEY=VALUE")]
    pub metadata: Vec<String>,
    /// Only documents in this language (en, de, ...)
    #[arg(long, value_name = "CODE")]
    pub language: Option<String>,
    /// Least trust
    #[arg(long, value_enum)]
    pub trust: Option<TrustArg>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum TrustArg {
    Untrusted,
    Standard,
    Trusted,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  haversack search docs \"signing key rotation\"\n  haversack search docs@v1 \"late fee\" --limit 20 --json"
)]
pub(crate) struct SearchArgs {
    /// Version: docs, docs@v1, docs@latest~1, docs@3f9c2a1b
    pub context: String,
    /// What to look for
    pub query: String,
    /// Most chunks to show
    #[arg(long, short = 'n', default_value_t = 10)]
    pub limit: usize,
    #[command(flatten)]
    pub scope: ScopeArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  haversack pack docs \"how do I rotate the signing key?\" --budget 2000\n  haversack pack docs@v1 \"who approves refunds?\" --format xml --explain\n  haversack pack docs \"salary bands\" --principal ana --label hr"
)]
pub(crate) struct PackArgs {
    /// Version: docs, docs@v1, docs@latest~1, docs@3f9c2a1b
    pub context: String,
    /// The task or question (`-` reads it from stdin)
    pub query: String,
    /// Most tokens [default: the recipe's]
    #[arg(long, short)]
    pub budget: Option<usize>,
    /// o200k_base, cl100k_base, or a tokenizer.json [default: the recipe's]
    #[arg(long)]
    pub tokenizer: Option<String>,
    /// How the pack is written [default: the recipe's]
    #[arg(long, value_enum)]
    pub format: Option<FormatArg>,
    /// How passages follow one another [default: the recipe's]
    #[arg(long, value_enum)]
    pub order: Option<OrderArg>,
    /// Show why each candidate was kept or dropped (on stderr)
    #[arg(long)]
    pub explain: bool,
    #[command(flatten)]
    pub scope: ScopeArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FormatArg {
    Markdown,
    Xml,
    Json,
    Plain,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OrderArg {
    Relevance,
    Document,
    Edges,
}

#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// Context [default: the only one]
    pub context: Option<String>,
    /// Most entries to show
    #[arg(long, short = 'n')]
    pub limit: Option<usize>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  haversack show docs\n  haversack show docs@v1 --documents\n  haversack show docs --recipe"
)]
pub(crate) struct ShowArgs {
    /// Version [default: the latest of the only context]
    pub context: Option<String>,
    /// Print the effective recipe as TOML
    #[arg(long, conflicts_with = "documents")]
    pub recipe: bool,
    /// List the documents
    #[arg(long)]
    pub documents: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  haversack tag docs v1\n  haversack tag docs@latest~1 stable --force")]
pub(crate) struct TagArgs {
    /// Version to name
    pub context: String,
    /// The name
    pub tag: String,
    /// Move the tag if it names another version
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  haversack rollback docs@v1")]
pub(crate) struct RollbackArgs {
    /// Version to return to
    pub context: String,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  haversack diff docs~1 docs\n  haversack diff docs@v1 docs@v2 --query \"how often are keys rotated?\""
)]
pub(crate) struct DiffArgs {
    /// First version
    pub a: String,
    /// Second version
    pub b: String,
    /// Compare the packs for this query (repeatable)
    #[arg(long = "query")]
    pub queries: Vec<String>,
    /// Budget of those packs [default: each recipe's]
    #[arg(long, short)]
    pub budget: Option<usize>,
    #[command(flatten)]
    pub scope: ScopeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ContextArgs {
    /// Context [default: the only one]
    pub context: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct FsckArgs {
    /// Rebuild indexes that are missing or damaged
    #[arg(long)]
    pub repair: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write one page per command into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
