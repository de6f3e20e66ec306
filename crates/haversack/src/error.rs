use std::io;
use std::path::{Path, PathBuf};

use haversack_model::{RecipeError, VersionId, canonical::CanonicalError};

/// Why Haversack could not do what was asked. [`Error::hint`] says what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system refused a file operation.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// No recipe goes by this name.
    #[error("no context `{context}` (its recipe would be contexts/{context}/recipe.toml)")]
    NoRecipe {
        /// The name.
        context: String,
        /// Contexts that have a recipe.
        known: Vec<String>,
    },
    /// A recipe file is wrong.
    #[error("`{}` is not a valid recipe", path.display())]
    Recipe {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Box<RecipeError>,
    },
    /// A recipe's name is not its folder's.
    #[error("`{}` has the name `{name}` but stands in the folder `{folder}`", path.display())]
    RecipeName {
        /// The file.
        path: PathBuf,
        /// Its name.
        name: String,
        /// The folder's name.
        folder: String,
    },
    /// A context with this name exists.
    #[error("context `{0}` exists already")]
    ContextExists(String),
    /// Sources that should have been read were lost.
    #[error("{} could not be read, and the recipe does not allow that", count(lost.len(), "source"))]
    Lost {
        /// Each with its reason.
        lost: Vec<crate::SkippedSource>,
    },
    /// Two sources have the same document id.
    #[error("two sources give the document `{0}`")]
    DuplicateDocument(String),
    /// A source's path is no name of a document.
    #[error("`{0}` cannot name a document")]
    DocumentId(String),
    /// A build found nothing to index.
    #[error("the recipe's sources hold no documents ({skipped} skipped)")]
    Empty {
        /// How many sources were skipped.
        skipped: usize,
    },
    /// Threads could not be started.
    #[error("cannot start threads: {0}")]
    Threads(String),
    /// A caller's progress observer asked to stop.
    #[error("interrupted; nothing was published")]
    Cancelled,
    /// The budget is zero.
    #[error("a budget of 0 tokens holds nothing")]
    ZeroBudget,
    /// A glob of a filter is malformed.
    #[error("`{glob}` is not a valid glob")]
    Glob {
        /// The glob.
        glob: String,
        /// What is wrong.
        source: Box<globset::Error>,
    },
    /// The index of a version is not on this machine.
    #[error("the index of version {} is missing or damaged: {reason}", version.short())]
    IndexMissing {
        /// The version.
        version: VersionId,
        /// What is wrong with it.
        reason: String,
    },
    /// A segment stands under another one's name.
    #[error("segment {} holds {}", name.short(), content.short())]
    SegmentName {
        /// The name of its folder.
        name: VersionId,
        /// What it is.
        content: VersionId,
    },
    /// The line of a context names a version of another one.
    #[error("the log of `{context}` names {}, which is a version of `{name}`", version.short())]
    OtherContext {
        /// The context.
        context: String,
        /// The version.
        version: VersionId,
        /// The context that it was built for.
        name: String,
    },
    /// A version was made by stages that this program does not have.
    #[error("version {} was built with {stage} `{built}`, and this program has `{here}`", version.short())]
    Stage {
        /// The version.
        version: VersionId,
        /// Which stage.
        stage: &'static str,
        /// What built it.
        built: String,
        /// What is here.
        here: String,
    },
    /// A lock file is not one.
    #[error("`{}` is not a valid lock file: {reason}", path.display())]
    Lockfile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The workspace's settings are wrong.
    #[error("`{}` is not valid: {reason}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Fields of two recipes that are valid in each are not when only some of them are changed.
    #[error("the recipes of the two versions do not mix")]
    Between {
        /// What is wrong with the mixture.
        source: Box<RecipeError>,
    },
    /// No remote goes by this name.
    #[error("`{0}` names no remote")]
    NoRemote(String),
    /// A list of index files from a remote names what it must not.
    #[error("the list of index files is not what it should be (`{0}`)")]
    IndexList(String),
    /// A signature is asked for and there is none.
    #[error("version {} is not signed", .0.short())]
    Unsigned(VersionId),
    /// No tokenizer goes by this name.
    #[error("unknown tokenizer `{0}` (known: o200k_base, cl100k_base, or the path of a tokenizer.json)")]
    Tokenizer(String),
    /// The ranking of a task holds what no run can.
    #[error("task `{task}` cannot be ranked")]
    Task {
        /// The task.
        task: String,
        /// What it holds.
        source: Box<haversack_eval::LineError>,
    },
    /// Recorded runs cannot be listed.
    #[error(transparent)]
    Runs(Box<haversack_eval::JournalError>),
    /// Suites, runs, measures.
    #[error(transparent)]
    Eval(#[from] haversack_eval::EvalError),
    /// Sources to documents to chunks.
    #[error(transparent)]
    Corpus(#[from] haversack_corpus::CorpusError),
    /// Text to vectors.
    #[error(transparent)]
    Embed(#[from] haversack_embed::EmbedError),
    /// Building and searching segments.
    #[error(transparent)]
    Index(#[from] haversack_index::IndexError),
    /// Objects, versions, refs.
    #[error(transparent)]
    Store(#[from] haversack_store::StoreError),
    /// To and from remotes.
    #[error(transparent)]
    Sync(#[from] haversack_store::sync::SyncError),
    /// Reaching an object store.
    #[error(transparent)]
    Remote(#[from] haversack_remote::RemoteError),
    /// Signatures.
    #[error(transparent)]
    Sign(#[from] haversack_sign::SignError),
    /// A value without a canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// A value without a binary form.
    #[error(transparent)]
    Frame(#[from] haversack_model::frame::FrameError),
    /// A string that names no version.
    #[error(transparent)]
    Address(#[from] haversack_store::InvalidAddress),
}

/// `1 source`, `3 sources`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// What a person can do about it: a sentence or a command.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        use haversack_store::StoreError;
        Some(match self {
            Self::NoRecipe { known, .. } if known.is_empty() => {
                "make one with `haversack init FOLDER`".to_owned()
            }
            Self::NoRecipe { known, .. } => format!("contexts here: {}", known.join(", ")),
            Self::RecipeName { folder, .. } => format!("write `name = \"{folder}\"` in the recipe"),
            Self::ContextExists(name) => {
                format!("edit contexts/{name}/recipe.toml, or choose another --name")
            }
            Self::Lost { .. } => {
                "repair or exclude them, or set `on_unreadable = \"skip\"` for the corpus".to_owned()
            }
            Self::Empty { .. } => {
                "check `path`, `include` and `exclude` of the corpus in the recipe".to_owned()
            }
            Self::NoRemote(name) => {
                format!("name it in haversack.toml under [remote.{name}], or write ./{name} for a folder")
            }
            Self::ZeroBudget => "ask for at least 1 token, for example --budget 2000".to_owned(),
            Self::IndexMissing { .. } => "rebuild it with `haversack fsck --repair`".to_owned(),
            Self::Stage { .. } => {
                "build the context again with this program, or use the one that built it".to_owned()
            }
            Self::Lockfile { .. } => "restore it from version control, or run `haversack build`".to_owned(),
            Self::Store(StoreError::NoStore(_)) => "build a context first: `haversack build`".to_owned(),
            Self::Store(StoreError::NoContext(name)) => format!("run `haversack build {name}`"),
            Self::Store(StoreError::Locked { .. }) => "wait for it to end, then try again".to_owned(),
            Self::Store(StoreError::NoVersion { known, .. }) if !known.is_empty() => {
                format!("known versions: {}", known.join(", "))
            }
            Self::Store(StoreError::Ambiguous { candidates, .. }) => {
                let short: Vec<_> = candidates.iter().map(haversack_model::Digest::short).collect();
                format!("give more digits: {}", short.join(", "))
            }
            Self::Store(StoreError::Damaged { .. } | StoreError::Missing(_)) => {
                "see all damage with `haversack fsck`".to_owned()
            }
            Self::Store(StoreError::TagExists { .. }) => "move it with --force".to_owned(),
            _ => return None,
        })
    }
}
