use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Digest, DigestParseError, DocumentId, Lines, Span};

/// The identity of a chunk: 16 bytes, a function of the document's id, the span, the breadcrumb and the text.
///
/// `BLAKE3("haversack chunk v1" || 0x00 || document || 0x00 || from:u64le || to:u64le || breadcrumb parts each
/// followed by 0x00 || 0x00 || text)`, first 16 bytes. It does not depend on how or in which build the chunk was made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkId([u8; 16]);

impl ChunkId {
    /// Computes the identity.
    #[must_use]
    pub fn of(document: &DocumentId, span: Span, breadcrumb: &[String], text: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"haversack chunk v1\0");
        hasher.update(document.as_str().as_bytes());
        hasher.update(b"\0");
        hasher.update(&(span.from as u64).to_le_bytes());
        hasher.update(&(span.to as u64).to_le_bytes());
        for part in breadcrumb {
            hasher.update(part.as_bytes());
            hasher.update(b"\0");
        }
        hasher.update(b"\0");
        hasher.update(text.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(bytes)
    }

    /// Wraps 16 bytes that already are an id.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for ChunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut wide = [0; 32];
        wide[..16].copy_from_slice(&self.0);
        f.pad(&Digest::from_bytes(wide).to_string()[..32])
    }
}

impl fmt::Debug for ChunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChunkId({self:.12})")
    }
}

impl FromStr for ChunkId {
    type Err = DigestParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 32 {
            return Err(DigestParseError(text.chars().take(80).collect()));
        }
        let wide: Digest = format!("{text}{text}").parse()?;
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&wide.as_bytes()[..16]);
        Ok(Self(bytes))
    }
}

impl Serialize for ChunkId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for ChunkId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return <[u8; 16]>::deserialize(deserializer).map(Self);
        }
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a chunk mostly holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChunkKind {
    /// Sentences and lists.
    Prose,
    /// Source code.
    Code,
    /// Rows.
    Table,
}

/// A contiguous span of one document: the unit that is indexed and packed.
///
/// The chunks of a document, in order, concatenate to its body. The breadcrumb (title, section, subsection) is
/// embedded and searched with the text, but is not part of what is cited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Identity.
    pub id: ChunkId,
    /// The document it is cut from.
    pub document: DocumentId,
    /// Position among the chunks of its document, from 0.
    pub ordinal: u32,
    /// Bytes in the document's text.
    pub span: Span,
    /// Lines in the document's text.
    pub lines: Lines,
    /// Title and headings that lead to it, outermost first.
    pub breadcrumb: Vec<String>,
    /// What it mostly holds.
    pub kind: ChunkKind,
    /// The text of the span.
    pub text: String,
}

impl Chunk {
    /// The text that is embedded and searched: the breadcrumb on a line of its own, then the text.
    #[must_use]
    pub fn contextual_text(&self) -> String {
        if self.breadcrumb.is_empty() {
            return self.text.clone();
        }
        format!("{}\n{}", self.breadcrumb.join(" > "), self.text)
    }
}
