//! The walk of a check over what was found in the packs.

use std::collections::{HashMap, HashSet};

use haversack_model::{Digest, DocumentId, VersionId};

use crate::check_pack::Fact;

/// Objects that are whole, and which of them versions need.
pub(crate) struct Objects<'f> {
    facts: &'f HashMap<Digest, Vec<Fact>>,
    reached: HashSet<Digest>,
    /// What was found below a node.
    below: HashMap<Digest, Result<Sums<'f>, String>>,
}

/// Documents and bytes of text below a node; bytes are not known where something was erased.
#[derive(Debug, Clone, Copy)]
struct Sums<'f> {
    level: u8,
    documents: u64,
    bytes: Option<u64>,
    /// First and last document.
    range: Option<(&'f DocumentId, &'f DocumentId)>,
}

impl Sums<'_> {
    /// Whether documents of a next node are greater than those before and end with `last`.
    fn is_followed_by(&self, next: &Sums<'_>, last: &DocumentId) -> bool {
        next.range
            .is_some_and(|(first, end)| end == last && self.range.is_none_or(|(_, before)| before < first))
    }
}

impl<'f> Objects<'f> {
    pub fn new(facts: &'f HashMap<Digest, Vec<Fact>>) -> Self {
        Self { facts, reached: HashSet::new(), below: HashMap::new() }
    }

    pub fn has(&self, digest: &Digest) -> bool {
        self.facts.contains_key(digest)
    }

    pub fn is_reached(&self, digest: &Digest) -> bool {
        self.reached.contains(digest)
    }

    /// Texts that leaves name.
    pub fn texts(&self) -> HashSet<&'f Digest> {
        let texts = |fact: &'f Fact| match fact {
            Fact::Leaf { texts, .. } => texts.as_slice(),
            _ => &[],
        };
        self.facts.values().flatten().flat_map(texts).collect()
    }

    /// Distinct records that were erased.
    pub fn erased(&self) -> usize {
        let mut records = HashSet::new();
        for fact in self.facts.values().flatten() {
            if let Fact::Leaf { erased, .. } = fact {
                records.extend(erased.iter().map(|(id, digest)| (id, *digest)));
            }
        }
        records.len()
    }

    /// Walks a version down to its texts.
    pub fn version(&mut self, version: VersionId) -> Result<(), String> {
        self.reached.insert(version);
        let Some(Fact::Manifest { snapshots }) = self.fact(version) else {
            return Err(format!("manifest {} is missing", version.short()));
        };
        // Every snapshot is walked even when one fails, so that what the others need is no orphan.
        let walks: Vec<_> = snapshots.iter().map(|root| self.node(*root)).collect();
        walks.into_iter().try_for_each(|walk| walk.map(|_| ()))
    }

    fn fact(&self, digest: Digest) -> Option<&'f Fact> {
        self.facts.get(&digest)?.first()
    }

    fn node(&mut self, digest: Digest) -> Result<Sums<'f>, String> {
        if let Some(known) = self.below.get(&digest) {
            return known.clone();
        }
        self.reached.insert(digest);
        let found = self.open(digest);
        self.below.insert(digest, found.clone());
        found
    }

    fn child(&mut self, digest: Digest, above: u8) -> Result<Sums<'f>, String> {
        let level = match self.fact(digest) {
            Some(Fact::Branch { level, .. }) => *level,
            _ => 0,
        };
        if level < above { self.node(digest) } else { Err(misfit(digest)) }
    }

    fn open(&mut self, digest: Digest) -> Result<Sums<'f>, String> {
        match self.fact(digest) {
            Some(Fact::Leaf { texts, erased, documents, bytes, range }) => {
                self.reached.extend(texts);
                match texts.iter().find(|text| !matches!(self.fact(**text), Some(Fact::Text))) {
                    Some(text) => Err(format!("text {} is missing", text.short())),
                    None => {
                        let bytes = erased.is_empty().then_some(*bytes);
                        let range = range.as_ref().map(|(first, last)| (first, last));
                        Ok(Sums { level: 0, documents: *documents, bytes, range })
                    }
                }
            }
            Some(Fact::Branch { level, children }) => {
                // The level is looked at first: a walk goes no deeper than it says, whoever wrote the tree.
                let walks: Vec<_> = children.iter().map(|child| self.child(child.node, *level)).collect();
                let mut all = Sums { level: *level, documents: 0, bytes: Some(0), range: None };
                for (child, below) in children.iter().zip(walks) {
                    let below = below?;
                    let fits = below.level + 1 == *level
                        && below.documents == child.documents
                        && below.bytes.is_none_or(|bytes| bytes == child.bytes)
                        && all.is_followed_by(&below, &child.last);
                    if !fits {
                        return Err(misfit(child.node));
                    }
                    all.range = all.range.or(below.range).map(|(first, _)| (first, &child.last));
                    all.documents += child.documents;
                    all.bytes = all.bytes.and_then(|sum| sum.checked_add(below.bytes?));
                }
                Ok(all)
            }
            _ => Err(format!("tree node {} is missing", digest.short())),
        }
    }
}

fn misfit(node: Digest) -> String {
    format!("tree node {} does not fit where it stands", node.short())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Child;

    fn leaf(first: &str, last: &str) -> Fact {
        let range = Some((first.parse().unwrap(), last.parse().unwrap()));
        Fact::Leaf { texts: vec![], erased: vec![], documents: 2, bytes: 7, range }
    }

    fn child(node: u8, last: &str, documents: u64, bytes: u64) -> Child {
        Child { node: Digest::of(&[node]), last: last.parse().unwrap(), documents, bytes }
    }

    /// What the walk says of a tree of two leaves with these children, at this level.
    fn walk(level: u8, left: Child, right: Child) -> Result<(), String> {
        let root = Digest::of(b"root");
        let version = Digest::of(b"version");
        let branch = Fact::Branch { level, children: vec![left, right] };
        let facts = HashMap::from([
            (Digest::of(&[0]), vec![leaf("c/a", "c/c")]),
            (Digest::of(&[1]), vec![leaf("c/d", "c/f")]),
            (root, vec![branch]),
            (version, vec![Fact::Manifest { snapshots: vec![root] }]),
        ]);
        Objects::new(&facts).version(version)
    }

    #[test]
    fn trees_that_no_builder_makes_are_told() {
        let (left, right) = (|| child(0, "c/c", 2, 7), || child(1, "c/f", 2, 7));
        assert_eq!(walk(1, left(), right()), Ok(()));
        assert!(walk(2, left(), right()).is_err());
        assert!(walk(1, right(), left()).is_err());
        assert!(walk(1, left(), left()).is_err());
        assert!(walk(1, left(), child(1, "c/e", 2, 7)).is_err());
        assert!(walk(1, left(), child(1, "c/f", 3, 7)).is_err());
        assert!(walk(1, left(), child(1, "c/f", 2, 8)).is_err());
        assert!(walk(1, left(), child(2, "c/f", 2, 7)).unwrap_err().contains("missing"));
    }
}
