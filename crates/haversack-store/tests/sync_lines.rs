//! Lines at a remote only grow, and of two who push at once one is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
mod sync_common;

use common::{Texts, publish, store};
use haversack_model::Digest;
use haversack_store::sync::{self, Diverged, FolderRemote, SyncError};
use haversack_store::{Action, Entry, Line, StoreError};
use sync_common::{pull, push};

fn line(versions: &[&str]) -> Line {
    let mut line = Line::default();
    for version in versions {
        let (version, parent) = (Digest::of(version.as_bytes()), line.latest());
        line.push(Entry { version, parent, at: 0, action: Action::Build, message: String::new() });
    }
    line
}

fn remote() -> (tempfile::TempDir, FolderRemote) {
    let folder = tempfile::tempdir().unwrap();
    let remote = FolderRemote::new(&folder.path().join("r"));
    (folder, remote)
}

#[test]
fn a_line_goes_forward_and_never_back() {
    let (_folder, remote) = remote();
    let pushed = sync::push_line(&remote, "docs", &line(&["a", "b"]), false).unwrap();
    assert_eq!((pushed.before, pushed.steps, pushed.lost), (None, 2, 0));
    let pushed = sync::push_line(&remote, "docs", &line(&["a", "b", "c"]), false).unwrap();
    assert_eq!((pushed.before, pushed.steps, pushed.lost), (Some(Digest::of(b"b")), 1, 0));
    let pushed = sync::push_line(&remote, "docs", &line(&["a", "b", "c"]), false).unwrap();
    assert_eq!((pushed.steps, pushed.lost, pushed.tags), (0, 0, 0));
    for other in [line(&["a"]), line(&["a", "x", "y", "z"])] {
        let refused = sync::push_line(&remote, "docs", &other, false);
        assert!(matches!(refused, Err(SyncError::Diverged { latest, .. }) if latest == Digest::of(b"c")));
    }
    let pushed = sync::push_line(&remote, "docs", &line(&["a", "x"]), true).unwrap();
    assert_eq!((pushed.steps, pushed.lost), (1, 2));
    assert_eq!(sync::fetch_line(&remote, "docs").unwrap().unwrap().0, line(&["a", "x"]));
    assert!(sync::push_line(&remote, "../docs", &line(&["a"]), false).is_err());
    assert!(sync::push_line(&remote, "docs", &Line::default(), true).is_err());
}

#[test]
fn tags_are_united_and_contradictions_told() {
    let (_folder, remote) = remote();
    let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
    let mut ours = line(&["a", "b"]);
    ours.tag("docs", "v1", a, false).unwrap();
    assert_eq!(sync::push_line(&remote, "docs", &ours, false).unwrap().tags, 1);
    let mut theirs = line(&["a", "b"]);
    theirs.tag("docs", "v2", b, false).unwrap();
    assert_eq!(sync::push_line(&remote, "docs", &theirs, false).unwrap().tags, 1);
    let (there, _) = sync::fetch_line(&remote, "docs").unwrap().unwrap();
    assert_eq!(there.tags.len(), 2);

    theirs.tag("docs", "v1", b, false).unwrap();
    let refused = sync::push_line(&remote, "docs", &theirs, false);
    assert!(matches!(refused, Err(SyncError::Store(StoreError::TagExists { version, .. })) if version == a));
    let refused = sync::merge_line("docs", Some(&theirs), &there, &[].into(), Diverged::Refuse, false);
    assert!(matches!(refused, Err(SyncError::Store(StoreError::TagExists { .. }))));
    let taken = sync::merge_line("docs", Some(&theirs), &there, &[].into(), Diverged::Refuse, true).unwrap();
    assert_eq!(taken.tags["v1"], a);
    sync::push_line(&remote, "docs", &theirs, true).unwrap();
    assert_eq!(sync::fetch_line(&remote, "docs").unwrap().unwrap().0.tags["v1"], b);
}

#[test]
fn lines_that_went_apart_are_joined_on_request() {
    let (there, here) = (line(&["a", "b", "t"]), line(&["a", "b", "h", "i"]));
    let all = there.versions().into_iter().collect();
    let refused = sync::merge_line("docs", Some(&here), &there, &all, Diverged::Refuse, false);
    assert!(matches!(refused, Err(SyncError::Apart { base: Some(base), .. }) if base == Digest::of(b"b")));
    let merged = sync::merge_line("docs", Some(&here), &there, &all, Diverged::Onto, false).unwrap();
    assert_eq!(merged, line(&["a", "b", "t", "h", "i"]));
    assert!(there.is_prefix_of(&merged));
    // Ahead, behind, equal, new.
    for (here, there) in [(&merged, &there), (&there, &merged), (&there, &there)] {
        let all = there.versions().into_iter().collect();
        let longer = if here.entries.len() > there.entries.len() { here } else { there };
        assert_eq!(
            &sync::merge_line("docs", Some(here), there, &all, Diverged::Refuse, false).unwrap(),
            longer
        );
    }
    assert_eq!(sync::merge_line("docs", None, &there, &all, Diverged::Refuse, false).unwrap(), there);
}

#[test]
fn what_was_removed_here_is_not_removed_there() {
    let (_folder, remote) = remote();
    let mut ours = line(&["a", "b", "c"]);
    ours.pruned.insert(Digest::of(b"a"));
    sync::push_line(&remote, "docs", &ours, false).unwrap();
    assert_eq!(sync::fetch_line(&remote, "docs").unwrap().unwrap().0.pruned, ours.pruned);
    ours.pruned.insert(Digest::of(b"b"));
    sync::push_line(&remote, "docs", &ours, false).unwrap();
    assert_eq!(sync::fetch_line(&remote, "docs").unwrap().unwrap().0.pruned, [Digest::of(b"a")].into());
    ours.pruned.clear();
    sync::push_line(&remote, "docs", &ours, false).unwrap();
    assert!(sync::fetch_line(&remote, "docs").unwrap().unwrap().0.pruned.is_empty());
}

/// Eight stores push their own version on top of the same one, all at once, until all are in.
#[test]
fn who_loses_a_race_pulls_and_nothing_is_lost() {
    let (_folder, remote) = remote();
    let (_first, first) = store();
    let base: Texts = (0..50).map(|n| (n, format!("base {n}"))).collect();
    publish(&first, "docs", &base, 0).unwrap();
    push(&first, &remote, "docs").unwrap();
    let races = std::sync::atomic::AtomicU32::new(0);
    let writer = |n: u32| {
        let (_folder, ours) = store();
        pull(&ours, &remote, "docs", Diverged::Refuse).unwrap();
        let mut texts = base.clone();
        texts.insert(1000 + n, format!("of {n}"));
        let version = publish(&ours, "docs", &texts, u64::from(n)).unwrap();
        loop {
            match push(&ours, &remote, "docs") {
                Ok(_) => return version,
                Err(SyncError::Raced { .. } | SyncError::Diverged { .. }) => {
                    races.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    pull(&ours, &remote, "docs", Diverged::Onto).unwrap();
                }
                Err(error) => panic!("{error:?}"),
            }
        }
    };
    let writer = &writer;
    let versions: Vec<Digest> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|n| scope.spawn(move || writer(n))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(races.into_inner() > 0);
    let (_last, last) = store();
    pull(&last, &remote, "docs", Diverged::Refuse).unwrap();
    let line = last.line("docs").unwrap();
    assert_eq!(line.entries.len(), 9);
    assert!(versions.iter().all(|version| line.entries.iter().any(|entry| entry.version == *version)));
    assert!(line.entries.windows(2).all(|pair| pair[1].parent == Some(pair[0].version)));
    assert!(last.check().unwrap().problems.is_empty());
}
