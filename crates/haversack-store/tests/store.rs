//! The store through its public face.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

mod common;

use common::{record, store};
use haversack_model::Digest;
use haversack_store::{Action, Address, Entry, Line, StoreError};
use proptest::prelude::*;

#[test]
fn a_large_snapshot_shares_all_but_a_path_with_its_neighbour() {
    let (_folder, store) = store();
    let mut records: Vec<_> = (0..20_000).map(|i| record(i, "a")).collect();
    let batch = store.batch();
    let before = batch.put_snapshot(records.clone()).unwrap().id;
    let nodes = batch.commit().unwrap().objects;
    records[7_777] = record(7_777, "b");
    let batch = store.batch();
    let after = batch.put_snapshot(records.clone()).unwrap().id;
    let new = batch.commit().unwrap().objects;
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
fn addresses_resolve_by_tag_prefix_and_distance() {
    let id = |n: u8| Digest::from_bytes([n; 32]);
    let entry =
        |n| Entry { version: id(n), parent: None, at: 0, action: Action::Build, message: String::new() };
    let mut line =
        Line { entries: vec![entry(1), entry(2), entry(3)], tags: BTreeMap::new(), pruned: BTreeSet::new() };
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
        let left = batch.put_snapshot(records(&a)).unwrap().id;
        let mut shuffled = records(&b);
        shuffled.reverse();
        let right = batch.put_snapshot(shuffled).unwrap().id;
        prop_assert_eq!(right, batch.put_snapshot(records(&b)).unwrap().id);
        batch.commit().unwrap();
        let diff = store.diff_snapshots(Some(left), Some(right)).unwrap();
        let count = |f: &dyn Fn(&u32) -> bool, map: &BTreeMap<u32, u8>| map.keys().filter(|k| f(k)).count();
        prop_assert_eq!(diff.added.len(), count(&|k| !a.contains_key(k), &b));
        prop_assert_eq!(diff.removed.len(), count(&|k| !b.contains_key(k), &a));
        prop_assert_eq!(diff.changed.len(), count(&|k| b.get(k).is_some_and(|v| *v != a[k]), &a));
        prop_assert_eq!(store.snapshot(right).unwrap(), records(&b));
    }
}
