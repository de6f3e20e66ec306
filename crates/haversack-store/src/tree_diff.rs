use std::collections::{BTreeMap, BTreeSet};

use haversack_model::{Digest, DocumentId, DocumentRecord, SnapshotId};

use crate::node::{Entry, Node};
use crate::{Store, StoreError};

/// The documents in which two snapshots differ, each list in the order of ids.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SnapshotDiff {
    /// Only in the second.
    pub added: Vec<DocumentRecord>,
    /// Only in the first.
    pub removed: Vec<DocumentRecord>,
    /// In both, with another text or other facts: (first, second).
    pub changed: Vec<(DocumentRecord, DocumentRecord)>,
}

impl SnapshotDiff {
    /// Whether the snapshots are the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

impl Store {
    /// Compares two snapshots, reading only the nodes that they do not share.
    ///
    /// # Errors
    /// When a node is missing or damaged.
    pub fn diff_snapshots(
        &self,
        a: Option<SnapshotId>,
        b: Option<SnapshotId>,
    ) -> Result<SnapshotDiff, StoreError> {
        let (mut left, mut right): (BTreeSet<Digest>, BTreeSet<Digest>) =
            (a.into_iter().collect(), b.into_iter().collect());
        let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
        // The higher frontier is opened first, so that equal subtrees of trees of unequal height still meet.
        while !(left.is_empty() && right.is_empty()) {
            let common: Vec<Digest> = left.intersection(&right).copied().collect();
            for node in common {
                left.remove(&node);
                right.remove(&node);
            }
            let (left_nodes, right_nodes) = (self.load(&left)?, self.load(&right)?);
            let height =
                left_nodes.iter().chain(&right_nodes).map(|(_, node)| node.level()).max().unwrap_or(0);
            left = open(left_nodes, height, &mut old);
            right = open(right_nodes, height, &mut new);
        }
        Ok(compare(old, new))
    }

    fn load(&self, frontier: &BTreeSet<Digest>) -> Result<Vec<(Digest, Node)>, StoreError> {
        frontier.iter().map(|digest| Ok((*digest, self.node(*digest)?))).collect()
    }
}

/// Opens the nodes of the given height into the next frontier; records of leaves go to `records`.
fn open(
    nodes: Vec<(Digest, Node)>,
    height: u8,
    records: &mut BTreeMap<DocumentId, DocumentRecord>,
) -> BTreeSet<Digest> {
    let mut next = BTreeSet::new();
    for (digest, node) in nodes {
        match node {
            node if node.level() < height => {
                next.insert(digest);
            }
            Node::Leaf(leaf) => {
                let leaf = leaf.into_iter().filter_map(Entry::record);
                records.extend(leaf.map(|record| (record.id.clone(), record)));
            }
            Node::Branch { children, .. } => next.extend(children.iter().map(|child| child.node)),
        }
    }
    next
}

fn compare(
    old: BTreeMap<DocumentId, DocumentRecord>,
    mut new: BTreeMap<DocumentId, DocumentRecord>,
) -> SnapshotDiff {
    let mut diff = SnapshotDiff::default();
    for (id, before) in old {
        match new.remove(&id) {
            None => diff.removed.push(before),
            Some(after) if after != before => diff.changed.push((before, after)),
            Some(_) => {}
        }
    }
    diff.added.extend(new.into_values());
    diff
}
