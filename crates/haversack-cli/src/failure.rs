use std::io;

/// Why a command could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The library's reason.
    #[error(transparent)]
    Engine(#[from] haversack::Error),
    /// A suite, qrels or run could not be read or measured.
    #[error(transparent)]
    Eval(#[from] haversack_eval::EvalError),
    /// An evaluation could not be made.
    #[error(transparent)]
    Evaluate(#[from] haversack::evaluate::EvaluateError),
    /// Output could not be written.
    #[error("cannot write output")]
    Output(#[from] io::Error),
    /// A file of the user's could not be read or written.
    #[error("cannot {action} `{path}`")]
    File {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// JSON could not be made.
    #[error("cannot write JSON")]
    Json(#[from] serde_json::Error),
    /// An argument makes no sense.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
}

impl From<haversack_eval::JournalError> for Failure {
    fn from(error: haversack_eval::JournalError) -> Self {
        Self::Evaluate(error.into())
    }
}

impl From<haversack::AddressError> for Failure {
    fn from(error: haversack::AddressError) -> Self {
        Self::Engine(error.into())
    }
}

impl Failure {
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    pub fn file(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::File { action, path, source }
    }

    /// Whether the reader of our output went away.
    pub fn is_closed_pipe(&self) -> bool {
        let closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
        match self {
            Self::Output(error) => closed(error),
            Self::Json(error) => error.io_error_kind() == Some(io::ErrorKind::BrokenPipe),
            _ => false,
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Engine(error) => error.hint(),
            Self::Evaluate(error) => error.hint(),
            Self::Usage { hint, .. } => hint.clone(),
            _ => None,
        }
    }
}
