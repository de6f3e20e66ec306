use std::collections::HashMap;
use std::rc::Rc;

use haversack_model::{Digest, DocumentId};

use crate::StoreError;
use crate::node::{Child, Node};

/// Nodes of a tree; branches are read once.
pub(crate) struct Nodes<'l, F> {
    load: &'l mut F,
    branches: HashMap<Digest, Rc<[Child]>>,
}

impl<'l, F: FnMut(Digest) -> Result<Node, StoreError>> Nodes<'l, F> {
    pub fn new(load: &'l mut F) -> Self {
        Self { load, branches: HashMap::new() }
    }

    /// A node of one's own.
    pub fn take(&mut self, digest: Digest) -> Result<Node, StoreError> {
        (self.load)(digest)
    }

    /// The children of a branch of a level.
    fn children(&mut self, branch: Digest, at: u8) -> Result<Rc<[Child]>, StoreError> {
        if let Some(children) = self.branches.get(&branch) {
            return Ok(Rc::clone(children));
        }
        match self.take(branch)? {
            Node::Branch { level, children } if level == at => {
                let children: Rc<[Child]> = children.into();
                self.branches.insert(branch, Rc::clone(&children));
                Ok(children)
            }
            // Digests hold, so somebody wrote a tree that is none.
            _ => Err(StoreError::Shape(branch)),
        }
    }
}

/// A walk along the nodes of one level.
pub(crate) struct Cursor {
    /// Level of the nodes walked.
    level: u8,
    /// From the root down to the walked node: siblings, and which of them.
    path: Vec<(Rc<[Child]>, usize)>,
}

impl Cursor {
    /// The node of a level under which `key` stands or would stand: the first whose last id is not below it, or the last.
    pub fn seek<F: FnMut(Digest) -> Result<Node, StoreError>>(
        nodes: &mut Nodes<'_, F>,
        root: &Child,
        height: u8,
        level: u8,
        key: &DocumentId,
    ) -> Result<Self, StoreError> {
        let mut cursor = Self { level, path: vec![(Rc::from([root.clone()]), 0)] };
        for above in (level + 1..=height).rev() {
            let children = nodes.children(cursor.node().node, above)?;
            let at = children.partition_point(|child| child.last < *key).min(children.len() - 1);
            cursor.path.push((children, at));
        }
        Ok(cursor)
    }

    /// The node at which the walk is.
    pub fn node(&self) -> &Child {
        // The path is never empty: it begins at the root, and `advance` leaves it as long as it was.
        let (siblings, at) = &self.path[self.path.len() - 1];
        &siblings[*at]
    }

    /// Goes to the next node of the level; false when there is none.
    pub fn advance<F: FnMut(Digest) -> Result<Node, StoreError>>(
        &mut self,
        nodes: &mut Nodes<'_, F>,
    ) -> Result<bool, StoreError> {
        let depth = self.path.len();
        let Some(turn) = self.path.iter().rposition(|(siblings, at)| at + 1 < siblings.len()) else {
            return Ok(false);
        };
        self.path.truncate(turn + 1);
        if let Some((_, at)) = self.path.last_mut() {
            *at += 1;
        }
        while self.path.len() < depth {
            let above = self.level + (depth - self.path.len()) as u8;
            let children = nodes.children(self.node().node, above)?;
            self.path.push((children, 0));
        }
        Ok(true)
    }
}
