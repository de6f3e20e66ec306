use std::io;
use std::path::PathBuf;

/// Why a corpus as a whole cannot be scanned.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The folder or file of the corpus is missing or cannot be opened.
    #[error("corpus `{corpus}`: cannot read {path}")]
    Root {
        /// Name of the corpus.
        corpus: String,
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A glob of the corpus or of one of its rules is malformed.
    #[error("corpus `{corpus}`: bad glob `{glob}`")]
    Glob {
        /// Name of the corpus.
        corpus: String,
        /// The glob as written.
        glob: String,
        /// What is wrong with it.
        #[source]
        source: globset::Error,
    },
}
