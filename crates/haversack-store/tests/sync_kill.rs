//! Pushing and pulling may end at any call or instruction: the remote stays closed, the store sound, and the next one
//! goes on from there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
mod sync_common;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::{Texts, publish, store, texts};
use haversack_store::Store;
use haversack_store::sync::{self, Diverged, FolderRemote, Remote};
use sync_common::{Watched, closure, pull, push};

/// Tells a child process what to do, and where.
const ROLE: &str = "HAVERSACK_SYNC_TEST";
/// Bytes of a pack, and between commits.
const SMALL: u64 = 4096;

fn state(count: u32) -> Texts {
    // Not compressible, so that there are many packs.
    let noise = |n: u32| blake3::hash(&n.to_le_bytes()).to_hex().to_string();
    (0..count).map(|n| (n, format!("{} {}", noise(n), noise(n + 1_000_000)))).collect()
}

/// Objects in the packs that count.
fn objects_there(remote: &dyn Remote) -> u64 {
    let list = remote.list("packs").unwrap();
    let indexes = list.iter().filter(|(path, _)| path.ends_with(".idx"));
    indexes.map(|(_, length)| (length - 1024 - 60) / 48).sum()
}

fn assert_closed(remote: &dyn Remote) {
    let check = sync::check_remote(remote, &|_, _| {}).unwrap();
    assert!(check.problems.is_empty(), "{:?}", check.problems);
}

#[test]
fn a_push_may_end_at_any_call() {
    let (_ours, ours) = store();
    let version = publish(&ours, "docs", &state(300), 0).unwrap();
    let line = ours.line("docs").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let remote = Watched::new(&folder.path().join("r"));
    let mut calls = 0;
    loop {
        remote.fail_after(calls);
        let pushed = sync::push_objects_with(&ours, &remote, &[version], false, SMALL, &|_, _| {})
            .and_then(|_| sync::push_line(&remote, "docs", &line, false));
        remote.fail_after(i64::MAX);
        if pushed.is_ok() {
            break;
        }
        if remote.exists("format").unwrap() {
            assert_closed(&remote);
        }
        // Some more each time: every call of the beginning fails once, and it always gets further.
        calls += 1;
    }
    assert!(calls >= 5);
    assert_eq!(objects_there(&remote), closure(&ours, &[version]).len() as u64, "nothing was sent twice");
    let (_theirs, theirs) = store();
    pull(&theirs, &remote, "docs", Diverged::Refuse).unwrap();
    assert_eq!(texts(&theirs, version).unwrap(), state(300));
}

#[test]
fn a_pull_may_end_at_any_call() {
    let ((_ours, ours), (_theirs, theirs)) = (store(), store());
    let version = publish(&ours, "docs", &state(300), 0).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let remote = Watched::new(&folder.path().join("r"));
    sync::push_objects_with(&ours, &remote, &[version], false, SMALL, &|_, _| {}).unwrap();
    sync::push_line(&remote, "docs", &ours.line("docs").unwrap(), false).unwrap();
    let lock = theirs.lock().unwrap();
    let (mut calls, mut came) = (0, 0);
    let last = loop {
        remote.fail_after(calls);
        let before = theirs.check().unwrap().orphans;
        let pulled = sync::pull_objects_with(&theirs, &lock, &remote, &[version], false, SMALL, &|_, _| {});
        let check = theirs.check().unwrap();
        assert!(check.problems.is_empty(), "{:?}", check.problems);
        assert!(check.orphans >= before);
        came = came.max(check.orphans);
        match pulled {
            Ok(pulled) => break pulled,
            Err(_) => calls += 1,
        }
    };
    let all = closure(&ours, &[version]).len() as u64;
    assert!(calls > 8 && last.objects < all / 2, "{calls} calls, {last:?} of {all}");
    assert_eq!(came as u64, all);
    drop(lock);
    remote.fail_after(i64::MAX);
    assert_eq!(pull(&theirs, &remote, "docs", Diverged::Refuse).unwrap().objects, 0);
    assert_eq!(texts(&theirs, version).unwrap(), state(300));
}

/// What the child does until it is killed.
#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let (role, root) = role.split_once(' ').unwrap();
    let root = Path::new(root);
    let remote = FolderRemote::new(&root.join("r"));
    if role == "push" {
        let ours = Store::open(&root.join("ours")).unwrap();
        let line = ours.line("docs").unwrap();
        sync::push_objects_with(&ours, &remote, &line.versions(), false, SMALL, &|_, _| {}).unwrap();
        sync::push_line(&remote, "docs", &line, false).unwrap();
    } else {
        let theirs = Store::create(&root.join("theirs")).unwrap();
        let lock = theirs.lock().unwrap();
        let (line, _) = sync::fetch_line(&remote, "docs").unwrap().unwrap();
        sync::pull_objects_with(&theirs, &lock, &remote, &line.versions(), false, SMALL, &|_, _| {}).unwrap();
        theirs.set_line(&lock, "docs", &line).unwrap();
    }
}

/// Starts a child, kills it after a while; whether it had ended by itself.
fn run(role: &str, root: &Path, after: Duration) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child"])
        .env(ROLE, format!("{role} {}", root.display()))
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    let ended = child.try_wait().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    ended.is_some_and(|status| status.success())
}

#[test]
fn a_killed_push_and_a_killed_pull_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let ours = Store::create(&root.join("ours")).unwrap();
    let version = publish(&ours, "docs", &state(1200), 0).unwrap();
    let remote = FolderRemote::new(&root.join("r"));
    let (mut kills, mut wait) = (0, Duration::from_millis(4));
    while !run("push", root, wait) {
        kills += 1;
        if remote.exists("format").unwrap() {
            assert_closed(&remote);
        }
        wait += Duration::from_millis(7);
    }
    assert_eq!(objects_there(&remote), closure(&ours, &[version]).len() as u64, "nothing was sent twice");
    let pushes = kills;
    wait = Duration::from_millis(4);
    while !run("pull", root, wait) {
        kills += 1;
        if let Ok(theirs) = Store::open(&root.join("theirs")) {
            let check = theirs.check().unwrap();
            assert!(check.problems.is_empty(), "{:?}", check.problems);
        }
        wait += Duration::from_millis(7);
    }
    assert!(pushes > 0 && kills > pushes, "{pushes} pushes, {kills} in all");
    let theirs = Store::open(&root.join("theirs")).unwrap();
    assert_eq!(texts(&theirs, version).unwrap(), state(1200));
    assert_eq!(push(&theirs, &remote, "docs").unwrap().objects, 0);
}
