use std::fmt;

/// A source that gave no documents, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct Skipped {
    /// Path relative to the corpus folder, with `/`; characters that are not Unicode are replaced.
    pub path: String,
    /// Why.
    pub reason: SkipReason,
}

/// Why a source gave no documents.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkipReason {
    /// Larger than the corpus allows.
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// Not text: NUL bytes, or a format that holds none.
    Binary,
    /// A file type that no reader knows.
    Unsupported,
    /// A symbolic link, where the corpus does not follow them.
    Symlink,
    /// A symbolic link to a folder that contains it.
    SymlinkLoop,
    /// A device, socket or pipe.
    SpecialFile,
    /// A name that is not UTF-8 or that holds control characters, and so cannot be part of a document's id.
    BadName,
    /// The system refused to list, open or read it.
    Unreadable {
        /// What it said.
        error: String,
    },
    /// A document that needs a password.
    Encrypted,
    /// A file that is not what its type promises.
    Damaged {
        /// What is wrong.
        error: String,
    },
    /// A file that would take too much memory or time to read.
    LimitExceeded {
        /// Which limit.
        limit: &'static str,
    },
    /// A PDF whose pages hold no text (scans).
    NoText,
    /// Front matter that cannot be understood, so that labels in it could be lost.
    FrontMatter {
        /// What is wrong.
        error: String,
    },
    /// A row that cannot be read.
    BadRecord {
        /// Its number, from 1 (a header is not counted).
        row: u64,
        /// What is wrong.
        error: String,
    },
    /// Two rows that claim one id.
    DuplicateRecord {
        /// The id.
        id: String,
        /// The row that had it first, from 1.
        first: u64,
        /// The row that has it again.
        second: u64,
    },
}

impl SkipReason {
    /// A stable name for machines, in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::Binary => "binary",
            Self::Unsupported => "unsupported",
            Self::Symlink => "symlink",
            Self::SymlinkLoop => "symlink_loop",
            Self::SpecialFile => "special_file",
            Self::BadName => "bad_name",
            Self::Unreadable { .. } => "unreadable",
            Self::Encrypted => "encrypted",
            Self::Damaged { .. } => "damaged",
            Self::LimitExceeded { .. } => "limit_exceeded",
            Self::NoText => "no_text",
            Self::FrontMatter { .. } => "front_matter",
            Self::BadRecord { .. } => "bad_record",
            Self::DuplicateRecord { .. } => "duplicate_record",
        }
    }

    /// Whether the source should have been read and could not be; otherwise it was left out by policy.
    #[must_use]
    pub const fn is_loss(&self) -> bool {
        !matches!(
            self,
            Self::TooLarge { .. }
                | Self::Binary
                | Self::Unsupported
                | Self::Symlink
                | Self::SymlinkLoop
                | Self::SpecialFile
        )
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { bytes } => write!(f, "too large ({bytes} bytes)"),
            Self::Binary => f.write_str("binary"),
            Self::Unsupported => f.write_str("unsupported file type"),
            Self::Symlink => f.write_str("symbolic link, not followed"),
            Self::SymlinkLoop => f.write_str("symbolic link to a folder that contains it"),
            Self::SpecialFile => f.write_str("not a regular file"),
            Self::BadName => f.write_str("name is not UTF-8 or holds control characters"),
            Self::Unreadable { error } => write!(f, "unreadable: {error}"),
            Self::Encrypted => f.write_str("encrypted"),
            Self::Damaged { error } => write!(f, "damaged: {error}"),
            Self::LimitExceeded { limit } => write!(f, "exceeds the limit of {limit}"),
            Self::NoText => f.write_str("no page holds text"),
            Self::FrontMatter { error } => write!(f, "front matter: {error}"),
            Self::BadRecord { row, error } => write!(f, "row {row}: {error}"),
            Self::DuplicateRecord { id, first, second } => {
                write!(f, "rows {first} and {second} have the same id `{id}`")
            }
        }
    }
}
