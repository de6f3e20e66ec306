use haversack_model::canonical::{self, CanonicalError};
use haversack_model::{Digest, DocumentId, DocumentRecord};
use serde::{Deserialize, Serialize};

use crate::node_text;

/// No tree is so high: even with branches of two nodes it would hold more documents than there are.
const HIGHEST: u8 = 64;

/// One node of a document tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Node {
    /// Records in the order of their ids.
    Leaf(Vec<Entry>),
    /// Nodes of the level below, in the order of their ids.
    Branch {
        /// Height: 1 over leaves.
        level: u8,
        /// The nodes.
        children: Vec<Child>,
    },
}

/// What a leaf holds of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Entry {
    /// Its record.
    Record(DocumentRecord),
    /// What is left of it after erasure; the digest is that of the record, so the leaf keeps its identity.
    Erased { id: DocumentId, digest: Digest },
}

/// A child of a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Child {
    /// Last document id below it.
    pub last: DocumentId,
    /// The node.
    pub node: Digest,
    /// Documents below it.
    pub documents: u64,
    /// Bytes of text of the documents below it.
    pub bytes: u64,
}

impl Entry {
    pub fn id(&self) -> &DocumentId {
        match self {
            Self::Record(record) => &record.id,
            Self::Erased { id, .. } => id,
        }
    }

    pub fn digest(&self) -> Result<Digest, CanonicalError> {
        match self {
            Self::Record(record) => record.digest(),
            Self::Erased { digest, .. } => Ok(*digest),
        }
    }

    pub fn record(self) -> Option<DocumentRecord> {
        match self {
            Self::Record(record) => Some(record),
            Self::Erased { .. } => None,
        }
    }
}

impl Node {
    pub fn level(&self) -> u8 {
        match self {
            Self::Leaf(_) => 0,
            Self::Branch { level, .. } => *level,
        }
    }

    /// The identity: the canonical digest of kind `leaf` over `[[id, record digest], ...]`, or of kind `branch` over
    /// `{"level", "children": [{"last", "node", "documents", "bytes"}, ...]}`.
    pub fn digest(&self) -> Result<Digest, CanonicalError> {
        Ok(match self {
            Self::Leaf(entries) => canonical::digest_text("leaf", &node_text::leaf(entries)?),
            Self::Branch { level, children } => {
                canonical::digest_text("branch", &node_text::branch(*level, children)?)
            }
        })
    }

    /// Whether ids ascend, branches have children, and the level is one that can be.
    pub fn is_ordered(&self) -> bool {
        match self {
            Self::Leaf(entries) => entries.windows(2).all(|pair| pair[0].id() < pair[1].id()),
            Self::Branch { level, children } => {
                (1..=HIGHEST).contains(level)
                    && !children.is_empty()
                    && children.windows(2).all(|pair| pair[0].last < pair[1].last)
            }
        }
    }

    /// Entries of documents that were erased.
    pub fn erased(&self) -> usize {
        match self {
            Self::Leaf(entries) => {
                entries.iter().filter(|entry| matches!(entry, Entry::Erased { .. })).count()
            }
            Self::Branch { .. } => 0,
        }
    }

    /// Documents below the node and bytes of their text, as far as they were not erased from this very node.
    pub fn sums(&self) -> (u64, u64) {
        match self {
            Self::Leaf(entries) => entries.iter().fold((0, 0), |(documents, bytes), entry| match entry {
                Entry::Record(record) => (documents + 1, bytes + record.bytes),
                Entry::Erased { .. } => (documents + 1, bytes),
            }),
            Self::Branch { children, .. } => children.iter().fold((0, 0), |(documents, bytes), child| {
                (documents + child.documents, bytes.saturating_add(child.bytes))
            }),
        }
    }

    /// Last document id below it; an empty leaf has none.
    pub fn last(&self) -> Option<&DocumentId> {
        match self {
            Self::Leaf(entries) => entries.last().map(Entry::id),
            Self::Branch { children, .. } => children.last().map(|child| &child.last),
        }
    }
}
