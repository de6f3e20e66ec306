//! Whatever happens to the files of a remote: an error or no effect, never a wrong value; and it can be mended.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
mod sync_common;

use std::path::{Path, PathBuf};

use common::{Texts, publish, store, texts};
use haversack_model::VersionId;
use haversack_store::Store;
use haversack_store::sync::{self, Diverged, FolderRemote, Remote, SyncError};
use sync_common::{pull, push};

fn state(count: u32) -> Texts {
    (0..count).map(|n| (n, format!("text {n} {}", "y".repeat(n as usize % 50)))).collect()
}

/// Two versions, in one pack each.
fn pushed(root: &Path) -> (FolderRemote, [(VersionId, Texts); 2], Store, tempfile::TempDir) {
    let (folder, ours) = store();
    let remote = FolderRemote::new(root);
    let first = publish(&ours, "docs", &state(100), 0).unwrap();
    push(&ours, &remote, "docs").unwrap();
    let second = publish(&ours, "docs", &state(150), 1).unwrap();
    push(&ours, &remote, "docs").unwrap();
    (remote, [(first, state(100)), (second, state(150))], ours, folder)
}

/// Pulls into a new store: an error, or exactly what was pushed.
fn right_or_refused(remote: &FolderRemote, expected: &[(VersionId, Texts); 2], what: &str) -> bool {
    let (_folder, theirs) = store();
    if pull(&theirs, remote, "docs", Diverged::Refuse).is_err() {
        return false;
    }
    for (version, expected) in expected {
        assert_eq!(&texts(&theirs, *version).unwrap(), expected, "{what}");
    }
    assert!(theirs.check().unwrap().problems.is_empty(), "{what}");
    true
}

#[test]
fn flipped_and_cut_files_are_refused_or_do_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let (remote, expected, ..) = pushed(&folder.path().join("r"));
    let (mut refused, mut right) = (0, 0);
    for (path, length) in remote.list("").unwrap() {
        let file = folder.path().join("r").join(&path);
        let whole = std::fs::read(&file).unwrap();
        let step = (length / 11).max(1);
        for at in (0..length).step_by(step as usize) {
            let mut bytes = whole.clone();
            bytes[at as usize] ^= 1 << (at % 8);
            std::fs::write(&file, &bytes).unwrap();
            let ok = right_or_refused(&remote, &expected, &format!("{path} flipped at {at}"));
            (refused, right) = (refused + i32::from(!ok), right + i32::from(ok));
            // The check sees every flip, but cannot read a remote that is none.
            if let Ok(check) = sync::check_remote(&remote, &|_, _| {}) {
                assert!(!check.problems.is_empty(), "{path} flipped at {at}");
                assert!(!path.starts_with("packs/") || check.damaged.len() == 1);
            }
            std::fs::write(&file, &whole[..at as usize]).unwrap();
            assert!(!right_or_refused(&remote, &expected, &format!("{path} cut at {at}")));
        }
        std::fs::write(&file, &whole).unwrap();
    }
    assert!(refused > 50 && right > 0, "{refused} refused, {right} right");
    assert!(right_or_refused(&remote, &expected, "restored"));
}

#[test]
fn files_that_took_each_others_place_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("r");
    let (remote, expected, ..) = pushed(&root);
    let packs: Vec<PathBuf> = remote.list("packs").unwrap().iter().map(|(path, _)| root.join(path)).collect();
    let swap = |a: &Path, b: &Path| {
        let (left, right) = (std::fs::read(a).unwrap(), std::fs::read(b).unwrap());
        std::fs::write(a, right).unwrap();
        std::fs::write(b, left).unwrap();
    };
    for (a, b) in [(0, 2), (1, 3), (0, 1)] {
        swap(&packs[a], &packs[b]);
        assert!(!right_or_refused(&remote, &expected, "swapped"));
        swap(&packs[a], &packs[b]);
    }
    // Both files of both packs: names lie, objects are all there.
    swap(&packs[0], &packs[2]);
    swap(&packs[1], &packs[3]);
    assert!(right_or_refused(&remote, &expected, "renamed"));
    assert_eq!(sync::check_remote(&remote, &|_, _| {}).unwrap().damaged.len(), 2);
}

#[test]
fn a_damaged_remote_is_mended_by_a_thorough_push() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("r");
    let (remote, expected, ours, _ours) = pushed(&root);
    let check = || sync::check_remote(&remote, &|_, _| {}).unwrap();
    let whole = check();
    assert_eq!((whole.packs, whole.versions, whole.loose, whole.problems.len()), (2, 2, 0, 0));

    for (path, _) in remote.list("packs").unwrap() {
        let file = root.join(&path);
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[30] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        let found = check();
        assert_eq!(found.damaged.len(), 1, "{found:?}");
        assert!(found.problems.len() > 1, "a version lacks something: {found:?}");
        sync::discard_packs(&remote, &found.damaged).unwrap();
        let versions = ours.line("docs").unwrap().versions();
        let pushed = sync::push_objects(&ours, &remote, &versions, true, &|_, _| {}).unwrap();
        assert!(pushed.objects > 0);
        assert!(check().problems.is_empty(), "{:?}", check());
        assert!(right_or_refused(&remote, &expected, "mended"));
    }
}

#[test]
fn a_damaged_object_is_taken_from_another_pack() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("r");
    let (_remote, expected, ours, _ours) = pushed(&root);
    // The same objects once more, in one pack.
    let other = FolderRemote::new(&folder.path().join("other"));
    push(&ours, &other, "docs").unwrap();
    for (path, _) in other.list("packs").unwrap() {
        std::fs::copy(folder.path().join("other").join(&path), root.join(&path)).unwrap();
    }
    let remote = FolderRemote::new(&root);
    let packs: Vec<_> =
        remote.list("packs").unwrap().into_iter().filter(|(path, _)| path.ends_with(".pack")).collect();
    assert_eq!(packs.len(), 3);
    for (path, length) in &packs {
        let file = root.join(path);
        let whole = std::fs::read(&file).unwrap();
        let mut bytes = whole.clone();
        // All objects, not the index.
        (12..*length as usize / 2).step_by(40).for_each(|at| bytes[at] ^= 0x10);
        std::fs::write(&file, bytes).unwrap();
        assert!(right_or_refused(&remote, &expected, path));
        std::fs::write(&file, whole).unwrap();
    }
}

#[test]
fn a_line_without_versions_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (remote, ..) = pushed(&folder.path().join("r"));
    std::fs::write(folder.path().join("r/refs/docs.json"), "{}").unwrap();
    assert!(matches!(sync::fetch_line(&remote, "docs"), Err(SyncError::Damaged { .. })));
}

#[test]
fn a_damaged_store_is_mended_by_a_thorough_pull() {
    let folder = tempfile::tempdir().unwrap();
    let (remote, expected, ours, _ours) = pushed(&folder.path().join("r"));
    let versions = ours.line("docs").unwrap().versions();
    let lock = ours.lock().unwrap();
    for pack in common::files(&ours, "packs", ".pack") {
        let mut bytes = std::fs::read(&pack).unwrap();
        // All objects, not the index.
        (12..bytes.len() / 2).step_by(200).for_each(|at| bytes[at] ^= 1);
        std::fs::write(&pack, bytes).unwrap();
    }
    assert!(expected.iter().any(|(version, _)| texts(&ours, *version).is_err()));
    let pulled = sync::pull_objects(&ours, &lock, &remote, &versions, true, &|_, _| {}).unwrap();
    assert!(pulled.objects > 5);
    for (version, expected) in &expected {
        assert_eq!(&texts(&ours, *version).unwrap(), expected);
    }
    let again = sync::pull_objects(&ours, &lock, &remote, &versions, true, &|_, _| {}).unwrap();
    assert_eq!(again.objects, 0);
    // The damaged copies go too.
    ours.repair_packs(&lock).unwrap();
    assert!(ours.check().unwrap().problems.is_empty(), "{:?}", ours.check().unwrap().problems);
}
