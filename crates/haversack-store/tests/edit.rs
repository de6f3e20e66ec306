//! An edited snapshot is the snapshot that a fresh build gives, at the cost of the edit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;

use common::{id, record, store};
use haversack_model::DocumentRecord;
use haversack_store::{Snapshot, StoreError, snapshot_id};
use proptest::prelude::*;

type State = BTreeMap<u32, u8>;

fn records(state: &State) -> Vec<DocumentRecord> {
    state.iter().map(|(n, text)| record(*n, &"x".repeat(usize::from(*text)))).collect()
}

/// `Some(text)` puts, `None` removes.
fn edits(most: u32, count: usize) -> impl Strategy<Value = BTreeMap<u32, Option<u8>>> {
    prop::collection::btree_map(0..most, prop::option::weighted(0.6, 0..3_u8), 0..count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_history_of_edits_gives_the_fresh_tree(
        start in prop::collection::btree_map(0..3000_u32, 0..3_u8, 0..1500),
        steps in prop::collection::vec(prop_oneof![edits(3000, 6), edits(3000, 2500), edits(40, 40)], 1..6),
        whole in any::<bool>(),
    ) {
        let (_folder, store) = store();
        let mut state = start;
        let batch = store.batch();
        let mut snapshot = batch.put_snapshot(records(&state)).unwrap();
        batch.commit().unwrap();
        let mut batch = store.batch();
        for step in steps {
            let upserts = step.iter().filter_map(|(n, text)| Some(record(*n, &"x".repeat(usize::from((*text)?)))));
            let removals = step.iter().filter(|(_, text)| text.is_none()).map(|(n, _)| id(*n)).collect();
            snapshot = batch.edit_snapshot(Some(snapshot.id), upserts.collect(), removals).unwrap();
            for (n, text) in &step {
                match text {
                    Some(text) => state.insert(*n, *text),
                    None => state.remove(n),
                };
            }
            let fresh = records(&state);
            let sums = Snapshot {
                id: snapshot_id(fresh.clone()).unwrap(),
                documents: fresh.len() as u64,
                bytes: fresh.iter().map(|record| record.bytes).sum(),
            };
            prop_assert_eq!(snapshot, sums);
            if whole {
                batch.commit().unwrap();
                prop_assert_eq!(store.snapshot(snapshot.id).unwrap(), fresh);
                batch = store.batch();
            }
        }
    }
}

#[test]
fn an_edit_writes_one_path() {
    let (_folder, store) = store();
    let base: Vec<_> = (0..30_000).map(|n| record(n, "a")).collect();
    let batch = store.batch();
    let before = batch.put_snapshot(base.clone()).unwrap();
    batch.commit().unwrap();
    for (upserts, removals) in [
        (vec![record(777, "b")], vec![]),
        (vec![], vec![id(29_999)]),
        (vec![record(40_000, "b")], vec![id(0)]),
        (vec![record(1, "a")], vec![id(50_000)]),
    ] {
        let batch = store.batch();
        let edits = upserts.len() + removals.len();
        batch.edit_snapshot(Some(before.id), upserts, removals).unwrap();
        let new = batch.commit().unwrap().objects;
        assert!(new <= 6 * edits as u64, "{new} objects for {edits} edits");
    }
}

#[test]
fn everything_can_be_removed_and_put_back() {
    let (_folder, store) = store();
    let all: Vec<_> = (0..2_000).map(|n| record(n, "a")).collect();
    let batch = store.batch();
    let full = batch.put_snapshot(all.clone()).unwrap();
    let empty = batch.edit_snapshot(Some(full.id), vec![], (0..2_000).map(id).collect()).unwrap();
    assert_eq!(empty, batch.put_snapshot(vec![]).unwrap());
    assert_eq!((empty.documents, empty.bytes), (0, 0));
    assert_eq!(batch.edit_snapshot(Some(empty.id), all, vec![]).unwrap(), full);
    assert_eq!(batch.edit_snapshot(Some(empty.id), vec![], vec![id(1)]).unwrap(), empty);
}

#[test]
fn a_document_stands_in_a_snapshot_once() {
    let (_folder, store) = store();
    let batch = store.batch();
    let twice = vec![record(1, "a"), record(1, "b")];
    assert!(matches!(batch.put_snapshot(twice.clone()), Err(StoreError::Twice(_))));
    assert!(matches!(snapshot_id(twice), Err(StoreError::Twice(_))));
    let base = batch.put_snapshot(vec![]).unwrap().id;
    let both = batch.edit_snapshot(Some(base), vec![record(1, "a")], vec![id(1)]);
    assert!(matches!(both, Err(StoreError::Twice(_))));
}

#[test]
fn one_document_is_found_by_its_path() {
    let (_folder, store) = store();
    let all: Vec<_> = (0..5_000).map(|n| record(2 * n, "a")).collect();
    let batch = store.batch();
    let snapshot = batch.put_snapshot(all.clone()).unwrap().id;
    batch.commit().unwrap();
    for n in (0..5_000).step_by(61) {
        assert_eq!(store.find(snapshot, &id(2 * n)).unwrap().as_ref(), Some(&all[n as usize]));
        assert_eq!(store.find(snapshot, &id(2 * n + 1)).unwrap(), None);
    }
    assert_eq!(store.find(snapshot, &id(99_999)).unwrap(), None);
}
