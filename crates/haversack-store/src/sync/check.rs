//! Reading a remote down to its last byte.

use std::collections::{BTreeMap, BTreeSet};

use haversack_model::{Digest, VersionId};

use super::catalog::{Catalog, index_path, own_index, pack_path};
use super::parallel::each;
use super::push::name;
use super::{Progress, Remote, SyncError, check_format, fetch_line, list_lines};
use crate::object::Object;
use crate::pack::Slot;

/// Something at a remote that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RemoteProblem {
    /// The file there.
    pub path: String,
    /// What is wrong.
    pub error: String,
}

/// What a check of a remote found.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct RemoteCheck {
    /// Packs that count.
    pub packs: u64,
    /// Objects in them.
    pub objects: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Versions of which everything is there.
    pub versions: u64,
    /// Packs without an index: a push did not end, or is under way.
    pub loose: u64,
    /// Names of packs that are damaged; [`discard_packs`] removes them.
    pub damaged: BTreeSet<String>,
    /// What is wrong.
    pub problems: Vec<RemoteProblem>,
}

/// What one pack holds of the graph: what each node and manifest needs, and all names.
type Held = (BTreeMap<Digest, Vec<Digest>>, Vec<Digest>);

/// Reads every pack and line of a remote: each file's hash, each object's name, and that every version is whole.
///
/// # Errors
/// When the remote fails; damage is no error but a [`RemoteProblem`].
pub fn check_remote(remote: &dyn Remote, progress: Progress<'_>) -> Result<RemoteCheck, SyncError> {
    check_format(remote)?;
    let mut check = RemoteCheck::default();
    let catalog = Catalog::load_whole(remote, &mut |name, error| {
        check.damaged.insert(name.to_owned());
        check.problems.push(problem(index_path(name), &error));
    })?;
    let packs = catalog.by_pack();
    let total = catalog.packs.iter().map(|pack| catalog.length(&pack.name)).sum();
    let done = std::sync::atomic::AtomicU64::new(0);
    // A pack may be as large as a pack gets: few in memory at once.
    let read = each(&packs, 3, |at, slots| {
        let pack = &catalog.packs[at].name;
        let held = read_pack(remote, pack, slots);
        let length = catalog.length(pack);
        progress(done.fetch_add(length, std::sync::atomic::Ordering::Relaxed) + length, total);
        match held {
            Err(SyncError::Transport { .. }) => held.map(Ok),
            other => Ok(other),
        }
    })?;
    let (mut needs, mut there) = (BTreeMap::new(), BTreeSet::new());
    for (pack, held) in catalog.packs.iter().zip(read) {
        match held {
            Ok((nodes, names)) => {
                needs.extend(nodes);
                there.extend(names);
            }
            Err(error) => {
                check.damaged.insert(pack.name.clone());
                check.problems.push(problem(pack.path(), &error));
            }
        }
    }
    (check.packs, check.objects, check.bytes) = (packs.len() as u64, there.len() as u64, total);
    check.loose = catalog.loose().len() as u64;
    check_lines(remote, &needs, &there, &mut check)?;
    if let Err(error) = super::fetch_erasures(remote) {
        check.problems.push(problem("erased.json".to_owned(), &error));
    }
    Ok(check)
}

/// Removes packs, so that a thorough push from a store that has their objects sends those again.
///
/// # Errors
/// When the remote fails.
pub fn discard_packs(remote: &dyn Remote, names: &BTreeSet<String>) -> Result<(), SyncError> {
    for name in names {
        remote.remove(&pack_path(name))?;
        remote.remove(&index_path(name))?;
    }
    Ok(())
}

fn problem(path: String, error: &dyn std::error::Error) -> RemoteProblem {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    RemoteProblem { path, error: text }
}

fn read_pack(remote: &dyn Remote, pack: &str, slots: &[Slot]) -> Result<Held, SyncError> {
    let path = pack_path(pack);
    let bytes = remote.get(&path)?.ok_or_else(|| SyncError::Absent { path: path.clone() })?;
    let bad = |what: &str| SyncError::Damaged { path: path.clone(), source: Some(what.into()) };
    if name(&bytes) != pack {
        return Err(bad("its name is not the hash of its bytes"));
    }
    let own = own_index(&bytes).map_err(|error| SyncError::damaged(&path, error))?;
    if own.slots != slots {
        return Err(bad("its index is that of another pack"));
    }
    let (mut needs, mut names) = (BTreeMap::new(), Vec::new());
    for slot in slots {
        let (from, to) = (usize::try_from(slot.offset), usize::try_from(slot.end()));
        let frame = from.ok().zip(to.ok()).and_then(|(from, to)| bytes.get(from..to)).unwrap_or_default();
        match Object::decode(frame) {
            Ok((found, object)) if found == slot.digest => {
                if !matches!(object, Object::Text(_)) {
                    needs.insert(found, object.needs());
                }
                names.push(found);
            }
            _ => return Err(bad(&format!("object {} is another or damaged", slot.digest.short()))),
        }
    }
    Ok((needs, names))
}

fn check_lines(
    remote: &dyn Remote,
    needs: &BTreeMap<Digest, Vec<Digest>>,
    there: &BTreeSet<Digest>,
    check: &mut RemoteCheck,
) -> Result<(), SyncError> {
    let mut whole = BTreeSet::new();
    for context in list_lines(remote)? {
        let path = format!("refs/{context}.json");
        match fetch_line(remote, &context) {
            Ok(None) => {}
            Ok(Some((line, _))) => {
                for version in line.versions() {
                    match first_missing(version, needs, there, &mut whole) {
                        None => check.versions += 1,
                        Some(object) => {
                            let error =
                                format!("version {} lacks object {}", version.short(), object.short());
                            check.problems.push(RemoteProblem { path: path.clone(), error });
                        }
                    }
                }
            }
            Err(error @ (SyncError::Transport { .. } | SyncError::Absent { .. })) => return Err(error),
            Err(error) => check.problems.push(problem(path, &error)),
        }
    }
    Ok(())
}

/// An object that a version needs and that is not there; what was found whole before is not walked again.
fn first_missing(
    version: VersionId,
    needs: &BTreeMap<Digest, Vec<Digest>>,
    there: &BTreeSet<Digest>,
    whole: &mut BTreeSet<Digest>,
) -> Option<Digest> {
    let (mut open, mut seen) = (vec![version], BTreeSet::new());
    while let Some(digest) = open.pop() {
        if whole.contains(&digest) || !seen.insert(digest) {
            continue;
        }
        if !there.contains(&digest) {
            return Some(digest);
        }
        open.extend(needs.get(&digest).into_iter().flatten());
    }
    whole.extend(seen);
    None
}
