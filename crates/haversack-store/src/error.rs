use std::io;
use std::path::PathBuf;

use haversack_model::canonical::CanonicalError;
use haversack_model::frame::FrameError;
use haversack_model::{Digest, VersionId};

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
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
    /// There is no store here.
    #[error("no store at `{}`", .0.display())]
    NoStore(PathBuf),
    /// The folder has a layout that this program does not know.
    #[error("store at `{}` has layout `{found}`, which this program does not read", path.display())]
    Layout {
        /// The store.
        path: PathBuf,
        /// What its format file says.
        found: String,
    },
    /// Another process is writing.
    #[error("store is locked by another writer ({holder})")]
    Locked {
        /// What the lock file says of the holder.
        holder: String,
    },
    /// An object that a version needs is not there.
    #[error("object {} is missing", .0.short())]
    Missing(Digest),
    /// A file is not what its name or checksum promises.
    #[error("`{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, where a frame told.
        source: Option<FrameError>,
    },
    /// A value has no canonical or binary form.
    #[error("value cannot be stored")]
    Canonical(#[from] CanonicalError),
    /// A value has no binary form.
    #[error("value cannot be stored")]
    Frame(#[from] FrameError),
    /// No version was ever built of this context.
    #[error("context `{0}` has no versions")]
    NoContext(String),
    /// An address names no version.
    #[error("`{address}` names no version")]
    NoVersion {
        /// The address as given.
        address: String,
        /// Tags and short ids that exist, newest first.
        known: Vec<String>,
    },
    /// An address names several versions.
    #[error("`{address}` names {} versions", candidates.len())]
    Ambiguous {
        /// The address as given.
        address: String,
        /// All that match.
        candidates: Vec<VersionId>,
    },
    /// A tag exists and names another version.
    #[error("tag `{tag}` of `{context}` already names {}", version.short())]
    TagExists {
        /// The context.
        context: String,
        /// The tag.
        tag: String,
        /// What it names.
        version: VersionId,
    },
    /// A name that no tag may have.
    #[error(
        "`{0}` cannot be a tag (letters, digits, `-`, `_`, `.`; not `latest`, not 4 or more hexadecimal digits)"
    )]
    TagName(String),
}

impl StoreError {
    pub(crate) fn io(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
