use std::io;
use std::path::{Path, PathBuf};

use haversack_model::frame::FrameError;
use haversack_model::{Digest, DocumentId, VersionId};

use crate::StoreError;

/// Why something could not be moved to or from a remote.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The remote could not be reached, or refused.
    #[error("cannot {action} `{path}` at `{remote}`")]
    Transport {
        /// The remote.
        remote: String,
        /// What was tried.
        action: &'static str,
        /// The file or folder there.
        path: String,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file that must be there is not.
    #[error("remote file `{path}` is missing")]
    Absent {
        /// The file.
        path: String,
    },
    /// Somebody else wrote a file since it was read.
    #[error("remote file `{path}` was changed by somebody else")]
    LostRace {
        /// The file.
        path: String,
    },
    /// Somebody else pushed the same context at the same time.
    #[error("`{context}` was pushed by somebody else just now; pull first")]
    Raced {
        /// The context.
        context: String,
    },
    /// The line at the remote has steps that the line here has not.
    #[error("`{context}` at the remote has versions that are not here (latest {}); pull first", latest.short())]
    Diverged {
        /// The context.
        context: String,
        /// The latest version there.
        latest: VersionId,
    },
    /// Both lines have steps that the other has not.
    #[error("`{context}` was changed both here and at the remote since {}", base.map_or_else(|| "the beginning".to_owned(), |base| base.short()))]
    Apart {
        /// The context.
        context: String,
        /// The last version that both have in common.
        base: Option<VersionId>,
    },
    /// There is no remote where one should be.
    #[error("`{remote}` holds no haversack remote")]
    NotARemote {
        /// The remote.
        remote: String,
    },
    /// The remote has a layout that this program does not know.
    #[error("`{remote}` has layout `{found}`, which this program does not read")]
    Layout {
        /// The remote.
        remote: String,
        /// What its format file says.
        found: String,
    },
    /// A file at the remote is not what its name or checksum promises.
    #[error("remote file `{path}` is damaged")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong with it, where something tells.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A file at the remote has a format that this program does not know yet.
    #[error("remote file `{path}` was written by a newer program")]
    Newer {
        /// The file.
        path: String,
        /// Which format.
        source: FrameError,
    },
    /// No pack of the remote holds an object that a version needs.
    #[error("object {} is not at the remote", object.short())]
    Missing {
        /// The object.
        object: Digest,
    },
    /// Documents were erased at the remote and are still here, so that they might come back.
    #[error("{} documents were erased at the remote and are still here; pull the erasures first", documents.len())]
    Erased {
        /// The documents.
        documents: Vec<DocumentId>,
    },
    /// Documents were erased here and not at the remote.
    #[error("{} documents were erased here and not at the remote; push the erasures first", documents.len())]
    ErasedHere {
        /// The documents.
        documents: Vec<DocumentId>,
    },
    /// A file of this machine is not what it is said to be.
    #[error("`{}` is not the file that is to be sent", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A path that may not name a file at a remote.
    #[error("`{0}` cannot name a remote file")]
    Path(String),
    /// The system refused a file operation on this machine.
    #[error("cannot {action} `{}`", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The store here could not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SyncError {
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }

    pub(crate) fn damaged(path: &str, source: FrameError) -> Self {
        let path = path.to_owned();
        match source {
            source @ FrameError::Newer { .. } => Self::Newer { path, source },
            source => Self::Damaged { path, source: Some(Box::new(source)) },
        }
    }
}
