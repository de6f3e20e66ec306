//! Reading a tree: one document, or all of them leaf by leaf.

use haversack_model::{Digest, DocumentId, DocumentRecord, SnapshotId};

use crate::node::{Entry, Node};
use crate::{Store, StoreError};

/// What the tree holds of a document.
pub(crate) fn find(
    root: SnapshotId,
    id: &DocumentId,
    mut load: impl FnMut(Digest) -> Result<Node, StoreError>,
) -> Result<Option<Entry>, StoreError> {
    let (mut digest, mut above) = (root, None);
    loop {
        let node = load(digest)?;
        if above.is_some_and(|above| node.level() + 1 != above) {
            return Err(StoreError::Shape(digest));
        }
        above = Some(node.level());
        match node {
            Node::Leaf(mut entries) => {
                let at = entries.binary_search_by(|entry| entry.id().cmp(id)).ok();
                return Ok(at.map(|at| entries.swap_remove(at)));
            }
            Node::Branch { children, .. } => {
                match children.get(children.partition_point(|child| child.last < *id)) {
                    Some(child) => digest = child.node,
                    None => return Ok(None),
                }
            }
        }
    }
}

/// The entries of a tree in the order of ids; at most one leaf and the branches above it are held.
pub(crate) struct Entries<'s> {
    store: &'s Store,
    /// Nodes still to open, the next one last.
    stack: Vec<Digest>,
    leaf: std::vec::IntoIter<Entry>,
}

impl<'s> Entries<'s> {
    pub fn new(store: &'s Store, root: SnapshotId) -> Self {
        Self { store, stack: vec![root], leaf: Vec::new().into_iter() }
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.leaf.next() {
                return Some(Ok(entry));
            }
            match self.store.node(self.stack.pop()?) {
                Ok(Node::Leaf(entries)) => self.leaf = entries.into_iter(),
                Ok(Node::Branch { children, .. }) => {
                    self.stack.extend(children.iter().rev().map(|child| child.node));
                }
                Err(error) => {
                    self.stack.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}

impl Store {
    /// The documents of a snapshot in the order of ids, read leaf by leaf. Erased ones are left out; the first error is the
    /// last item.
    pub fn records(
        &self,
        id: SnapshotId,
    ) -> impl Iterator<Item = Result<DocumentRecord, StoreError>> + use<'_> {
        Entries::new(self, id).filter_map(|entry| entry.map(Entry::record).transpose())
    }

    /// Every document of a snapshot, in the order of ids. Erased ones are left out.
    ///
    /// # Errors
    /// When a node is missing or damaged.
    pub fn snapshot(&self, id: SnapshotId) -> Result<Vec<DocumentRecord>, StoreError> {
        self.records(id).collect()
    }

    /// One document of a snapshot, by reading one path of its tree. `None` when it is not in the snapshot, or was erased;
    /// [`erasures`](Self::erasures) tells which.
    ///
    /// # Errors
    /// When a node is missing or damaged.
    pub fn find(&self, id: SnapshotId, document: &DocumentId) -> Result<Option<DocumentRecord>, StoreError> {
        Ok(find(id, document, |digest| self.node(digest))?.and_then(Entry::record))
    }

    /// How many documents of a snapshot were erased. Costs nothing in a store where nothing ever was.
    ///
    /// # Errors
    /// When the ledger or a node is missing or damaged.
    pub fn erased_in(&self, id: SnapshotId) -> Result<u64, StoreError> {
        let mut count = 0;
        for document in self.ledger()?.documents() {
            let entry = find(id, document, |digest| self.node(digest))?;
            count += u64::from(matches!(entry, Some(Entry::Erased { .. })));
        }
        Ok(count)
    }
}
