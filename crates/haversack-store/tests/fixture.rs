//! Stores that were written once are read for ever.
//!
//! `tests/fixtures/v2` is a store of layout 2 as it was first written. Its bytes are never changed; a layout 3 gets a folder of
//! its own beside it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::{files, id, record};
use haversack_model::{DocumentRecord, Trust};
use haversack_store::{Action, Entry, Line, Retention, Store, StoreError};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v2")
}

fn text(n: u32) -> String {
    format!("# Document {n}\n\nWords of document {n}, some of them twice: words, some.\n")
}

fn documents() -> Vec<DocumentRecord> {
    (0..70)
        .map(|n| {
            let mut record = record(n, &text(n));
            if n % 3 == 0 {
                record.labels.insert("staff".to_owned());
                record.metadata.insert("über\u{1f980}".to_owned(), "\"quoted\"\n".to_owned());
                record.language = Some("en".to_owned());
                record.trust = Trust::Trusted;
            }
            record
        })
        .collect()
}

/// Writes the store of the fixture: three versions, the first pruned, one document erased, a tag.
fn write(root: &Path) -> Store {
    let store = Store::create(root).unwrap();
    let lock = store.lock().unwrap();
    let batch = store.batch();
    let first = batch.put_snapshot(vec![]).unwrap();
    for n in 0..70 {
        batch.put_text(&text(n)).unwrap();
    }
    let second = batch.edit_snapshot(Some(first.id), documents(), vec![]).unwrap();
    let third = batch.edit_snapshot(Some(second.id), vec![], vec![id(1)]).unwrap();
    let mut line = Line::default();
    for (at, snapshot) in [first, second, third].into_iter().enumerate() {
        let version = batch.put_manifest(&common::manifest(snapshot.id, "fixed")).unwrap();
        let (parent, at, message) = (line.latest(), at as u64, format!("step {at}"));
        line.push(Entry { version, parent, at, action: Action::Build, message });
    }
    batch.commit().unwrap();
    line.tag("docs", "v1", line.entries[1].version, false).unwrap();
    store.set_line(&lock, "docs", &line).unwrap();
    let rule = Retention { keep_last: 1, keep_younger_secs: None, keep_tags: true };
    store.gc(&lock, &rule, false, 10).unwrap();
    store.erase(&lock, &id(2), "asked to", 11).unwrap();
    store
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
#[ignore = "writes the fixture, which is done once"]
fn write_the_fixture() {
    assert!(!fixture().exists(), "the fixture is never written again");
    let store = write(&fixture());
    for name in ["lock", ".gitignore"] {
        fs::remove_file(store.root().join(name)).unwrap();
    }
    fs::remove_dir(store.root().join("tmp")).unwrap();
}

#[test]
fn the_first_store_of_its_layout_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("s");
    copy(&fixture(), &root);
    let store = Store::open(&root).unwrap();
    let check = store.check().unwrap();
    // The version that was pruned left a manifest and a node, for which no pack was written anew.
    assert_eq!((check.versions, check.pruned, check.erased, check.orphans), (2, 1, 1, 2));
    assert_eq!(check.problems, vec![]);
    let line = store.line("docs").unwrap();
    assert_eq!(line.tags["v1"], line.entries[1].version);
    assert_eq!(line.entries[2].message, "step 2");
    let snapshots =
        line.entries[1..].iter().map(|entry| store.manifest(entry.version).unwrap().snapshots["c"].id);
    for (snapshot, gone) in snapshots.zip([vec![2], vec![1, 2]]) {
        let expected: Vec<_> =
            documents().into_iter().filter(|record| !gone.iter().any(|n| id(*n) == record.id)).collect();
        assert_eq!(store.snapshot(snapshot).unwrap(), expected);
        assert_eq!(store.find(snapshot, &id(2)).unwrap(), None);
    }
    let erased = store.text(documents()[2].text);
    assert!(matches!(erased, Err(StoreError::Erased { document }) if document == id(2)));
    for record in documents().iter().filter(|record| record.id != id(2)) {
        assert!(store.text(record.text).unwrap().starts_with("# Document "));
    }
    assert_eq!(store.erasures().unwrap()[0].reason, "asked to");
    // It can be written to like any other.
    let lock = store.lock().unwrap();
    let rule = Retention { keep_last: 1, keep_younger_secs: None, keep_tags: false };
    store.gc(&lock, &rule, false, 10).unwrap();
    assert_eq!(store.check().unwrap().problems, vec![]);
}

#[test]
fn the_same_is_written_today() {
    let folder = tempfile::tempdir().unwrap();
    let store = write(&folder.path().join("s"));
    let old = Store::open(&fixture()).unwrap();
    let names = |store: &Store| -> Vec<_> {
        files(store, "packs", ".pack").iter().map(|path| path.file_name().unwrap().to_owned()).collect()
    };
    // Names follow from digests; the bytes may differ with the LZ4 of the day.
    assert_eq!(names(&store), names(&old));
    let mut texts = BTreeMap::new();
    for name in ["refs/docs.json", "refs/docs.json.old", "erased.json", "format"] {
        let read = |store: &Store| fs::read_to_string(store.root().join(name)).unwrap();
        texts.insert(name, (read(&store), read(&old)));
    }
    for (name, (now, then)) in texts {
        assert_eq!(now, then, "{name}");
    }
}
