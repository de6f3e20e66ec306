//! A changed snapshot, by reading and writing only the paths that change.
//!
//! Every level is edited alike, from the leaves up. At the node that holds the first changed item the old items, with the
//! changes merged in, are cut into nodes again. Where a new node ends at the end of an old one, cutting is where it was
//! before the edit, and the nodes up to the next change stay. Old nodes gone and new nodes are the changes of the level above.

use std::collections::BTreeMap;
use std::iter::Peekable;

use haversack_model::{Digest, DocumentId, SnapshotId};

use crate::cursor::{Cursor, Nodes};
use crate::node::{Child, Entry, Node};
use crate::tree::{self, Cutter, Item, Snapshot};
use crate::{StoreError, object};

/// Items to put, or to remove, by key.
pub(crate) type Changes<T> = BTreeMap<DocumentId, Option<T>>;

/// The tree over the entries of `base` with changes, and its new nodes. Entries of erased documents that stand in a node
/// that is read anyway are dropped.
pub(crate) fn edit(
    base: SnapshotId,
    changes: Changes<Entry>,
    load: &mut impl FnMut(Digest) -> Result<Node, StoreError>,
) -> Result<(Snapshot, Vec<object::Encoded>), StoreError> {
    let mut edit = Edit { nodes: Nodes::new(load), written: Vec::new() };
    let root = edit.nodes.take(base)?;
    let height = root.level();
    let Some(last) = root.last().cloned() else { return fresh(changes) };
    let (documents, bytes) = root.sums();
    let root = Child { last, node: base, documents, bytes };
    let mut changes = edit.level(0, &root, height, changes)?;
    for level in 1..=height {
        if changes.is_empty() {
            break;
        }
        changes = edit.level(level, &root, height, changes)?;
    }
    let roots: Vec<Child> = changes.values().flatten().cloned().collect();
    if changes.is_empty() || roots == [root] {
        return Ok((Snapshot { id: base, documents, bytes }, Vec::new()));
    }
    edit.crown(height, roots)
}

fn fresh(changes: Changes<Entry>) -> Result<(Snapshot, Vec<object::Encoded>), StoreError> {
    let mut written = Vec::new();
    let snapshot = tree::build(changes.into_values().flatten(), |nodes| put(&nodes, &mut written))?;
    Ok((snapshot, written))
}

fn put(nodes: &[Node], written: &mut Vec<object::Encoded>) -> Result<Vec<Digest>, StoreError> {
    let encoded = tree::encode(nodes)?;
    let digests = encoded.iter().map(|object| object.digest).collect();
    written.extend(encoded);
    Ok(digests)
}

struct Edit<'l, F> {
    nodes: Nodes<'l, F>,
    written: Vec<object::Encoded>,
}

impl<F: FnMut(Digest) -> Result<Node, StoreError>> Edit<'_, F> {
    /// Edits one level; the answer is what changed in the list of its nodes, by their last id.
    fn level<T: Item>(
        &mut self,
        level: u8,
        root: &Child,
        height: u8,
        changes: Changes<T>,
    ) -> Result<Changes<Child>, StoreError> {
        let mut changes = changes.into_iter().peekable();
        let (mut gone, mut nodes) = (BTreeMap::new(), Vec::new());
        while let Some((first, _)) = changes.peek() {
            let mut cursor = Cursor::seek(&mut self.nodes, root, height, level, first)?;
            let mut cutter = Cutter::new(level);
            loop {
                let old = cursor.node().clone();
                let node = self.nodes.take(old.node)?;
                let items = T::items(level, node).ok_or(StoreError::Shape(old.node))?;
                let more = cursor.advance(&mut self.nodes)?;
                merge(items, &mut changes, more.then_some(&old.last), |item| nodes.extend(cutter.push(item)));
                gone.insert(old.last.clone(), old);
                if cutter.is_empty() || !more {
                    break;
                }
            }
            nodes.extend(cutter.finish());
        }
        let put = &mut |nodes: Vec<Node>| put(&nodes, &mut self.written);
        let mut above: Changes<Child> = gone.keys().map(|last| (last.clone(), None)).collect();
        for child in tree::put_all(nodes, put)? {
            above.insert(child.last.clone(), Some(child));
        }
        // The nodes of the root's level are not merged with old ones above: they are all there is.
        if level < height {
            above.retain(|last, child| child.as_ref() != gone.get(last));
        }
        Ok(above)
    }

    /// The levels above the old root, or the root's only descendant where a level with one node lies below.
    fn crown(
        mut self,
        height: u8,
        roots: Vec<Child>,
    ) -> Result<(Snapshot, Vec<object::Encoded>), StoreError> {
        let written = &mut self.written;
        if roots.is_empty() {
            let snapshot = tree::build(std::iter::empty(), |nodes| put(&nodes, written))?;
            return Ok((snapshot, self.written));
        }
        let mut snapshot = tree::raise(height + 1, roots, &mut |nodes: Vec<Node>| put(&nodes, written))?;
        loop {
            let at = self.written.iter().position(|object| object.digest == snapshot.id);
            let node = match at.and_then(|at| self.written.get(at)) {
                Some(object) => object::decode_node(object.digest, &object.frame)
                    .map_err(|_| StoreError::Shape(snapshot.id))?,
                None => self.nodes.take(snapshot.id)?,
            };
            match node {
                Node::Branch { children, .. } if children.len() == 1 => {
                    // A branch over one node is no root: a fresh build would have stopped below.
                    if let Some(at) = at {
                        self.written.remove(at);
                    }
                    snapshot.id = children.first().map_or(snapshot.id, |child| child.node);
                }
                _ => return Ok((snapshot, self.written)),
            }
        }
    }
}

/// Merges old items of a node with the changes up to `until`, or all that are left.
fn merge<T: Item>(
    items: Vec<T>,
    changes: &mut Peekable<impl Iterator<Item = (DocumentId, Option<T>)>>,
    until: Option<&DocumentId>,
    mut push: impl FnMut(T),
) {
    for item in items.into_iter().filter(Item::is_live) {
        while let Some((_, new)) = changes.next_if(|(key, _)| key < item.key()) {
            new.into_iter().for_each(&mut push);
        }
        match changes.next_if(|(key, _)| key == item.key()) {
            Some((_, new)) => new.into_iter().for_each(&mut push),
            None => push(item),
        }
    }
    while let Some((_, new)) = changes.next_if(|(key, _)| until.is_none_or(|until| key <= until)) {
        new.into_iter().for_each(&mut push);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use super::*;

    fn entry(n: u32, text: u8) -> Entry {
        // Nothing but id and digest matters to a tree; but an edit drops what was erased.
        let json = serde_json::json!({
            "id": format!("c/{n:06}"), "text": Digest::of(&[text]), "bytes": 1, "body": 0, "media": "text", "title": "",
            "language": null, "labels": [], "trust": "standard", "metadata": {},
        });
        Entry::Record(serde_json::from_value(json).unwrap())
    }

    #[test]
    fn an_edit_reads_and_writes_a_path_for_each_change() {
        let mut nodes: HashMap<Digest, Node> = HashMap::new();
        let base = tree::build((0..20_000).map(|n| entry(n, 0)), |new| {
            let digests: Vec<_> = new.iter().map(|node| node.digest().unwrap()).collect();
            nodes.extend(digests.iter().copied().zip(new));
            Ok::<_, StoreError>(digests)
        })
        .unwrap();
        let height = u64::from(nodes[&base.id].level()) + 1;
        for count in [1, 10, 200_u64] {
            let ids = (0..count).map(|i| (i * 7_919 % 20_000) as u32);
            let changes: BTreeMap<_, _> =
                ids.map(|n| (entry(n, 1).id().clone(), Some(entry(n, 1)))).collect();
            let mut read = 0;
            let load = &mut |digest: Digest| {
                read += 1;
                Ok(nodes[&digest].clone())
            };
            let (_, written) = edit(base.id, changes, load).unwrap();
            // A branch is read to find the way, and once more to be cut anew.
            assert!(read <= 2 + 2 * count * height, "{count} edits read {read} nodes");
            assert!(written.len() as u64 <= count * height, "{count} edits wrote {} nodes", written.len());
        }
    }
}
