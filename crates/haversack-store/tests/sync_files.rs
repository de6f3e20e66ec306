//! Files beside the objects: moved once, compared with their digests, resumed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod sync_common;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use haversack_model::Digest;
use haversack_store::sync::{self, Content, FileCopy, FolderRemote, Remote, SyncError};
use sync_common::Watched;

fn bytes(length: usize, seed: u8) -> Vec<u8> {
    (0..length).map(|i| (i as u32).wrapping_mul(2_654_435_761).to_le_bytes()[3] ^ seed).collect()
}

fn copies(folder: &Path, sizes: &[usize]) -> Vec<FileCopy> {
    let copy = |(n, size): (usize, &usize)| {
        let bytes = bytes(*size, n as u8);
        let local = folder.join(format!("segments/s{}/f{n}", n % 2));
        std::fs::create_dir_all(local.parent().unwrap()).unwrap();
        std::fs::write(&local, &bytes).unwrap();
        FileCopy {
            remote: format!("segments/s{}/f{n}", n % 2),
            local,
            length: *size as u64,
            digest: Digest::of(&bytes),
        }
    };
    sizes.iter().enumerate().map(copy).collect()
}

fn elsewhere(files: &[FileCopy], folder: &Path) -> Vec<FileCopy> {
    files.iter().map(|file| FileCopy { local: folder.join(&file.remote), ..file.clone() }).collect()
}

fn assert_same(a: &[FileCopy], b: &[FileCopy]) {
    for (a, b) in a.iter().zip(b) {
        assert!(std::fs::read(&a.local).unwrap() == std::fs::read(&b.local).unwrap(), "{}", a.remote);
    }
}

#[test]
fn files_move_once_and_progress_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let remote = Watched::new(&folder.path().join("remote"));
    let files = copies(&folder.path().join("a"), &[0, 1, 100_000, 20 << 20, 5, 8 << 20]);
    let total: u64 = files.iter().map(|file| file.length).sum();
    let (last, sum) = (AtomicU64::new(0), AtomicU64::new(0));
    let progress = |done: u64, all: u64| {
        last.fetch_max(done, Ordering::SeqCst);
        sum.store(all, Ordering::SeqCst);
    };
    let moved = sync::push_files(&remote, &files, &progress).unwrap();
    assert_eq!((moved.files, moved.bytes), (6, total));
    assert_eq!((last.swap(0, Ordering::SeqCst), sum.swap(0, Ordering::SeqCst)), (total, total));
    assert_eq!(sync::push_files(&remote, &files, &progress).unwrap().files, 0);

    let there = elsewhere(&files, &folder.path().join("b"));
    let moved = sync::pull_files(&remote, &there, &progress).unwrap();
    assert_eq!((moved.files, moved.bytes), (6, total));
    assert_eq!((last.into_inner(), sum.into_inner()), (total, total));
    assert_same(&files, &there);
    remote.take();
    assert_eq!(sync::pull_files(&remote, &there, &|_, _| {}).unwrap().files, 0);
    assert_eq!(remote.take().2, "haversack remote 1\n".len() as u64);
    // A file that changed here since is fetched again.
    std::fs::write(&there[2].local, b"other").unwrap();
    assert_eq!(sync::pull_files(&remote, &there, &|_, _| {}).unwrap().files, 1);
    assert_same(&files, &there);
}

#[test]
fn a_file_that_is_not_what_it_is_said_to_be_does_not_move() {
    let folder = tempfile::tempdir().unwrap();
    let remote = FolderRemote::new(&folder.path().join("remote"));
    let files = copies(&folder.path().join("a"), &[1000, 2000]);
    std::fs::write(&files[1].local, bytes(2000, 99)).unwrap();
    assert!(matches!(sync::push_files(&remote, &files, &|_, _| {}), Err(SyncError::Changed { .. })));
    assert!(!remote.exists(&files[1].remote).unwrap());
    std::fs::write(&files[1].local, bytes(2000, 1)).unwrap();
    sync::push_files(&remote, &files, &|_, _| {}).unwrap();

    let there = elsewhere(&files, &folder.path().join("b"));
    remote.put(&files[1].remote, Content::Bytes(&bytes(2000, 98))).unwrap();
    let refused = sync::pull_files(&remote, &there, &|_, _| {});
    assert!(matches!(refused, Err(SyncError::Damaged { path, .. }) if path == files[1].remote));
    assert!(!there[1].local.exists());
    remote.put(&files[1].remote, Content::Bytes(&bytes(1999, 1))).unwrap();
    assert!(sync::pull_files(&remote, &there, &|_, _| {}).is_err());
    remote.remove(&files[1].remote).unwrap();
    assert!(matches!(sync::pull_files(&remote, &there, &|_, _| {}), Err(SyncError::Absent { .. })));
}

#[test]
fn a_fetch_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let remote = Watched::new(&folder.path().join("remote"));
    let files = copies(&folder.path().join("a"), &[40 << 20]);
    sync::push_files(&remote, &files, &|_, _| {}).unwrap();
    let there = elsewhere(&files, &folder.path().join("b"));
    // The format and two ranges.
    remote.fail_after(3);
    assert!(sync::pull_files(&remote, &there, &|_, _| {}).is_err());
    assert!(!there[0].local.exists());
    remote.fail_after(i64::MAX);
    let moved = sync::pull_files(&remote, &there, &|_, _| {}).unwrap();
    assert_eq!(moved.bytes, 24 << 20);
    assert_same(&files, &there);

    // A part that is of something else is thrown away.
    std::fs::remove_file(&there[0].local).unwrap();
    let part = there[0].local.with_extension("part");
    for wrong in [bytes(10 << 20, 7), bytes(41 << 20, 7)] {
        std::fs::write(&part, wrong).unwrap();
        sync::pull_files(&remote, &there, &|_, _| {}).unwrap();
        assert_same(&files, &there);
        assert!(!part.exists());
        std::fs::remove_file(&there[0].local).unwrap();
    }
}

#[test]
fn paths_stay_below_the_remote() {
    let folder = tempfile::tempdir().unwrap();
    let remote = FolderRemote::new(&folder.path().join("remote"));
    for path in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".hidden", "lock", "a\\b", "c:x"] {
        assert!(matches!(remote.put(path, Content::Bytes(b"x")), Err(SyncError::Path(_))), "{path}");
        assert!(remote.get(path).is_err(), "{path}");
    }
    assert_eq!(remote.list("").unwrap(), []);
}
