use std::io;
use std::path::{Path, PathBuf};

use haversack_model::canonical::CanonicalError;
use haversack_model::frame::FrameError;
use haversack_model::{Digest, DocumentId, VersionId};

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
        /// Who that is, as the lock file says.
        holder: String,
    },
    /// Nothing can be written here: the folder, its file system or this user's rights are for reading only.
    #[error("store at `{}` can only be read", path.display())]
    ReadOnly {
        /// The file or folder that was refused.
        path: PathBuf,
        /// Why not.
        source: io::Error,
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
    /// A file has a format that this program does not know yet.
    #[error("`{}` was written by a newer program", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Which format.
        source: FrameError,
    },
    /// Bytes that came from elsewhere are not the object that they should be.
    #[error("what came as object {} is another or damaged", object.short())]
    Foreign {
        /// The object asked for.
        object: Digest,
        /// What is wrong with it, where a frame told.
        source: Option<FrameError>,
    },
    /// A node is what its name promises, but no tree has it there.
    #[error("tree node {} does not fit where it stands", .0.short())]
    Shape(Digest),
    /// A document was erased.
    #[error("document `{document}` was erased")]
    Erased {
        /// The document.
        document: DocumentId,
    },
    /// No version holds a document.
    #[error("no version holds document `{0}`")]
    NoDocument(DocumentId),
    /// A snapshot may hold a document once.
    #[error("document `{0}` stands in the snapshot twice")]
    Twice(DocumentId),
    /// An object does not fit into a pack.
    #[error("object of {0} bytes is too large to store (most is 4 GiB)")]
    TooLarge(u64),
    /// A version was removed by a collection of garbage.
    #[error("`{address}` names {}, whose objects were removed", version.short())]
    Pruned {
        /// The address as given.
        address: String,
        /// The version.
        version: VersionId,
    },
    /// Nothing can be collected under this rule.
    #[error("retention must keep at least the last version")]
    Retention,
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
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// An error of writing, told apart where the place is for reading only.
    pub(crate) fn denied(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { path, source }
            }
            _ => Self::Io { action, path, source },
        }
    }

    pub(crate) fn damaged(path: &Path, source: Option<FrameError>) -> Self {
        let path = path.to_owned();
        match source {
            Some(source @ FrameError::Newer { .. }) => Self::Newer { path, source },
            source => Self::Damaged { path, source },
        }
    }
}

/// An error with its causes in one line.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
