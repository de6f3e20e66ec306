//! Erasure of documents.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{Texts, files, id, publish, record, snapshot_of, store, texts};
use haversack_model::Digest;
use haversack_store::{Store, StoreError, snapshot_id};
use proptest::prelude::*;

/// Whether some file of the store holds a secret, in the clear or as an object that opens.
fn leaks(store: &Store, secret: &str) -> bool {
    let mut folders = vec![store.root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path).unwrap().windows(secret.len()).any(|w| w == secret.as_bytes()) {
                return true;
            }
        }
    }
    store.has(Digest::of(secret.as_bytes()))
}

#[test]
fn a_document_leaves_every_version_and_no_identity_changes() {
    let (_folder, store) = store();
    let mut first: Texts = (0..200).map(|n| (n, format!("text {n}"))).collect();
    first.insert(7, "the secret of document seven".to_owned());
    let one = publish(&store, "docs", &first, 1).unwrap();
    let mut second = first.clone();
    second.insert(8, "another".to_owned());
    let two = publish(&store, "docs", &second, 2).unwrap();
    assert!(leaks(&store, &first[&7]));
    let lock = store.lock().unwrap();
    let erasure = store.erase(&lock, &id(7), "asked to", 5).unwrap();
    assert_eq!((erasure.records.len(), erasure.texts.len(), erasure.kept.len()), (1, 1, 0));
    assert!(erasure.complete && store.erasures().unwrap() == [erasure.clone()]);
    assert!(!leaks(&store, &first[&7]));

    for (version, mut expected) in [(one, first.clone()), (two, second)] {
        let snapshot = snapshot_of(&store, version);
        expected.remove(&7);
        assert_eq!(texts(&store, version).unwrap(), expected);
        assert_eq!(store.erased_in(snapshot).unwrap(), 1);
        assert_eq!(store.find(snapshot, &id(7)).unwrap(), None);
    }
    let text = store.text(Digest::of(first[&7].as_bytes()));
    assert!(matches!(text, Err(StoreError::Erased { document }) if document == id(7)));
    let check = store.check().unwrap();
    assert_eq!((check.versions, check.erased, check.orphans, check.problems), (2, 1, 0, vec![]));
    // Again is the same; what never was is an error.
    assert_eq!(store.erase(&lock, &id(7), "again", 6).unwrap(), erasure);
    assert!(matches!(store.erase(&lock, &id(9_999), "", 6), Err(StoreError::NoDocument(_))));
    drop(lock);

    // It cannot come back by a build, and a tree without it is like any other.
    assert!(matches!(publish(&store, "docs", &first, 7), Err(StoreError::Erased { .. })));
    first.remove(&7);
    let batch = store.batch();
    let edited = batch.edit_snapshot(Some(snapshot_of(&store, one)), vec![], vec![]).unwrap();
    let records = first.iter().map(|(n, text)| record(*n, text)).collect();
    assert_eq!(edited.id, snapshot_id(records).unwrap());
    drop(batch);
    // Another text under the name is another document as far as anybody asked.
    first.insert(7, "harmless".to_owned());
    let three = publish(&store, "docs", &first, 8).unwrap();
    assert_eq!(texts(&store, three).unwrap(), first);
    let batch = store.batch();
    let edited = batch.edit_snapshot(Some(snapshot_of(&store, three)), vec![], vec![id(0)]).unwrap();
    assert_eq!(edited.documents, first.len() as u64 - 1);
    assert_eq!(store.check().unwrap().problems, vec![]);
}

#[test]
fn a_text_that_another_document_has_stays_until_that_one_goes() {
    let (_folder, store) = store();
    let shared = Texts::from([(1, "same words".to_owned()), (2, "same words".to_owned())]);
    let version = publish(&store, "docs", &shared, 1).unwrap();
    let lock = store.lock().unwrap();
    let text = Digest::of(b"same words");
    let first = store.erase(&lock, &id(1), "", 2).unwrap();
    assert_eq!((first.texts.len(), first.kept[&text].iter().collect::<Vec<_>>()), (0, vec![&id(2)]));
    assert_eq!(texts(&store, version).unwrap(), Texts::from([(2, "same words".to_owned())]));
    let second = store.erase(&lock, &id(2), "", 3).unwrap();
    assert!(second.texts.contains(&text) && second.kept.is_empty());
    assert!(store.erasures().unwrap()[0].texts.contains(&text));
    assert!(!leaks(&store, "same words"));
    assert_eq!(store.erased_in(snapshot_of(&store, version)).unwrap(), 2);
    let check = store.check().unwrap();
    assert_eq!((check.erased, check.problems), (2, vec![]));
}

#[test]
fn what_comes_from_elsewhere_is_not_resurrected() {
    let (_folder, store) = store();
    let (_other_folder, other) = common::store();
    let all = Texts::from([(1, "a secret".to_owned()), (2, "b".to_owned())]);
    let version = publish(&store, "docs", &all, 1).unwrap();
    assert_eq!(publish(&other, "docs", &all, 1).unwrap(), version);
    store.erase(&store.lock().unwrap(), &id(1), "", 2).unwrap();
    let batch = store.batch().healing(true);
    let mut open = vec![version];
    while let Some(digest) = open.pop() {
        batch.put_object(digest, &other.object(digest).unwrap()).unwrap();
        open.extend(other.needs(digest).unwrap());
    }
    batch.commit().unwrap();
    assert!(!leaks(&store, "a secret"));
    assert_eq!(store.check().unwrap().problems, vec![]);
    assert!(matches!(batch_of(&store, version, &other), Err(StoreError::Foreign { .. })));
}

fn batch_of(store: &Store, name: Digest, other: &Store) -> Result<bool, StoreError> {
    let snapshot = snapshot_of(other, name);
    store.batch().put_object(name, &other.object(snapshot)?)
}

#[test]
fn an_erasure_that_was_cut_short_is_told_and_completed_by_the_next_writer() {
    let (_folder, store) = store();
    let all: Texts = (0..50).map(|n| (n, format!("text {n} of fifty"))).collect();
    publish(&store, "docs", &all, 1).unwrap();
    let packs: Vec<_> =
        files(&store, "packs", ".pack").into_iter().map(|p| (p.clone(), std::fs::read(p).unwrap())).collect();
    store.erase(&store.lock().unwrap(), &id(3), "", 2).unwrap();
    // As if the crash had come after the ledger: old packs beside the new ones, ledger not complete.
    for (path, bytes) in packs {
        std::fs::write(path, bytes).unwrap();
    }
    assert!(
        store.check().unwrap().problems.iter().any(|p| matches!(p, haversack_store::Problem::Erasure { .. }))
    );
    let ledger = store.root().join("erased.json");
    std::fs::rename(store.root().join("erased.json.old"), &ledger).unwrap();
    assert!(!store.erasures().unwrap()[0].complete);
    drop(store.lock().unwrap());
    assert!(store.erasures().unwrap()[0].complete);
    assert!(!leaks(&store, &all[&3]));
    assert_eq!(store.check().unwrap().problems, vec![]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_erasures_leave_the_others_alone(
        versions in prop::collection::vec(prop::collection::btree_map(0..80_u32, 0..60_u8, 1..60), 1..5),
        erased in prop::collection::vec(0..80_u32, 1..5),
    ) {
        let (_folder, store) = store();
        let mut built = Vec::new();
        for (at, numbers) in versions.iter().enumerate() {
            let texts: Texts = numbers.iter().map(|(n, text)| (*n, format!("text {text}"))).collect();
            built.push((publish(&store, "docs", &texts, at as u64).unwrap(), texts));
        }
        let lock = store.lock().unwrap();
        for document in &erased {
            let known = built.iter().any(|(_, texts)| texts.contains_key(document));
            prop_assert_eq!(store.erase(&lock, &id(*document), "", 9).is_ok(), known);
        }
        for (version, mut expected) in built {
            expected.retain(|n, _| !erased.contains(n));
            prop_assert_eq!(texts(&store, version).unwrap(), expected);
        }
        let check = store.check().unwrap();
        prop_assert_eq!((check.problems, check.orphans), (vec![], 0));
    }
}
