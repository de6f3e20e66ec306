//! A writer that is killed at any moment leaves a sound store.
//!
//! The parent starts this very test binary again as a writer that publishes, erases and collects garbage until it is killed.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{Texts, id, publish, texts};
use haversack_store::{Retention, Store, StoreError};

const STORE: &str = "HAVERSACK_CRASH_STORE";
/// How many writers to kill; more than a few for a run of hours.
const ROUNDS: &str = "HAVERSACK_CRASH_ROUNDS";

/// The texts of the version that was published at a time, as they were before any erasure.
fn texts_at(at: u64) -> Texts {
    (0..40_u32).map(|n| (n, format!("document {n} in its state {}", (at + u64::from(n)) / 11))).collect()
}

fn without_erased(store: &Store, mut texts: Texts) -> Texts {
    for erasure in store.erasures().unwrap() {
        texts.retain(|n, _| id(*n) != erasure.document);
    }
    texts
}

/// Writes until it is killed. Not a test of its own: without a store it does nothing.
#[test]
fn writer() {
    let Some(root) = std::env::var_os(STORE).map(PathBuf::from) else { return };
    let store = Store::create(&root).unwrap();
    let begin = store.line("docs").map_or(0, |line| line.entries.len() as u64);
    for at in begin.. {
        publish(&store, "docs", &without_erased(&store, texts_at(at)), at).unwrap();
        let lock = store.lock().unwrap();
        if at % 6 == 5 {
            let rule = Retention { keep_last: 4, keep_younger_secs: None, keep_tags: true };
            store.gc(&lock, &rule, false, at).unwrap();
        }
        if at % 9 == 7 && at < 300 {
            match store.erase(&lock, &id((at / 9 % 30) as u32), "asked to", at) {
                Ok(_) | Err(StoreError::NoDocument(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    }
}

/// Starts a writer and kills it after a while.
fn kill_a_writer(root: &Path, after: Duration) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["writer", "--exact", "--nocapture"])
        .env(STORE, root)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    assert!(child.try_wait().unwrap().is_none(), "the writer ended by itself");
    child.kill().unwrap();
    child.wait().unwrap();
}

fn assert_sound(store: &Store) {
    // Whoever writes next finds the store unlocked and completes what was begun.
    let lock = store.lock().unwrap();
    let check = store.check().unwrap();
    assert_eq!(check.problems, vec![]);
    drop(lock);
    assert_eq!(std::fs::read_dir(store.root().join("tmp")).unwrap().count(), 0);
    let Ok(line) = store.line("docs") else { return };
    for entry in &line.entries {
        if !line.pruned.contains(&entry.version) {
            let expected = without_erased(store, texts_at(entry.at));
            assert_eq!(texts(store, entry.version).unwrap(), expected, "version at {}", entry.at);
        }
    }
}

#[test]
fn a_killed_writer_leaves_a_sound_store() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("s");
    let store = Store::create(&root).unwrap();
    let rounds = std::env::var(ROUNDS).map_or(30, |rounds| rounds.parse().unwrap());
    let mut wait = 12_345_u64;
    for _ in 0..rounds {
        wait = wait.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        kill_a_writer(&root, Duration::from_millis(60 + (wait >> 33) % 200));
        assert_sound(&store);
    }
    // A busy machine gets less done; a few longer lives then make sure that there was something to break.
    for _ in 0..50 {
        if store
            .line("docs")
            .is_ok_and(|line| !line.pruned.is_empty() && !store.erasures().unwrap().is_empty())
        {
            break;
        }
        kill_a_writer(&root, Duration::from_secs(1));
        assert_sound(&store);
    }
    assert!(!store.line("docs").unwrap().pruned.is_empty() && !store.erasures().unwrap().is_empty());
    let again = store.lock().unwrap();
    assert_eq!(again.taken_over(), None);
}

#[test]
fn a_dead_holder_is_named_and_holds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("s");
    let store = Store::create(&root).unwrap();
    let mut found = None;
    for more in 0..20 {
        kill_a_writer(&root, Duration::from_millis(90 + 40 * more));
        found = store.lock().unwrap().taken_over().map(str::to_owned);
        if found.is_some() {
            break;
        }
    }
    // A writer is nearly always killed while it holds the lock.
    let words = found.unwrap();
    assert!(
        words.contains("process ") && words.contains(" writer` on ") && words.contains("since 20"),
        "{words}"
    );
    let lock = store.lock().unwrap();
    let Err(StoreError::Locked { holder }) = store.lock() else { panic!("two locks") };
    assert!(holder.contains(&format!("process {}", std::process::id())), "{holder}");
    drop(lock);
}
