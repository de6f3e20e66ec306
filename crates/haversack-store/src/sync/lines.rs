use std::collections::BTreeSet;

use haversack_model::VersionId;

use super::{Remote, SyncError, Tag, check_format, prepare};
use crate::address::is_name;
use crate::{Line, StoreError};

/// What pushing a line did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedLine {
    /// The latest version there before; `None` when the context was new.
    pub before: Option<VersionId>,
    /// Steps that the remote's log got.
    pub steps: usize,
    /// Steps of the remote's log that are gone, since it was forced.
    pub lost: usize,
    /// Tags that are new there or name another version now.
    pub tags: usize,
}

/// What to do when a line has steps here that the remote has not, and the reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Diverged {
    /// It is an error.
    Refuse,
    /// The steps made here follow those of the remote, so that `latest` is the one from here and can be pushed.
    Onto,
}

fn path(context: &str) -> Result<String, SyncError> {
    if is_name(context) {
        Ok(format!("refs/{context}.json"))
    } else {
        Err(SyncError::Store(StoreError::NoContext(context.chars().take(100).collect())))
    }
}

/// The line of a context as it stands at a remote, and in which state it was read; `None` when it was never pushed.
///
/// # Errors
/// When the remote fails, or the line is damaged.
pub fn fetch_line(remote: &dyn Remote, context: &str) -> Result<Option<(Line, Tag)>, SyncError> {
    check_format(remote)?;
    let path = path(context)?;
    let Some((bytes, tag)) = remote.get_with_tag(&path)? else { return Ok(None) };
    let line = Line::from_bytes(&bytes).map_err(|error| SyncError::damaged(&path, error))?;
    if line.entries.is_empty() {
        return Err(SyncError::Damaged { path, source: Some("it has no versions".into()) });
    }
    Ok(Some((line, tag)))
}

/// Names of all contexts at a remote, sorted.
///
/// # Errors
/// When the remote fails.
pub fn list_lines(remote: &dyn Remote) -> Result<Vec<String>, SyncError> {
    check_format(remote)?;
    let name = |path: &str| path.strip_prefix("refs/")?.strip_suffix(".json").map(ToOwned::to_owned);
    let files = remote.list("refs")?;
    Ok(files.iter().filter_map(|(path, _)| name(path)).filter(|name| is_name(name)).collect())
}

/// Makes the line of a context at the remote what it is here: the moment at which pushed versions are published. Their
/// objects must be there already.
///
/// The log only grows: steps of the remote that are not here are an error, unless `force` is set; then they are lost.
/// Tags are united; where one names another version there, that is an error, unless `force` is set; then it is as here.
///
/// # Errors
/// [`SyncError::Diverged`] and [`StoreError::TagExists`] as said; [`SyncError::Raced`] when somebody else pushed since
/// the line was read: nothing was changed then.
pub fn push_line(
    remote: &dyn Remote,
    context: &str,
    line: &Line,
    force: bool,
) -> Result<PushedLine, SyncError> {
    prepare(remote)?;
    let Some(latest) = line.latest() else {
        return Err(SyncError::Store(StoreError::NoContext(context.to_owned())));
    };
    let there = fetch_line(remote, context)?;
    let (before, tag) = there.map_or((Line::default(), None), |(line, tag)| (line, Some(tag)));
    let united = unite(context, line, &before, force)?;
    let common = common(&before, &united);
    let moved = |(tag, version)| before.tags.get(tag) != Some(version);
    let pushed = PushedLine {
        before: before.latest(),
        steps: united.entries.len() - common,
        lost: before.entries.len() - common,
        tags: united.tags.iter().filter(|entry| moved(*entry)).count(),
    };
    if united == before {
        return Ok(pushed);
    }
    debug_assert_eq!(united.latest(), Some(latest));
    match remote.put_if(&path(context)?, &united.to_bytes()?, tag.as_ref()) {
        Ok(_) => Ok(pushed),
        Err(SyncError::LostRace { .. }) => Err(SyncError::Raced { context: context.to_owned() }),
        Err(error) => Err(error),
    }
}

/// The line that the remote is to have.
fn unite(context: &str, line: &Line, there: &Line, force: bool) -> Result<Line, SyncError> {
    if let Some(latest) = there.latest()
        && !there.is_prefix_of(line)
        && !force
    {
        return Err(SyncError::Diverged { context: context.to_owned(), latest });
    }
    let mut united = line.clone();
    united.tags.clone_from(&there.tags);
    // In this direction, so that with force the tags of here win.
    united.unite_tags(context, line, force)?;
    // A version that was removed here is still there if it was before.
    let there_whole: BTreeSet<VersionId> = there.versions().into_iter().collect();
    united.pruned.retain(|version| !there_whole.contains(version));
    Ok(united)
}

/// The line that a context has here after a pull: that of the remote, and what was done here since.
///
/// `pulled` are the versions whose objects are here now; other versions of the remote count as removed, and stay in the
/// log. A tag that names another version at the remote is an error, unless `force` is set; then it is as there.
///
/// # Errors
/// [`SyncError::Apart`] when both lines have steps of their own and `diverged` says to refuse; [`StoreError::TagExists`].
pub fn merge_line(
    context: &str,
    here: Option<&Line>,
    there: &Line,
    pulled: &BTreeSet<VersionId>,
    diverged: Diverged,
    force: bool,
) -> Result<Line, SyncError> {
    let empty = Line::default();
    let here = here.unwrap_or(&empty);
    let common = common(here, there);
    let own = &here.entries[common..];
    if !own.is_empty() && common < there.entries.len() && diverged == Diverged::Refuse {
        let base = common.checked_sub(1).map(|at| here.entries[at].version);
        return Err(SyncError::Apart { context: context.to_owned(), base });
    }
    let mut merged = there.clone();
    for step in own {
        let mut step = step.clone();
        if common < there.entries.len() {
            step.parent = merged.latest();
        }
        merged.entries.push(step);
    }
    merged.tags.clone_from(&here.tags);
    merged.unite_tags(context, there, force)?;
    let whole: BTreeSet<VersionId> = here.versions().into_iter().chain(pulled.iter().copied()).collect();
    merged.pruned = merged.all_versions().into_iter().filter(|version| !whole.contains(version)).collect();
    Ok(merged)
}

/// How many steps two logs begin with in common.
fn common(a: &Line, b: &Line) -> usize {
    a.entries.iter().zip(&b.entries).take_while(|(a, b)| a == b).count()
}
