use std::io;
use std::path::PathBuf;

/// Why a remote could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The URL names no object store.
    #[error("`{url}` names no object store: {reason}")]
    Url {
        /// The URL, without what stands before an `@`.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The service is known, and this program was built without it.
    #[error("`{scheme}` needs a program built with the feature `{feature}`")]
    Feature {
        /// What the URL begins with.
        scheme: String,
        /// The missing feature.
        feature: &'static str,
    },
    /// The connection would not be encrypted.
    #[error("`{0}` is not encrypted")]
    Insecure(String),
    /// A setting or credential has no meaning.
    #[error("cannot set up `{url}`")]
    Setup {
        /// The remote.
        url: String,
        /// What the service's client says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file is not there.
    #[error("remote file `{0}` is missing")]
    Missing(String),
    /// Somebody else wrote the file in between.
    #[error("remote file `{0}` was changed by somebody else")]
    LostRace(String),
    /// The service does not know who asks, or does not let them.
    #[error("access to `{path}` is denied")]
    Denied {
        /// The file.
        path: String,
        /// What the service's client says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The service gave no identity for a state of a file, so that a race would not be seen.
    #[error("remote file `{0}` has no entity tag")]
    NoTag(String),
    /// The request failed, after retries where they could help.
    #[error("cannot {action} remote file `{path}`")]
    Request {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: String,
        /// What the service's client says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file of this machine cannot be read.
    #[error("cannot read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The threads for network work cannot be started, or were stopped.
    #[error("network threads are not available")]
    Threads(#[source] Option<io::Error>),
}
