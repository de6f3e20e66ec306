use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError};
use crate::{Digest, record_text};

/// The stable name of a document: `<corpus>/<path>`, or `<corpus>/<path>#<record>` for one record of a table.
///
/// The path is relative to the corpus folder, with `/` between its parts on every system, and never holds
/// `..`, a NUL or a line break.
///
/// ```
/// use haversack_model::DocumentId;
/// let id: DocumentId = "handbook/runbooks/rotate.md".parse()?;
/// assert_eq!((id.corpus(), id.path()), ("handbook", "runbooks/rotate.md"));
/// assert!("handbook".parse::<DocumentId>().is_err());
/// # Ok::<(), haversack_model::InvalidDocumentId>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentId(String);

/// A string that cannot name a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a document id (expected `<corpus>/<path>` without control characters or `..`)")]
pub struct InvalidDocumentId(pub String);

impl DocumentId {
    /// Joins a corpus name and a path within it.
    ///
    /// # Errors
    /// When either part is empty or holds what an id may not.
    pub fn new(corpus: &str, path: &str) -> Result<Self, InvalidDocumentId> {
        format!("{corpus}/{path}").parse()
    }

    /// The name of the corpus.
    #[must_use]
    pub fn corpus(&self) -> &str {
        self.0.split_once('/').map_or("", |(corpus, _)| corpus)
    }

    /// The path within the corpus, with the record's name if there is one.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, path)| path)
    }

    /// The whole id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DocumentId {
    type Err = InvalidDocumentId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let valid = text.split_once('/').is_some_and(|(corpus, path)| !corpus.is_empty() && !path.is_empty())
            && !text.chars().any(char::is_control)
            && !text.split('#').next().unwrap_or_default().split('/').any(|part| part == "..");
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidDocumentId(text.chars().take(200).collect()))
        }
    }
}

impl TryFrom<String> for DocumentId {
    type Error = InvalidDocumentId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<DocumentId> for String {
    fn from(id: DocumentId) -> Self {
        id.0
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A restriction on who may read a document. A reader needs *every* label that a document carries, so adding
/// a label never widens access.
pub type Label = String;

/// How far the text of a document may be believed, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// Written by somebody outside: web pages, vendors, users, tickets.
    Untrusted,
    /// Written inside, not reviewed.
    Standard,
    /// Written inside and reviewed.
    Trusted,
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Untrusted => "untrusted",
            Self::Standard => "standard",
            Self::Trusted => "trusted",
        })
    }
}

/// The kind of source that a document was read from; it decides how the document is cut into chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Media {
    /// Markdown and MDX, and what is converted to it (HTML, notebooks).
    Markdown,
    /// Plain text and whatever else has only paragraphs (PDF text, records).
    Text,
    /// reStructuredText.
    Rst,
    /// Source code; the language stands in the metadata under `code`.
    Code,
}

/// One source unit: its identity, its text, and what is known of it.
///
/// `text` is the decoded text that spans point into. Where the source has front matter, `body` is the
/// first byte after it, and only `text[body..]` is cut into chunks.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Everything but the text.
    pub record: DocumentRecord,
    /// The decoded text.
    pub text: String,
}

/// What a snapshot knows of a document: all but its text.
///
/// No field is ever left out when it is written, since the binary form does not name fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRecord {
    /// The stable name.
    pub id: DocumentId,
    /// Hash of the decoded text.
    pub text: Digest,
    /// Length of the decoded text in bytes.
    pub bytes: u64,
    /// First byte of the body, after any front matter.
    pub body: u64,
    /// How to cut it.
    pub media: Media,
    /// The title, from front matter, first heading, metadata, or the file's name.
    pub title: String,
    /// ISO 639-1 code of the natural language, where known (`en`, `de`).
    pub language: Option<String>,
    /// Restrictions on readers; empty means everyone.
    pub labels: BTreeSet<Label>,
    /// How far to believe it.
    pub trust: Trust,
    /// Further facts by name.
    pub metadata: BTreeMap<String, String>,
}

impl DocumentRecord {
    /// The identity of the record: `canonical::digest("record", self)`, by a writer of its own that is several times
    /// faster than the general one.
    ///
    /// # Errors
    /// When `bytes` or `body` is above 2^53.
    pub fn digest(&self) -> Result<Digest, CanonicalError> {
        let mut text = Vec::with_capacity(256);
        record_text::write(self, &mut text)?;
        Ok(canonical::digest_bytes("record", &text))
    }
}

impl Document {
    /// The part of the text that is cut into chunks.
    #[must_use]
    pub fn body(&self) -> &str {
        usize::try_from(self.record.body).ok().and_then(|from| self.text.get(from..)).unwrap_or(&self.text)
    }
}
