//! Collection of garbage.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{Texts, files, publish, snapshot_of, store, texts};
use haversack_store::{Address, Retention, Store, StoreError};
use proptest::prelude::*;

const LAST: Retention = Retention { keep_last: 1, keep_younger_secs: None, keep_tags: true };

fn resolve(store: &Store, address: &str) -> Result<haversack_model::VersionId, StoreError> {
    store.resolve(&address.parse::<Address>().unwrap())
}

#[test]
fn what_no_version_needs_goes_and_the_rest_stays() {
    let (_folder, store) = store();
    let shared: Texts = (0..300).map(|n| (n, format!("shared text number {n}"))).collect();
    let mut first = shared.clone();
    first.extend((300..600).map(|n| (n, format!("only in the first version: {n}"))));
    let one = publish(&store, "docs", &first, 1).unwrap();
    let two = publish(&store, "docs", &shared, 2).unwrap();
    let orphan = store.batch();
    let stray = orphan.put_text("no version ever needed me").unwrap();
    orphan.commit().unwrap();

    let lock = store.lock().unwrap();
    let before = files(&store, "packs", ".pack");
    let plan = store.gc(&lock, &LAST, true, 3).unwrap();
    assert_eq!(files(&store, "packs", ".pack"), before);
    assert_eq!(
        (plan.contexts["docs"].kept.as_slice(), plan.contexts["docs"].pruned.as_slice()),
        (&[two][..], &[one][..])
    );
    let report = store.gc(&lock, &LAST, false, 3).unwrap();
    assert_eq!((report.bytes, report.objects, report.packs), (plan.bytes, plan.objects, plan.packs));
    assert!(report.bytes.after < report.bytes.before * 7 / 10, "{:?}", report.bytes);

    assert!(!store.has(stray) && !store.has(one));
    assert_eq!(texts(&store, two).unwrap(), shared);
    assert!(matches!(resolve(&store, "docs~1"), Err(StoreError::Pruned { version, .. }) if version == one));
    assert!(matches!(resolve(&store, &format!("docs@{}", one.short())), Err(StoreError::Pruned { .. })));
    assert_eq!(store.line("docs").unwrap().entries.len(), 2);
    assert_eq!(store.live_versions().unwrap(), [two]);
    let check = store.check().unwrap();
    assert_eq!((check.versions, check.pruned, check.orphans, check.problems), (1, 1, 0, vec![]));
    drop(lock);

    // The same version is built again: it is there again.
    assert_eq!(publish(&store, "docs", &first, 4).unwrap(), one);
    assert_eq!(resolve(&store, "docs").unwrap(), one);
    assert_eq!(resolve(&store, "docs~2").unwrap(), one);
    assert_eq!(texts(&store, one).unwrap(), first);
}

#[test]
fn what_another_context_keeps_stays() {
    let (_folder, store) = store();
    let text = |text: &str| Texts::from([(1, text.to_owned())]);
    let one = publish(&store, "docs", &text("a"), 1).unwrap();
    publish(&store, "docs", &text("b"), 2).unwrap();
    publish(&store, "other", &text("a"), 3).unwrap();
    let report = store.gc(&store.lock().unwrap(), &LAST, false, 3).unwrap();
    assert_eq!(report.contexts["docs"].pruned, []);
    assert_eq!(resolve(&store, "docs~1").unwrap(), one);
}

#[test]
fn a_line_that_cannot_be_read_stops_it() {
    let (_folder, store) = store();
    publish(&store, "docs", &Texts::from([(1, "a".to_owned())]), 1).unwrap();
    publish(&store, "other", &Texts::from([(1, "b".to_owned())]), 1).unwrap();
    std::fs::write(store.root().join("refs/other.json"), "{").unwrap();
    let before = files(&store, "packs", ".pack");
    let stopped = store.gc(&store.lock().unwrap(), &LAST, false, 3);
    assert!(matches!(stopped, Err(StoreError::Damaged { .. })));
    assert_eq!(files(&store, "packs", ".pack"), before);
    for file in ["refs/other.json", "refs/other.json.old"] {
        std::fs::remove_file(store.root().join(file)).unwrap();
    }
    // With no older copy beside it, a context that is gone is no context.
    store.gc(&store.lock().unwrap(), &LAST, false, 3).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_version_that_is_kept_reads_as_before(
        versions in prop::collection::vec(prop::collection::btree_map(0..60_u32, 0..4_u8, 0..40), 1..8),
        keep_last in 1..4_usize,
        tagged in any::<prop::sample::Index>(),
    ) {
        let (_folder, store) = store();
        let mut built = Vec::new();
        for (at, numbers) in versions.iter().enumerate() {
            let texts: Texts = numbers.iter().map(|(n, text)| (*n, format!("{n} {text}"))).collect();
            built.push((publish(&store, "docs", &texts, at as u64).unwrap(), texts));
        }
        let lock = store.lock().unwrap();
        let mut line = store.line("docs").unwrap();
        line.tag("docs", "v", built[tagged.index(built.len())].0, false).unwrap();
        store.set_line(&lock, "docs", &line).unwrap();
        let rule = Retention { keep_last, keep_younger_secs: None, keep_tags: true };
        let report = store.gc(&lock, &rule, false, 99).unwrap();
        let live = store.live_versions().unwrap();
        for (version, expected) in &built {
            if live.contains(version) {
                prop_assert_eq!(&texts(&store, *version).unwrap(), expected);
                prop_assert!(store.snapshot(snapshot_of(&store, *version)).is_ok());
            } else {
                prop_assert!(!store.has(*version) || report.objects.after == report.objects.before);
            }
        }
        prop_assert!(live.contains(&built[tagged.index(built.len())].0));
        prop_assert!(live.contains(&built.last().unwrap().0));
        prop_assert_eq!(store.check().unwrap().problems, vec![]);
    }
}

#[test]
fn a_whole_copy_is_not_given_up_for_a_damaged_one() {
    let (_folder, store) = store();
    let all: Texts = (0..50).map(|n| (n, format!("text {n}"))).collect();
    let version = publish(&store, "docs", &all, 1).unwrap();
    let pack = files(&store, "packs", ".pack").remove(0);
    let bytes = std::fs::read(&pack).unwrap();
    for (name, damaged) in [("0", true), ("f", false), ("0", false), ("f", true)] {
        let mut bad = bytes.clone();
        bad[40] ^= 1;
        let copy = pack.with_file_name(format!("{}.pack", name.repeat(32)));
        let (here, there) = if damaged { (&bytes, &bad) } else { (&bad, &bytes) };
        std::fs::write(&pack, here).unwrap();
        std::fs::write(&copy, there).unwrap();
        let store = Store::open(store.root()).unwrap();
        // Damage stops it, or is outlived; it never spreads.
        let _ = store.gc(&store.lock().unwrap(), &LAST, false, 2);
        assert_eq!(texts(&store, version).unwrap(), all);
        for pack in files(&store, "packs", ".pack") {
            std::fs::remove_file(pack).unwrap();
        }
    }
}
