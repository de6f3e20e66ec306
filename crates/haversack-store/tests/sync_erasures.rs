//! Erasures reach remotes and other stores, and nothing brings back what was erased.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
mod sync_common;

use common::{Texts, id, publish, store, texts};
use haversack_model::Digest;
use haversack_store::StoreError;
use haversack_store::sync::{self, Diverged, FolderRemote, Remote, SyncError};
use sync_common::{Watched, pull, push};

fn many() -> Texts {
    let mut texts: Texts = (0..500).map(|n| (n, format!("text {n}"))).collect();
    texts.insert(7, "the secret of document seven".to_owned());
    texts.insert(8, "what two documents say".to_owned());
    texts.insert(9, "what two documents say".to_owned());
    texts
}

fn leaks(remote: &dyn Remote, secret: &str) -> bool {
    remote.list("").unwrap().iter().any(|(path, _)| {
        remote.get(path).unwrap().unwrap().windows(secret.len()).any(|window| window == secret.as_bytes())
    })
}

#[test]
fn an_erasure_reaches_the_remote_and_other_stores() {
    let ((_ours, ours), (_theirs, theirs)) = (store(), store());
    let folder = tempfile::tempdir().unwrap();
    let remote = FolderRemote::new(folder.path());
    let first = publish(&ours, "docs", &many(), 0).unwrap();
    push(&ours, &remote, "docs").unwrap();
    let mut more = many();
    more.insert(600, "more".to_owned());
    let second = publish(&ours, "docs", &more, 1).unwrap();
    push(&ours, &remote, "docs").unwrap();
    pull(&theirs, &remote, "docs", Diverged::Refuse).unwrap();
    assert!(leaks(&remote, "the secret of document seven"));
    assert_eq!(sync::fetch_erasures(&remote).unwrap(), []);

    {
        let lock = ours.lock().unwrap();
        ours.erase(&lock, &id(7), "asked to", 1).unwrap();
        ours.erase(&lock, &id(8), "asked to", 1).unwrap();
    }
    let erased = sync::push_erasures(&ours, &remote, false, &|_, _| {}).unwrap();
    assert_eq!(erased.documents, [id(7), id(8)].into());
    assert!(erased.packs > 0);
    assert!(!leaks(&remote, "the secret of document seven"));
    assert!(leaks(&remote, "what two documents say"));
    let there = sync::fetch_erasures(&remote).unwrap();
    assert!(there.len() == 2 && there.iter().all(|erasure| erasure.complete));
    assert_eq!(sync::push_erasures(&ours, &remote, false, &|_, _| {}).unwrap(), Default::default());
    assert_eq!(sync::push_erasures(&ours, &remote, true, &|_, _| {}).unwrap().packs, 0);

    // Who has not erased it neither pushes nor pulls before.
    publish(&theirs, "docs", &many(), 2).unwrap();
    assert!(
        matches!(push(&theirs, &remote, "docs"), Err(SyncError::Erased { documents }) if documents.len() == 2)
    );
    let refused = {
        let lock = theirs.lock().unwrap();
        sync::pull_objects(&theirs, &lock, &remote, &[first], false, &|_, _| {})
    };
    assert!(matches!(refused, Err(SyncError::Erased { .. })));
    let lock = theirs.lock().unwrap();
    let new = sync::pull_erasures(&theirs, &lock, &remote).unwrap();
    assert_eq!(new.iter().map(|erasure| erasure.document.clone()).collect::<Vec<_>>(), [id(7), id(8)]);
    assert_eq!(sync::pull_erasures(&theirs, &lock, &remote).unwrap(), []);
    drop(lock);
    push(&theirs, &remote, "docs").unwrap();
    assert!(!leaks(&remote, "the secret of document seven"));
    let (_third, third) = store();
    sync::pull_erasures(&third, &third.lock().unwrap(), &remote).unwrap();
    pull(&third, &remote, "docs", Diverged::Refuse).unwrap();
    for (version, mut expected) in [(first, many()), (second, more)] {
        expected.remove(&7);
        expected.remove(&8);
        for store in [&ours, &theirs, &third] {
            assert_eq!(texts(store, version).unwrap(), expected);
            assert!(store.check().unwrap().problems.is_empty(), "{:?}", store.check().unwrap().problems);
        }
    }
    let text = third.text(Digest::of(b"the secret of document seven"));
    assert!(matches!(text, Err(StoreError::Erased { document }) if document == id(7)));
}

#[test]
fn an_erased_text_comes_with_another_document_that_has_it() {
    let ((_ours, ours), (_theirs, theirs)) = (store(), store());
    let folder = tempfile::tempdir().unwrap();
    let remote = FolderRemote::new(folder.path());
    publish(&ours, "docs", &many(), 0).unwrap();
    push(&ours, &remote, "docs").unwrap();
    pull(&theirs, &remote, "docs", Diverged::Refuse).unwrap();
    theirs.erase(&theirs.lock().unwrap(), &id(7), "asked to", 1).unwrap();
    let mut more = many();
    more.insert(700, "the secret of document seven".to_owned());
    let version = publish(&ours, "docs", &more, 1).unwrap();
    push(&ours, &remote, "docs").unwrap();
    pull(&theirs, &remote, "docs", Diverged::Refuse).unwrap();
    more.remove(&7);
    assert_eq!(texts(&theirs, version).unwrap(), more);
    assert!(theirs.check().unwrap().problems.is_empty(), "{:?}", theirs.check().unwrap().problems);
}

/// Whenever it stops, the next call completes it, and readers are served throughout.
#[test]
fn an_erasure_that_was_interrupted_is_completed() {
    for calls in 0.. {
        let (_ours, ours) = store();
        let folder = tempfile::tempdir().unwrap();
        let remote = Watched::new(folder.path());
        let version = publish(&ours, "docs", &many(), 0).unwrap();
        push(&ours, &remote, "docs").unwrap();
        ours.erase(&ours.lock().unwrap(), &id(7), "asked to", 1).unwrap();
        remote.fail_after(calls);
        let done = sync::push_erasures(&ours, &remote, false, &|_, _| {}).is_ok();
        remote.fail_after(i64::MAX);
        let read = || {
            let (_new, new) = store();
            sync::pull_erasures(&new, &new.lock().unwrap(), &remote).unwrap();
            pull(&new, &remote, "docs", Diverged::Refuse).unwrap();
            new.check().unwrap().problems.is_empty()
                && texts(&new, version).is_ok_and(|texts| texts.len() >= 499)
        };
        assert!(read());
        sync::push_erasures(&ours, &remote, false, &|_, _| {}).unwrap();
        assert!(!leaks(&remote, "the secret of document seven") && read());
        if done {
            assert!(calls > 8);
            return;
        }
    }
}
