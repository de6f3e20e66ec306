use std::collections::BTreeMap;
use std::sync::Arc;

use haversack_eval::Subset;
use haversack_index::{DocumentRef, Index, Segment, Tombstones};
use haversack_model::{Digest, DocumentId, Recipe};

use crate::{Context, Error};

/// An index in which each of several changes can be made by itself: the documents of one version, and beside them the
/// other state of every document that changes.
pub(super) struct World {
    /// Answers queries as the version does that the index is cut and embedded for.
    base: Context,
    segments: Vec<Arc<Segment>>,
    /// Dead documents of each segment while every change is as at home, ascending.
    dead: Vec<Vec<u32>>,
    changes: Vec<Change>,
}

/// Where the two states of a document stand; none where there is no document.
struct Change {
    /// Whether the version at home has the change made.
    made_at_home: bool,
    home: Option<DocumentRef>,
    other: Option<DocumentRef>,
}

impl World {
    /// The documents that live in `home`, and of `other` the states that `changed` documents have there. `base` is a
    /// context over `home`; `made_at_home` says whether it is the later of the two.
    pub fn new(
        base: Context,
        other: Option<&Index>,
        changed: &[DocumentId],
        made_at_home: bool,
    ) -> Result<Self, Error> {
        let home = base.index().clone();
        let mut world = Self { base, segments: Vec::new(), dead: Vec::new(), changes: Vec::new() };
        let mut numbers = BTreeMap::new();
        for (number, segment) in home.segments().enumerate() {
            numbers.insert(segment.id(), number as u32);
            world.segments.push(Arc::clone(segment));
            let live =
                |document: &u32| home.is_live(DocumentRef { segment: number as u32, number: *document });
            world.dead.push((0..segment.documents()).filter(|document| !live(document)).collect());
        }
        for document in changed {
            let there = match other {
                Some(other) => world.adopt(other, document, &mut numbers)?,
                None => None,
            };
            world.changes.push(Change { made_at_home, home: home.find(document)?, other: there });
        }
        Ok(world)
    }

    /// Where a document of another index stands in this one; its segment is taken in, with all of it dead.
    fn adopt(
        &mut self,
        other: &Index,
        document: &DocumentId,
        numbers: &mut BTreeMap<Digest, u32>,
    ) -> Result<Option<DocumentRef>, Error> {
        let Some(at) = other.find(document)? else { return Ok(None) };
        let Some(segment) = other.segments().nth(at.segment as usize) else { return Ok(None) };
        let number = *numbers.entry(segment.id()).or_insert_with(|| {
            self.segments.push(Arc::clone(segment));
            self.dead.push((0..segment.documents()).collect());
            self.segments.len() as u32 - 1
        });
        Ok(Some(DocumentRef { segment: number, number: at.number }))
    }

    /// The context in which just these changes are made.
    pub fn context(&self, made: &Subset, recipe: Recipe) -> Result<Context, Error> {
        let mut dead = self.dead.clone();
        for (number, change) in self.changes.iter().enumerate() {
            if made.has(number) == change.made_at_home {
                continue;
            }
            if let Some(at) = change.home {
                let list = &mut dead[at.segment as usize];
                if let Err(place) = list.binary_search(&at.number) {
                    list.insert(place, at.number);
                }
            }
            if let Some(at) = change.other {
                let list = &mut dead[at.segment as usize];
                if let Ok(place) = list.binary_search(&at.number) {
                    list.remove(place);
                }
            }
        }
        let parts = self
            .segments
            .iter()
            .zip(dead)
            .filter(|(segment, dead)| dead.len() < segment.documents() as usize);
        let parts =
            parts.map(|(segment, dead)| (Arc::clone(segment), dead.into_iter().collect::<Tombstones>()));
        Ok(self.base.with_index(Index::open(parts.collect())?, recipe))
    }
}
