//! Readers and one writer at the same time, and stores that can only be read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{Texts, publish, store, texts};
use haversack_store::{Retention, Store, StoreError};

fn texts_at(at: u64) -> Texts {
    (0..30_u32).map(|n| (n, format!("document {n} in state {}", (at + u64::from(n)) / 7))).collect()
}

#[test]
fn readers_never_notice_a_writer() {
    let (_folder, store) = store();
    publish(&store, "docs", &texts_at(0), 0).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // One shares the writer's list of packs, one has its own as another process would.
        for reader in [store.clone(), Store::open(store.root()).unwrap()] {
            let done = &done;
            scope.spawn(move || {
                let mut reads = 0;
                while !done.load(Ordering::Relaxed) || reads == 0 {
                    let line = reader.line("docs").unwrap();
                    let entry = line.entries.last().unwrap();
                    assert_eq!(texts(&reader, entry.version).unwrap(), texts_at(entry.at));
                    reads += 1;
                }
            });
        }
        for at in 1..60 {
            publish(&store, "docs", &texts_at(at), at).unwrap();
            if at % 10 == 9 {
                let rule = Retention { keep_last: 8, keep_younger_secs: None, keep_tags: true };
                store.gc(&store.lock().unwrap(), &rule, false, at).unwrap();
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(common::files(&store, "packs", ".pack").len() <= 17);
    assert_eq!(store.check().unwrap().problems, vec![]);
}

#[test]
fn one_small_commit_is_one_pack_and_many_are_merged() {
    let (_folder, store) = store();
    for n in 0..200_u32 {
        let batch = store.batch();
        batch.put_text(&format!("text {n}")).unwrap();
        let committed = batch.commit().unwrap();
        assert_eq!(committed.objects, 1);
        assert!(common::files(&store, "packs", ".pack").len() <= 17);
    }
    let batch = store.batch();
    batch.put_text("text 7").unwrap();
    assert_eq!(batch.commit().unwrap(), haversack_store::Committed::default());
    assert_eq!(store.check().unwrap().objects, 200);
}

#[test]
fn a_batch_is_written_to_from_many_threads_and_reads_what_it_holds() {
    let (_folder, store) = store();
    let batch = store.batch();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let batch = &batch;
            scope.spawn(move || {
                for n in 0..200 {
                    let text = format!("text {}", n + thread * 50);
                    let digest = batch.put_text(&text).unwrap();
                    assert_eq!(batch.text(digest).unwrap(), text);
                }
            });
        }
    });
    assert_eq!(batch.commit().unwrap().objects, 350);
}

#[cfg(unix)]
#[test]
fn a_store_without_the_right_to_write_is_read() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, store) = store();
    let version = publish(&store, "docs", &texts_at(0), 0).unwrap();
    let allow = |mode| {
        for name in ["", "lock", "packs", "refs", "tmp"] {
            fs::set_permissions(store.root().join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    allow(0o555);
    let again = Store::open(store.root()).unwrap();
    assert_eq!(texts(&again, version).unwrap(), texts_at(0));
    assert_eq!(again.check().unwrap().problems, vec![]);
    // The superuser may write all the same.
    if fs::write(store.root().join("tmp/probe"), "").is_err() {
        assert!(matches!(again.lock(), Err(StoreError::ReadOnly { .. })));
        assert!(matches!(again.batch().put_text("new"), Err(StoreError::ReadOnly { .. })));
    }
    allow(0o755);
}
