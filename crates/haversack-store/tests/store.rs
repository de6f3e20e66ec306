//! The store through its public face.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use haversack_model::{
    Digest, DocumentId, DocumentRecord, Manifest, Media, Recipe, SnapshotRef, StageVersions, Trust,
};
use haversack_store::{Action, Address, Entry, Line, Store, StoreError};
use proptest::prelude::*;

fn record(id: u32, text: &str) -> DocumentRecord {
    DocumentRecord {
        id: DocumentId::new("c", &format!("{id:05}.md")).unwrap(),
        text: Digest::of(text.as_bytes()),
        bytes: text.len() as u64,
        body: 0,
        media: Media::Markdown,
        title: "t".to_owned(),
        language: None,
        labels: BTreeSet::new(),
        trust: Trust::Standard,
        metadata: BTreeMap::new(),
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(&folder.path().join("s")).unwrap();
    (folder, store)
}

fn manifest(snapshot: Digest) -> Manifest {
    let mut recipe = Recipe::standard("docs");
    recipe.corpora.push(haversack_model::CorpusSource::standard("c", "c"));
    let stage = || "x".to_owned();
    Manifest {
        recipe,
        snapshots: BTreeMap::from([(
            "c".to_owned(),
            SnapshotRef { id: snapshot, documents: 1, bytes: 1, skipped: BTreeMap::new() },
        )]),
        stages: StageVersions {
            reader: stage(),
            chunker: stage(),
            embedder: stage(),
            analyzer: stage(),
            retriever: stage(),
            selector: stage(),
        },
    }
}

#[test]
fn a_large_snapshot_shares_all_but_a_path_with_its_neighbour() {
    let (_folder, store) = store();
    let mut records: Vec<_> = (0..20_000).map(|i| record(i, "a")).collect();
    let batch = store.batch();
    let before = batch.put_snapshot(records.clone()).unwrap();
    let nodes = batch.commit().unwrap();
    records[7_777] = record(7_777, "b");
    let batch = store.batch();
    let after = batch.put_snapshot(records.clone()).unwrap();
    let new = batch.commit().unwrap();
    assert!(nodes > 100 && new <= 5, "{nodes} nodes, {new} new");
    assert_eq!(store.snapshot(after).unwrap(), records);
    let diff = store.diff_snapshots(Some(before), Some(after)).unwrap();
    assert_eq!((diff.added.len(), diff.removed.len(), diff.changed.len()), (0, 0, 1));
    assert!(store.diff_snapshots(Some(after), Some(after)).unwrap().is_empty());
}

#[test]
fn a_second_writer_is_refused_and_a_dropped_lock_is_free() {
    let (_folder, store) = store();
    let lock = store.lock().unwrap();
    assert!(matches!(store.lock(), Err(StoreError::Locked { .. })));
    drop(lock);
    store.lock().unwrap();
}

#[test]
fn a_dropped_batch_leaves_nothing() {
    let (_folder, store) = store();
    let batch = store.batch();
    let digest = batch.put_text("gone").unwrap();
    drop(batch);
    assert!(matches!(store.text(digest), Err(StoreError::Missing(_))));
    assert_eq!(fs::read_dir(store.root().join("tmp")).unwrap().count(), 0);
}

#[test]
fn every_flipped_byte_of_an_object_is_found() {
    let (_folder, store) = store();
    let batch = store.batch();
    let text = batch.put_text("the quick brown fox").unwrap();
    let mut one = record(1, "the quick brown fox");
    one.text = text;
    let snapshot = batch.put_snapshot(vec![one]).unwrap();
    let version = batch.put_manifest(&manifest(snapshot)).unwrap();
    batch.commit().unwrap();
    let entry = Entry { version, parent: None, at: 0, action: Action::Build, message: String::new() };
    let line = Line { entries: vec![entry], tags: BTreeMap::new() };
    store.set_line(&store.lock().unwrap(), "docs", &line).unwrap();
    assert_eq!((store.check().unwrap().versions, store.check().unwrap().problems.len()), (1, 0));
    for shard in fs::read_dir(store.root().join("objects")).unwrap() {
        for file in fs::read_dir(shard.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            for at in 0..bytes.len() {
                let mut bad = bytes.clone();
                bad[at] ^= 0x10;
                fs::write(&path, bad).unwrap();
                assert_eq!(store.check().unwrap().problems.len(), 1, "{} byte {at}", path.display());
            }
            fs::write(&path, bytes).unwrap();
        }
    }
    let path = store.root().join("refs/docs.json");
    let bytes = fs::read_to_string(&path).unwrap();
    fs::write(&path, bytes.replace("\"at\": 0", "\"at\": 1")).unwrap();
    assert!(matches!(store.line("docs"), Err(StoreError::Damaged { .. })));
}

#[test]
fn addresses_resolve_by_tag_prefix_and_distance() {
    let id = |n: u8| Digest::from_bytes([n; 32]);
    let entry =
        |n| Entry { version: id(n), parent: None, at: 0, action: Action::Build, message: String::new() };
    let mut line = Line { entries: vec![entry(1), entry(2), entry(3)], tags: BTreeMap::new() };
    line.tag("docs", "v1", id(1), false).unwrap();
    let resolve = |text: &str| line.resolve(&text.parse::<Address>().unwrap());
    assert_eq!(resolve("docs").unwrap(), id(3));
    assert_eq!(resolve("docs@v1").unwrap(), id(1));
    assert_eq!(resolve("docs~2").unwrap(), id(1));
    assert_eq!(resolve("docs@0202").unwrap(), id(2));
    assert!(matches!(resolve("docs~3"), Err(StoreError::NoVersion { .. })));
    assert!(matches!(resolve("docs@v2"), Err(StoreError::NoVersion { .. })));
    let mut line = line.clone();
    assert!(matches!(line.tag("docs", "v1", id(2), false), Err(StoreError::TagExists { .. })));
    assert!(matches!(line.tag("docs", "beef", id(2), false), Err(StoreError::TagName(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn trees_follow_from_content_and_diffs_are_exact(
        a in prop::collection::btree_map(0..400_u32, 0..3_u8, 0..300),
        b in prop::collection::btree_map(0..400_u32, 0..3_u8, 0..300),
    ) {
        let (_folder, store) = store();
        let records = |map: &BTreeMap<u32, u8>| map.iter().map(|(id, v)| record(*id, &v.to_string())).collect::<Vec<_>>();
        let batch = store.batch();
        let left = batch.put_snapshot(records(&a)).unwrap();
        let mut shuffled = records(&b);
        shuffled.reverse();
        let right = batch.put_snapshot(shuffled).unwrap();
        prop_assert_eq!(right, batch.put_snapshot(records(&b)).unwrap());
        batch.commit().unwrap();
        let diff = store.diff_snapshots(Some(left), Some(right)).unwrap();
        let count = |f: &dyn Fn(&u32) -> bool, map: &BTreeMap<u32, u8>| map.keys().filter(|k| f(k)).count();
        prop_assert_eq!(diff.added.len(), count(&|k| !a.contains_key(k), &b));
        prop_assert_eq!(diff.removed.len(), count(&|k| !b.contains_key(k), &a));
        prop_assert_eq!(diff.changed.len(), count(&|k| b.get(k).is_some_and(|v| *v != a[k]), &a));
        prop_assert_eq!(store.snapshot(right).unwrap(), records(&b));
    }
}
