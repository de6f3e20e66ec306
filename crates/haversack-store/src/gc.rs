//! Collection of garbage: objects that no version to keep needs leave the packs.
//!
//! New packs are durable before a line says that versions are gone, and lines say so before old packs go: a crash anywhere
//! leaves objects that nobody needs, and never a version without its objects.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use haversack_model::{Digest, VersionId};
use serde::Serialize;

use crate::node::Node;
use crate::pack::{self, Frames, Pack, PackSet, PackWriter, Slot};
use crate::{Line, Retention, Store, StoreError, WriteLock, checked, object, sync_folder};

/// A pack is written anew when more than a fifth of its objects' bytes is dead.
const DEAD: u64 = 5;

/// What a collection of garbage did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GcReport {
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// Versions by context.
    pub contexts: BTreeMap<String, GcContext>,
    /// Objects in packs.
    pub objects: Change,
    /// Bytes of packs.
    pub bytes: Change,
    /// Packs.
    pub packs: Change,
}

/// What happens to the versions of one context.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct GcContext {
    /// Versions that stay, newest first.
    pub kept: Vec<VersionId>,
    /// Versions that go, newest first; not those that went before.
    pub pruned: Vec<VersionId>,
}

type Contexts = BTreeMap<String, GcContext>;

/// A number before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Change {
    /// Before.
    pub before: u64,
    /// After.
    pub after: u64,
}

impl Store {
    /// Every version of every context that is there, sorted.
    ///
    /// # Errors
    /// When a line is damaged.
    pub fn live_versions(&self) -> Result<Vec<VersionId>, StoreError> {
        let mut versions = BTreeSet::new();
        for context in self.contexts()? {
            versions.extend(self.line(&context)?.versions());
        }
        Ok(versions.into_iter().collect())
    }

    /// Removes versions that the rule does not keep, and objects that no version left needs. `now` is seconds since 1970.
    ///
    /// A version that another context keeps stays in both. With `dry_run` nothing changes; sizes afterwards are then those of
    /// one new pack without the merging of small packs.
    ///
    /// # Errors
    /// When a line, an index or a tree that is kept is damaged; nothing is removed then.
    pub fn gc(
        &self,
        _lock: &WriteLock,
        retention: &Retention,
        dry_run: bool,
        now: u64,
    ) -> Result<GcReport, StoreError> {
        let (lines, contexts) = self.sort_versions(retention, now)?;
        let live = self.reachable(contexts.values().flat_map(|context| &context.kept).copied())?;
        let set = self.every_pack()?;
        let plan = Plan::of(&set, &live)?;
        let mut report = plan.report(&set, contexts);
        report.dry_run = dry_run;
        if dry_run {
            return Ok(report);
        }
        let written = self.write_survivors(&plan)?;
        for (context, line) in lines {
            self.prune(&context, line, &report.contexts)?;
        }
        pack::remove(
            plan.rewritten
                .iter()
                .map(|(pack, _)| *pack)
                .filter(|pack| written.as_ref() != Some(&pack.name())),
        )?;
        sync_folder(self.packs().folder())?;
        pack::consolidate(self.packs(), &self.tmp())?;
        let after = self.packs().reload()?;
        report.packs.after = after.packs.len() as u64;
        report.objects.after = after.packs.iter().map(|pack| pack.footer.objects).sum();
        report.bytes.after = after.bytes();
        Ok(report)
    }

    fn sort_versions(
        &self,
        retention: &Retention,
        now: u64,
    ) -> Result<(BTreeMap<String, Line>, Contexts), StoreError> {
        let (mut lines, mut kept) = (BTreeMap::new(), BTreeSet::new());
        for context in self.contexts()? {
            let line = self.line(&context)?;
            kept.extend(retention.keeps(&line, now)?);
            lines.insert(context, line);
        }
        let sorted = lines.iter().map(|(context, line)| {
            let (kept, pruned) = line.versions().into_iter().partition(|version| kept.contains(version));
            (context.clone(), GcContext { kept, pruned })
        });
        let sorted = sorted.collect();
        Ok((lines, sorted))
    }

    /// Every object that the versions need, with the manifests themselves. Texts are not looked at.
    fn reachable(&self, versions: impl Iterator<Item = VersionId>) -> Result<HashSet<Digest>, StoreError> {
        let (mut live, mut stack) = (HashSet::new(), Vec::new());
        for version in versions {
            if live.insert(version) {
                stack.extend(self.manifest(version)?.snapshots.values().map(|snapshot| snapshot.id));
            }
        }
        while let Some(digest) = stack.pop() {
            if !live.insert(digest) {
                continue;
            }
            let node = self.node(digest)?;
            match &node {
                Node::Branch { children, .. } => stack.extend(children.iter().map(|child| child.node)),
                Node::Leaf(_) => live.extend(object::Object::Node(node).needs()),
            }
        }
        Ok(live)
    }

    /// Writes what is left of the packs that go into one new pack; the answer is its name.
    fn write_survivors(&self, plan: &Plan<'_>) -> Result<Option<String>, StoreError> {
        let mut writer = PackWriter::new(&self.tmp())?;
        for (pack, slots) in &plan.rewritten {
            let mut frames = Frames::new(pack);
            for slot in slots {
                let frame = frames.read(slot)?;
                if !object::is_whole(frame) {
                    return Err(StoreError::damaged(&pack.path, None));
                }
                writer.append(slot.digest, slot.kind, frame)?;
            }
        }
        Ok(writer.finish(self.packs().folder())?.map(|written| written.name))
    }

    fn prune(&self, context: &str, mut line: Line, contexts: &Contexts) -> Result<(), StoreError> {
        let gone = contexts.get(context).map(|context| context.pruned.as_slice()).unwrap_or_default();
        if gone.is_empty() {
            return Ok(());
        }
        line.pruned.extend(gone);
        let path = self.line_path(context);
        line.write(&path)?;
        // The line before names versions that are gone.
        checked::forget_old(&path)
    }
}

/// Which packs go, and what of each stays.
struct Plan<'s> {
    rewritten: Vec<(&'s Arc<Pack>, Vec<Slot>)>,
}

impl<'s> Plan<'s> {
    fn of(set: &'s PackSet, live: &HashSet<Digest>) -> Result<Self, StoreError> {
        let mut seen: HashMap<Digest, usize> = HashMap::new();
        let mut rewritten = Vec::new();
        for (number, pack) in set.packs.iter().enumerate() {
            let mut slots = pack.index()?.slots;
            let all: u64 = slots.iter().map(|slot| u64::from(slot.length)).sum();
            // An object that another pack has too is needed once, if it is whole there.
            let is_seen =
                |digest| seen.get(&digest).is_some_and(|number| is_whole_in(&set.packs[*number], digest));
            slots.retain(|slot| live.contains(&slot.digest) && !is_seen(slot.digest));
            let alive: u64 = slots.iter().map(|slot| u64::from(slot.length)).sum();
            seen.extend(slots.iter().map(|slot| (slot.digest, number)));
            if slots.is_empty() || (all - alive) * DEAD > all {
                slots.sort_by_key(|slot| slot.offset);
                rewritten.push((pack, slots));
            }
        }
        Ok(Self { rewritten })
    }

    fn report(&self, set: &PackSet, contexts: Contexts) -> GcReport {
        let all = |f: &dyn Fn(&Pack) -> u64| set.packs.iter().map(|pack| f(pack)).sum::<u64>();
        let gone = |f: &dyn Fn(&Pack) -> u64| self.rewritten.iter().map(|(pack, _)| f(pack)).sum::<u64>();
        let slots = || self.rewritten.iter().flat_map(|(_, slots)| slots);
        let (objects, bytes) =
            (slots().count() as u64, slots().map(|slot| u64::from(slot.length)).sum::<u64>());
        let new_pack = u64::from(objects > 0);
        let bytes = new_pack * (bytes + pack::overhead(objects));
        let change = |f: &dyn Fn(&Pack) -> u64, new| Change { before: all(f), after: all(f) - gone(f) + new };
        GcReport {
            dry_run: false,
            contexts,
            objects: change(&|pack| pack.footer.objects, objects),
            bytes: change(&|pack| pack.bytes, bytes),
            packs: change(&|_| 1, new_pack),
        }
    }
}

fn is_whole_in(pack: &Pack, digest: Digest) -> bool {
    let frame = pack.find(digest).ok().flatten().map(|slot| pack.read(&slot));
    matches!(frame, Some(Ok(frame)) if object::is_whole(&frame))
}
