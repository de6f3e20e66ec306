//! What is pushed and pulled arrives whole, and nothing else moves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
mod sync_common;

use std::collections::BTreeMap;

use common::{Texts, files, id, publish, store, texts};
use haversack_store::sync::{self, Diverged, FolderRemote, Remote, SyncError};
use haversack_store::{Store, StoreError};
use proptest::prelude::*;
use sync_common::{Watched, closure, pull, push};

fn apply(texts: &mut Texts, edits: &BTreeMap<u32, Option<String>>) {
    for (n, text) in edits {
        match text {
            Some(text) => texts.insert(*n, text.clone()),
            None => texts.remove(n),
        };
    }
}

fn assert_same(a: &Store, b: &Store, context: &str) {
    let line = a.line(context).unwrap();
    assert_eq!(b.line(context).unwrap(), line);
    for version in line.versions() {
        assert_eq!(texts(a, version).unwrap(), texts(b, version).unwrap());
    }
    let check = b.check().unwrap();
    assert!(check.problems.is_empty(), "{:?}", check.problems);
}

fn edits() -> impl Strategy<Value = BTreeMap<u32, Option<String>>> {
    let text = prop::option::weighted(0.8, "[a-d]{0,40}");
    prop::collection::btree_map(0..400_u32, text, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_history_arrives_and_only_what_is_missing_moves(
        steps in prop::collection::vec((edits(), any::<bool>(), any::<bool>()), 1..6),
        apart in any::<bool>(),
    ) {
        let ((_ours, ours), (_theirs, theirs)) = (store(), store());
        let folder = tempfile::tempdir().unwrap();
        let remote = Watched::new(&folder.path().join("remote"));
        let mut state = Texts::new();
        let (mut up, mut down) = (Default::default(), Default::default());
        let count = steps.len() as u64;
        for (at, (edits, send, fetch)) in steps.into_iter().enumerate() {
            apply(&mut state, &edits);
            publish(&ours, "docs", &state, at as u64).unwrap();
            let last = at as u64 + 1 == count;
            if send || last {
                let needed = closure(&ours, &ours.line("docs").unwrap().versions());
                let pushed = push(&ours, &remote, "docs").unwrap();
                prop_assert_eq!(pushed.objects as usize, needed.difference(&up).count());
                up = needed;
                // Again: nothing.
                remote.take();
                let again = push(&ours, &remote, "docs").unwrap();
                prop_assert_eq!((again.objects, again.packs, again.bytes, remote.take().1), (0, 0, 0, 0));
            }
            if !up.is_empty() && (fetch || last) {
                let pulled = pull(&theirs, &remote, "docs", Diverged::Refuse).unwrap();
                prop_assert_eq!(pulled.objects as usize, up.difference(&down).count());
                down = up.clone();
                remote.take();
                let again = pull(&theirs, &remote, "docs", Diverged::Refuse).unwrap();
                prop_assert_eq!((again.objects, again.bytes), (0, 0));
            }
        }
        assert_same(&ours, &theirs, "docs");
        if apart {
            // They go on, and it comes back.
            state.insert(1000, "theirs".to_owned());
            publish(&theirs, "docs", &state, 100).unwrap();
            let there = closure(&theirs, &theirs.line("docs").unwrap().versions());
            let new = there.difference(&up).count();
            prop_assert_eq!(push(&theirs, &remote, "docs").unwrap().objects as usize, new);
            prop_assert_eq!(pull(&ours, &remote, "docs", Diverged::Refuse).unwrap().objects as usize, new);
            assert_same(&theirs, &ours, "docs");
        }
    }
}

fn many(count: u32) -> Texts {
    (0..count).map(|n| (n, format!("text {n} {}", "x".repeat(n as usize % 300)))).collect()
}

#[test]
fn an_edit_moves_a_path_and_few_requests() {
    let ((_ours, ours), (_theirs, theirs)) = (store(), store());
    let folder = tempfile::tempdir().unwrap();
    let remote = Watched::new(folder.path());
    let mut state = many(20_000);
    publish(&ours, "docs", &state, 0).unwrap();
    let pushed = push(&ours, &remote, "docs").unwrap();
    assert!(pushed.objects > 20_000);
    let (_, up, _) = remote.take();
    pull(&theirs, &remote, "docs", Diverged::Refuse).unwrap();
    // Nothing is read twice, and not object by object.
    let (calls, _, down) = remote.take();
    assert!(calls < 20 && down <= up + 1000, "{calls} calls, {down} bytes of {up}");

    state.insert(777, "changed".to_owned());
    publish(&ours, "docs", &state, 1).unwrap();
    let pushed = push(&ours, &remote, "docs").unwrap();
    // Text, leaf, branches, manifest.
    assert!((4..=7).contains(&pushed.objects), "{pushed:?}");
    let (calls, up, _) = remote.take();
    assert!(calls <= 12 && up < 60_000, "{calls} calls, {up} bytes");
    let pulled = pull(&theirs, &remote, "docs", Diverged::Refuse).unwrap();
    assert_eq!(pulled.objects, pushed.objects);
    let (calls, _, down) = remote.take();
    assert!(calls <= 12 && down < 60_000, "{calls} calls, {down} bytes");
    assert_same(&ours, &theirs, "docs");
}

#[test]
fn one_version_can_be_pulled_alone() {
    let ((_ours, ours), (_theirs, theirs)) = (store(), store());
    let folder = tempfile::tempdir().unwrap();
    let remote = FolderRemote::new(folder.path());
    let first = publish(&ours, "docs", &many(100), 0).unwrap();
    let second = publish(&ours, "docs", &many(120), 1).unwrap();
    push(&ours, &remote, "docs").unwrap();

    let lock = theirs.lock().unwrap();
    sync::pull_objects(&theirs, &lock, &remote, &[second], false, &|_, _| {}).unwrap();
    let (there, _) = sync::fetch_line(&remote, "docs").unwrap().unwrap();
    let line = sync::merge_line("docs", None, &there, &[second].into(), Diverged::Refuse, false).unwrap();
    theirs.set_line(&lock, "docs", &line).unwrap();
    assert_eq!(texts(&theirs, second).unwrap(), many(120));
    assert_eq!(theirs.line("docs").unwrap().pruned, [first].into());
    assert!(matches!(theirs.resolve(&"docs~1".parse().unwrap()), Err(StoreError::Pruned { .. })));
    drop(lock);
    // What is not here does not count as gone there.
    publish(&theirs, "docs", &many(130), 2).unwrap();
    push(&theirs, &remote, "docs").unwrap();
    assert!(sync::fetch_line(&remote, "docs").unwrap().unwrap().0.pruned.is_empty());
    pull(&ours, &remote, "docs", Diverged::Refuse).unwrap();
    assert_eq!(texts(&ours, first).unwrap(), many(100));
}

#[test]
fn what_was_erased_here_does_not_come_back() {
    let ((_ours, ours), (_theirs, theirs)) = (store(), store());
    let folder = tempfile::tempdir().unwrap();
    let remote = FolderRemote::new(folder.path());
    let version = publish(&ours, "docs", &many(100), 0).unwrap();
    push(&ours, &remote, "docs").unwrap();
    pull(&theirs, &remote, "docs", Diverged::Refuse).unwrap();

    let lock = theirs.lock().unwrap();
    let erased = theirs.erase(&lock, &id(7), "asked to", 1).unwrap();
    let text = *erased.texts.first().unwrap();
    drop(lock);
    pull(&theirs, &remote, "docs", Diverged::Refuse).unwrap();
    let lock = theirs.lock().unwrap();
    // Even when everything is fetched anew.
    for pack in files(&theirs, "packs", ".pack") {
        std::fs::remove_file(pack).unwrap();
    }
    sync::pull_objects(&theirs, &lock, &remote, &[version], false, &|_, _| {}).unwrap();
    assert!(matches!(theirs.text(text), Err(StoreError::Erased { .. })));
    let mut left = many(100);
    left.remove(&7);
    assert_eq!(texts(&theirs, version).unwrap(), left);
    let check = theirs.check().unwrap();
    assert!(check.problems.is_empty(), "{:?}", check.problems);
    for pack in files(&theirs, "packs", ".pack") {
        let bytes = std::fs::read(pack).unwrap();
        assert!(!bytes.windows(32).any(|window| window == text.as_bytes()));
    }
    drop(lock);
    // A store that erased can still be pushed and pulled from.
    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = FolderRemote::new(elsewhere.path());
    assert!(matches!(push(&theirs, &elsewhere, "docs"), Err(SyncError::ErasedHere { .. })));
    sync::push_erasures(&theirs, &elsewhere, false, &|_, _| {}).unwrap();
    push(&theirs, &elsewhere, "docs").unwrap();
    let (_third, third) = store();
    assert!(matches!(pull(&third, &elsewhere, "docs", Diverged::Refuse), Err(SyncError::Erased { .. })));
    sync::pull_erasures(&third, &third.lock().unwrap(), &elsewhere).unwrap();
    pull(&third, &elsewhere, "docs", Diverged::Refuse).unwrap();
    assert_eq!(texts(&third, version).unwrap(), left);
}

#[test]
fn a_pull_completes_what_is_here_in_part() {
    let ((_ours, ours), (_theirs, theirs)) = (store(), store());
    let folder = tempfile::tempdir().unwrap();
    let remote = FolderRemote::new(folder.path());
    let version = publish(&ours, "docs", &many(3000), 0).unwrap();
    push(&ours, &remote, "docs").unwrap();
    // The upper nodes are here, as after a pull that was killed or a collection of garbage, and no line names them.
    let lock = theirs.lock().unwrap();
    let batch = theirs.batch();
    for digest in closure(&ours, &[version]) {
        let frame = ours.object(digest).unwrap();
        if &frame[4..8] != b"TEXT" || digest.as_bytes()[0] < 128 {
            batch.put_object(digest, &frame).unwrap();
        }
    }
    batch.commit().unwrap();
    let pulled = sync::pull_objects(&theirs, &lock, &remote, &[version], false, &|_, _| {}).unwrap();
    assert!((1000..2000).contains(&pulled.objects), "{pulled:?}");
    assert_eq!(texts(&theirs, version).unwrap(), many(3000));
}

#[test]
fn what_is_no_remote_is_told() {
    let (_ours, ours) = store();
    let folder = tempfile::tempdir().unwrap();
    let remote = FolderRemote::new(&folder.path().join("none"));
    assert!(matches!(sync::fetch_line(&remote, "docs"), Err(SyncError::NotARemote { .. })));
    let version = publish(&ours, "docs", &many(3), 0).unwrap();
    push(&ours, &remote, "docs").unwrap();
    assert_eq!(sync::list_lines(&remote).unwrap(), ["docs"]);
    assert_eq!(sync::fetch_line(&remote, "other").unwrap(), None);
    std::fs::write(folder.path().join("none/format"), "haversack remote 9\n").unwrap();
    assert!(matches!(push(&ours, &remote, "docs"), Err(SyncError::Layout { .. })));
    assert!(matches!(sync::fetch_line(&remote, "docs"), Err(SyncError::Layout { .. })));
    std::fs::write(folder.path().join("none/format"), "haversack remote 1\n").unwrap();
    for pack in remote.list("packs").unwrap() {
        remote.remove(&pack.0).unwrap();
    }
    let (_theirs, theirs) = store();
    let lock = theirs.lock().unwrap();
    let pulled = sync::pull_objects(&theirs, &lock, &remote, &[version], false, &|_, _| {});
    assert!(matches!(pulled, Err(SyncError::Missing { object }) if object == version));
}
