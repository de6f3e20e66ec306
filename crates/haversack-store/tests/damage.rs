//! Every damaged byte is found, and none gives a wrong value.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Texts, files, id, publish, store, texts};
use haversack_model::VersionId;
use haversack_store::{Problem, Store, StoreError};

/// A store with every kind of file: two versions, an erasure, an older copy of the line.
fn full() -> (tempfile::TempDir, Store, Vec<(VersionId, Texts)>) {
    let (folder, store) = store();
    let mut first: Texts = (0..40).map(|n| (n, format!("the quick brown fox number {n}"))).collect();
    let one = publish(&store, "docs", &first, 1).unwrap();
    let mut second = first.clone();
    second.insert(3, "changed".to_owned());
    let two = publish(&store, "docs", &second, 2).unwrap();
    store.erase(&store.lock().unwrap(), &id(5), "asked to", 3).unwrap();
    first.remove(&5);
    second.remove(&5);
    (folder, store, vec![(one, first), (two, second)])
}

/// What may happen to a store one of whose files is not as it was: errors, or nothing.
fn assert_never_wrong(root: &Path, versions: &[(VersionId, Texts)]) {
    let Ok(store) = Store::open(root) else { return };
    if let Ok(line) = store.line("docs") {
        assert_eq!(
            line.entries.iter().map(|entry| entry.version).collect::<Vec<_>>(),
            [versions[0].0, versions[1].0]
        );
    }
    for (version, expected) in versions {
        if let Ok(read) = texts(&store, *version) {
            assert_eq!(&read, expected);
        }
    }
    if let Ok(erasures) = store.erasures() {
        assert!(erasures.len() == 1 && erasures[0].complete);
    }
}

fn all_files(store: &Store) -> Vec<PathBuf> {
    let mut all = files(store, "packs", ".pack");
    all.extend(files(store, "refs", ".json"));
    all.push(store.root().join("erased.json"));
    all
}

fn is_found(root: &Path) -> bool {
    Store::open(root).is_ok_and(|store| !store.check().unwrap().problems.is_empty())
}

#[test]
fn every_flipped_byte_is_found_and_gives_no_wrong_value() {
    let (_folder, store, versions) = full();
    assert_eq!(store.check().unwrap().problems, vec![]);
    for path in all_files(&store) {
        let bytes = fs::read(&path).unwrap();
        // Every byte of small files and of the ends of large ones, and every few of the rest.
        for at in (0..bytes.len()).filter(|at| bytes.len() < 700 || at % 7 == 0 || bytes.len() - at < 80) {
            let mut bad = bytes.clone();
            bad[at] ^= 1 << (at % 8);
            fs::write(&path, bad).unwrap();
            assert!(is_found(store.root()), "{} byte {at}", path.display());
            if at % 5 == 0 {
                assert_never_wrong(store.root(), &versions);
            }
        }
        fs::write(&path, bytes).unwrap();
    }
    assert_eq!(store.check().unwrap().problems, vec![]);
}

#[test]
fn every_cut_and_every_addition_is_found() {
    let (_folder, store, versions) = full();
    for path in all_files(&store) {
        let bytes = fs::read(&path).unwrap();
        for length in (0..bytes.len()).step_by(1 + bytes.len() / 60) {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(is_found(store.root()), "{} cut to {length}", path.display());
            assert_never_wrong(store.root(), &versions);
        }
        fs::write(&path, [&bytes[..], b"\n"].concat()).unwrap();
        assert!(is_found(store.root()), "{} with a byte more", path.display());
        fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn older_copies_are_put_back_only_when_whole() {
    let (_folder, store, versions) = full();
    for (file, old) in [("refs/docs.json", "refs/docs.json.old"), ("erased.json", "erased.json.old")] {
        let (file, old) = (store.root().join(file), store.root().join(old));
        let (bytes, older) = (fs::read(&file).unwrap(), fs::read(&old).unwrap());
        for at in (0..older.len()).step_by(13) {
            let mut bad = older.clone();
            bad[at] ^= 4;
            fs::write(&old, bad).unwrap();
            assert_never_wrong(store.root(), &versions);
            fs::remove_file(&file).unwrap();
            assert_eq!(store.repair_lines(&store.lock().unwrap()).unwrap(), vec![]);
            assert!(!file.exists() && is_found(store.root()), "byte {at}");
            fs::write(&file, &bytes).unwrap();
        }
        fs::write(&old, older).unwrap();
    }
}

#[test]
fn files_that_take_each_others_names_are_found() {
    let (_folder, store, versions) = full();
    let all = all_files(&store);
    for a in &all {
        for b in all.iter().filter(|b| *b != a) {
            let (left, right) = (fs::read(a).unwrap(), fs::read(b).unwrap());
            fs::write(a, &right).unwrap();
            fs::write(b, &left).unwrap();
            assert!(is_found(store.root()), "{} and {}", a.display(), b.display());
            assert_never_wrong(store.root(), &versions);
            fs::write(a, &left).unwrap();
            fs::write(b, &right).unwrap();
        }
    }
}

#[test]
fn files_that_are_gone_are_missed() {
    let (_folder, store, versions) = full();
    for path in all_files(&store) {
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(is_found(store.root()), "{}", path.display());
        assert_never_wrong(store.root(), &versions);
        fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn newer_formats_are_refused_as_such() {
    let (_folder, store, _) = full();
    for pack in files(&store, "packs", ".pack") {
        let mut bytes = fs::read(&pack).unwrap();
        let at = bytes.len() - 12;
        bytes[at] = 9;
        fs::write(&pack, bytes).unwrap();
    }
    let again = Store::open(store.root()).unwrap();
    let error = texts(&again, store.line("docs").unwrap().entries[0].version).unwrap_err();
    assert!(matches!(error, StoreError::Newer { .. }), "{error:?}");
    for name in ["refs/docs.json", "erased.json"] {
        let path = store.root().join(name);
        let text = fs::read_to_string(&path).unwrap().replacen("\"format\": 1", "\"format\": 2", 1);
        fs::write(&path, text).unwrap();
    }
    assert!(matches!(store.line("docs"), Err(StoreError::Newer { .. })));
    assert!(matches!(store.erasures(), Err(StoreError::Newer { .. })));
    let lock = store.lock().unwrap();
    assert!(matches!(store.repair_lines(&lock), Err(StoreError::Newer { .. })));
    assert!(matches!(store.repair_packs(&lock), Err(StoreError::Newer { .. })));
    fs::write(store.root().join("format"), "haversack store 3\n").unwrap();
    assert!(matches!(Store::open(store.root()), Err(StoreError::Layout { .. })));
}

#[test]
fn a_damaged_object_is_read_from_the_pack_where_it_is_whole() {
    let (_folder, store, versions) = full();
    let healthy = files(&store, "packs", ".pack");
    for path in &healthy {
        let bytes = fs::read(path).unwrap();
        let copy = path.with_file_name(format!("{}.pack", "0".repeat(32)));
        fs::write(&copy, &bytes).unwrap();
        let mut bad = bytes.clone();
        bad[100] ^= 1;
        fs::write(path, bad).unwrap();
        let again = Store::open(store.root()).unwrap();
        for (version, expected) in &versions {
            assert_eq!(&texts(&again, *version).unwrap(), expected);
        }
        fs::write(path, bytes).unwrap();
        fs::remove_file(copy).unwrap();
    }
}

#[test]
fn what_is_whole_in_a_damaged_pack_is_salvaged_and_the_rest_is_healed() {
    for at in [2_isize, 60, 400, -300, -30] {
        let (_folder, store, versions) = full();
        let lock = store.lock().unwrap();
        assert_eq!(store.repair_packs(&lock).unwrap(), haversack_store::PackRepair::default());
        for pack in files(&store, "packs", ".pack") {
            let mut bytes = fs::read(&pack).unwrap();
            let at = if at < 0 { bytes.len() - at.unsigned_abs() } else { at.unsigned_abs() };
            bytes[at] ^= 1;
            fs::write(&pack, bytes).unwrap();
        }
        let store = Store::open(store.root()).unwrap();
        let repair = store.repair_packs(&lock).unwrap();
        assert!(repair.lost.len() <= repair.packs.len(), "{repair:?}");
        let problems = store.check().unwrap().problems;
        assert!(problems.iter().all(|problem| matches!(problem, Problem::Version { .. })), "{problems:?}");
        assert_never_wrong(store.root(), &versions);
        // Neither header nor index hold anything that is nowhere else.
        if at < 12 || at == -30 {
            assert_eq!((repair.lost, problems), (vec![], vec![]));
        }
        drop(lock);
        let batch = store.batch().healing(true);
        for (n, text) in &versions[1].1 {
            assert_eq!(batch.put_text(text).unwrap(), common::record(*n, text).text);
        }
        batch.commit().unwrap();
        assert!(
            versions[1]
                .1
                .values()
                .all(|text| store.text(haversack_model::Digest::of(text.as_bytes())).is_ok())
        );
    }
}

#[test]
fn a_lost_line_comes_back_as_it_was_before_and_says_what_is_missing() {
    let (_folder, store, versions) = full();
    let third = publish(&store, "docs", &Texts::from([(1, "third".to_owned())]), 9).unwrap();
    let path = store.root().join("refs/docs.json");
    for damage in [None, Some("{}")] {
        let whole = fs::read(&path).unwrap();
        match damage {
            None => fs::remove_file(&path).unwrap(),
            Some(text) => fs::write(&path, text).unwrap(),
        }
        assert!(matches!(store.line("docs"), Err(StoreError::Damaged { .. })));
        let problems = store.check().unwrap().problems;
        assert!(matches!(problems.as_slice(), [Problem::Line { repairable: true, .. }]), "{problems:?}");
        let lock = store.lock().unwrap();
        let repaired = store.repair_lines(&lock).unwrap();
        assert_eq!((repaired[0].entries, repaired[0].latest), (2, Some(versions[1].0)));
        assert_eq!(repaired[0].lost, [third]);
        assert_eq!(store.line("docs").unwrap().entries.len(), 2);
        assert_eq!(store.repair_lines(&lock).unwrap(), vec![]);
        fs::write(&path, whole).unwrap();
    }
    // Damage never replaces a whole older copy.
    fs::write(&path, "{}").unwrap();
    let line = haversack_store::Line::default();
    store.set_line(&store.lock().unwrap(), "docs", &line).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(store.repair_lines(&store.lock().unwrap()).unwrap()[0].entries, 2);
}
