//! The document table of a snapshot: a Merkle tree whose shape follows from its content alone.
//!
//! Records are sorted by document id (bytes). A record ends its leaf when the first four bytes (u32, little endian) of
//! `BLAKE3(0x00 || id)` are a multiple of 64, or when the leaf holds 512 records. Leaves are listed in branches by the
//! same rule over the last id of each child, hashed as `BLAKE3(level || id)` with level 1, 2, ...; a level with one
//! node is the root. The same records give the same tree whatever the history, and an edit changes one path of it.

use haversack_model::{Digest, DocumentId, DocumentRecord, SnapshotId, canonical};
use serde::{Deserialize, Serialize};

use crate::StoreError;

const FANOUT: u32 = 64;
const MOST: usize = 512;

/// One node of a document tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Node {
    /// Records in the order of their ids.
    Leaf(Vec<DocumentRecord>),
    /// Nodes of the level below, in the order of their ids.
    Branch {
        /// Height: 1 over leaves.
        level: u8,
        /// The nodes.
        children: Vec<Child>,
    },
}

/// A child of a branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Child {
    /// Last document id below it.
    pub last: DocumentId,
    /// The node.
    pub node: Digest,
    /// Documents below it.
    pub documents: u64,
}

impl Node {
    pub fn level(&self) -> u8 {
        match self {
            Self::Leaf(_) => 0,
            Self::Branch { level, .. } => *level,
        }
    }
}

/// Builds the tree bottom up, handing every node to `put`, which returns its digest. Records must be sorted by id
/// and distinct.
pub(crate) fn build<E>(
    records: Vec<DocumentRecord>,
    mut put: impl FnMut(&Node) -> Result<Digest, E>,
) -> Result<Digest, E> {
    let mut children = Vec::new();
    let mut leaf = Vec::new();
    let total = records.len();
    for (i, record) in records.into_iter().enumerate() {
        let last = record.id.clone();
        leaf.push(record);
        if i + 1 == total || leaf.len() == MOST || ends(0, &last) {
            let documents = leaf.len() as u64;
            let node = put(&Node::Leaf(std::mem::take(&mut leaf)))?;
            children.push(Child { last, node, documents });
        }
    }
    if children.is_empty() {
        return put(&Node::Leaf(Vec::new()));
    }
    let mut level = 1;
    while children.len() > 1 {
        children = raise(children, level, &mut put)?;
        level += 1;
    }
    Ok(children[0].node)
}

fn raise<E>(
    below: Vec<Child>,
    level: u8,
    put: &mut impl FnMut(&Node) -> Result<Digest, E>,
) -> Result<Vec<Child>, E> {
    let (mut above, mut group) = (Vec::new(), Vec::new());
    let total = below.len();
    for (i, child) in below.into_iter().enumerate() {
        let last = child.last.clone();
        group.push(child);
        // A branch of one child would never end: it takes at least two.
        let full = group.len() == MOST || (group.len() > 1 && ends(level, &last));
        if i + 1 == total || full {
            let documents = group.iter().map(|child| child.documents).sum();
            let node = put(&Node::Branch { level, children: std::mem::take(&mut group) })?;
            above.push(Child { last, node, documents });
        }
    }
    Ok(above)
}

fn ends(level: u8, id: &DocumentId) -> bool {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[level]);
    hasher.update(id.as_str().as_bytes());
    let hash = hasher.finalize();
    let [a, b, c, d, ..] = *hash.as_bytes();
    u32::from_le_bytes([a, b, c, d]).is_multiple_of(FANOUT)
}

/// The identity that a snapshot of these records has, in any order, with distinct ids. Nothing is written.
///
/// # Errors
/// Never for records read from sources: their facts are strings and small whole numbers.
pub fn snapshot_id(mut records: Vec<DocumentRecord>) -> Result<SnapshotId, StoreError> {
    records.sort_by(|a, b| a.id.cmp(&b.id));
    build(records, |node| Ok(canonical::digest("tree", node)?))
}
