//! The document table of a snapshot: a Merkle tree whose shape follows from its content alone.
//!
//! Records are sorted by document id (bytes). A record ends its leaf when the first four bytes (u32, little endian) of
//! `BLAKE3(0x00 || id)` are a multiple of 32, or when the leaf holds 256 records. Nodes are listed in branches by the same
//! rule over the last id of each, hashed as `BLAKE3(level || id)` with level 1, 2, ..., but a branch ends by its hash only
//! when it has two children; a level with one node is the root. The same records give the same tree whatever the history,
//! and an edit changes one path of it.

use haversack_model::{Digest, DocumentId, DocumentRecord, SnapshotId};
use rayon::prelude::*;

use crate::node::{Child, Entry, Node};
use crate::{StoreError, object};

const FANOUT: u32 = 32;
const MOST: usize = 256;
/// Nodes that are handed on together, so that they are encoded in parallel.
const TOGETHER: usize = 512;

/// A snapshot that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Snapshot {
    /// Its identity: the root of the tree.
    pub id: SnapshotId,
    /// Documents in it.
    pub documents: u64,
    /// Bytes of their texts.
    pub bytes: u64,
}

/// What nodes of a level list: records, or nodes of the level below.
pub(crate) trait Item: Sized {
    fn key(&self) -> &DocumentId;
    /// Whether an edit keeps it.
    fn is_live(&self) -> bool;
    fn node(level: u8, items: Vec<Self>) -> Node;
    /// The items of a node of the level; `None` when it is of another level.
    fn items(level: u8, node: Node) -> Option<Vec<Self>>;
}

impl Item for Entry {
    fn key(&self) -> &DocumentId {
        self.id()
    }

    fn is_live(&self) -> bool {
        matches!(self, Self::Record(_))
    }

    fn node(_: u8, items: Vec<Self>) -> Node {
        Node::Leaf(items)
    }

    fn items(level: u8, node: Node) -> Option<Vec<Self>> {
        match node {
            Node::Leaf(entries) if level == 0 => Some(entries),
            _ => None,
        }
    }
}

impl Item for Child {
    fn key(&self) -> &DocumentId {
        &self.last
    }

    fn is_live(&self) -> bool {
        true
    }

    fn node(level: u8, children: Vec<Self>) -> Node {
        Node::Branch { level, children }
    }

    fn items(at: u8, node: Node) -> Option<Vec<Self>> {
        match node {
            Node::Branch { level, children } if level == at => Some(children),
            _ => None,
        }
    }
}

/// Cuts the items of a level into nodes.
pub(crate) struct Cutter<T> {
    level: u8,
    group: Vec<T>,
}

impl<T: Item> Cutter<T> {
    pub fn new(level: u8) -> Self {
        Self { level, group: Vec::new() }
    }

    /// Takes the next item; gives a node when the item ends one.
    pub fn push(&mut self, item: T) -> Option<Node> {
        let hash_ends = ends(self.level, item.key());
        self.group.push(item);
        // A branch of one child would never end: it takes at least two.
        let enough = self.level == 0 || self.group.len() > 1;
        if (hash_ends && enough) || self.group.len() == MOST { self.finish() } else { None }
    }

    /// Whether the next item begins a node.
    pub fn is_empty(&self) -> bool {
        self.group.is_empty()
    }

    /// The last node of the level.
    pub fn finish(&mut self) -> Option<Node> {
        (!self.group.is_empty()).then(|| T::node(self.level, std::mem::take(&mut self.group)))
    }
}

fn ends(level: u8, id: &DocumentId) -> bool {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[level]);
    hasher.update(id.as_str().as_bytes());
    let hash = hasher.finalize();
    let [a, b, c, d, ..] = *hash.as_bytes();
    u32::from_le_bytes([a, b, c, d]).is_multiple_of(FANOUT)
}

/// Builds the tree bottom up, handing nodes to `put` some at a time, which returns their digests. Entries must be sorted
/// by id and distinct.
pub(crate) fn build<E>(
    entries: impl Iterator<Item = Entry>,
    mut put: impl FnMut(Vec<Node>) -> Result<Vec<Digest>, E>,
) -> Result<Snapshot, E> {
    let children = level(0, entries, &mut put)?;
    if children.is_empty() {
        let id = put(vec![Node::Leaf(Vec::new())])?;
        return Ok(Snapshot { id: id.first().copied().unwrap_or(EMPTY), documents: 0, bytes: 0 });
    }
    raise(1, children, &mut put)
}

/// A digest that nothing has.
const EMPTY: Digest = Digest::from_bytes([0; 32]);

/// Builds the levels from `at` over nodes of the level below, until one has a single node.
pub(crate) fn raise<E>(
    mut at: u8,
    mut children: Vec<Child>,
    put: &mut impl FnMut(Vec<Node>) -> Result<Vec<Digest>, E>,
) -> Result<Snapshot, E> {
    while children.len() > 1 {
        children = level(at, children.into_iter(), put)?;
        at += 1;
    }
    let root = children.first();
    Ok(Snapshot {
        id: root.map_or(EMPTY, |root| root.node),
        documents: root.map_or(0, |root| root.documents),
        bytes: root.map_or(0, |root| root.bytes),
    })
}

fn level<T: Item, E>(
    at: u8,
    items: impl Iterator<Item = T>,
    put: &mut impl FnMut(Vec<Node>) -> Result<Vec<Digest>, E>,
) -> Result<Vec<Child>, E> {
    let (mut cutter, mut nodes, mut children) = (Cutter::new(at), Vec::new(), Vec::new());
    for item in items {
        nodes.extend(cutter.push(item));
        if nodes.len() == TOGETHER {
            children.extend(put_all(std::mem::take(&mut nodes), put)?);
        }
    }
    nodes.extend(cutter.finish());
    children.extend(put_all(nodes, put)?);
    Ok(children)
}

pub(crate) fn put_all<E>(
    nodes: Vec<Node>,
    put: &mut impl FnMut(Vec<Node>) -> Result<Vec<Digest>, E>,
) -> Result<Vec<Child>, E> {
    let facts: Vec<_> = nodes.iter().filter_map(|node| Some((node.last()?.clone(), node.sums()))).collect();
    let digests = put(nodes)?;
    let child = |((last, (documents, bytes)), node)| Child { last, node, documents, bytes };
    Ok(facts.into_iter().zip(digests).map(child).collect())
}

/// The identity that a snapshot of these records has, in any order, with distinct ids. Nothing is written.
///
/// # Errors
/// When a document stands there twice, or a record has no canonical form (a length above 2^53).
pub fn snapshot_id(records: Vec<DocumentRecord>) -> Result<SnapshotId, StoreError> {
    let built = build(sorted(records)?.into_iter().map(Entry::Record), |nodes| {
        nodes.par_iter().map(|node| Ok(node.digest()?)).collect::<Result<_, StoreError>>()
    });
    Ok(built?.id)
}

/// Records in the order of ids.
pub(crate) fn sorted(mut records: Vec<DocumentRecord>) -> Result<Vec<DocumentRecord>, StoreError> {
    records.sort_by(|a, b| a.id.cmp(&b.id));
    match records.windows(2).find(|pair| pair[0].id == pair[1].id) {
        Some(pair) => Err(StoreError::Twice(pair[0].id.clone())),
        None => Ok(records),
    }
}

/// Encodes nodes in parallel, in their order.
pub(crate) fn encode(nodes: &[Node]) -> Result<Vec<object::Encoded>, StoreError> {
    nodes.par_iter().map(object::encode_node).collect()
}
