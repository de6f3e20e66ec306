//! What the tests of the store share.
#![allow(dead_code, reason = "every test file uses a part of it")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use haversack_model::{
    Digest, DocumentId, DocumentRecord, Manifest, Media, Recipe, SnapshotId, SnapshotRef, StageVersions,
    Trust, VersionId,
};
use haversack_store::{Action, Entry, Line, Store, StoreError};

pub fn id(n: u32) -> DocumentId {
    DocumentId::new("c", &format!("{n:05}.md")).unwrap()
}

pub fn record(n: u32, text: &str) -> DocumentRecord {
    DocumentRecord {
        id: id(n),
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

pub fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(&folder.path().join("s")).unwrap();
    (folder, store)
}

pub fn manifest(snapshot: SnapshotId, note: &str) -> Manifest {
    let mut recipe = Recipe::standard("docs");
    recipe.corpora.push(haversack_model::CorpusSource::standard("c", "c"));
    let stage = || note.to_owned();
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

/// Texts by document number.
pub type Texts = BTreeMap<u32, String>;

/// Publishes a version of these texts in `docs`, as a build does.
pub fn publish(store: &Store, context: &str, texts: &Texts, at: u64) -> Result<VersionId, StoreError> {
    let lock = store.lock()?;
    let batch = store.batch();
    let mut records = Vec::new();
    for (n, text) in texts {
        batch.put_text(text)?;
        records.push(record(*n, text));
    }
    let snapshot = batch.put_snapshot(records)?;
    let version = batch.put_manifest(&manifest(snapshot.id, ""))?;
    batch.commit()?;
    let mut line = match store.line(context) {
        Ok(line) => line,
        Err(StoreError::NoContext(_)) => Line::default(),
        Err(error) => return Err(error),
    };
    let parent = line.latest();
    line.push(Entry { version, parent, at, action: Action::Build, message: String::new() });
    store.set_line(&lock, context, &line)?;
    Ok(version)
}

pub fn snapshot_of(store: &Store, version: VersionId) -> SnapshotId {
    store.manifest(version).unwrap().snapshots["c"].id
}

/// Every text of a version, read back.
pub fn texts(store: &Store, version: VersionId) -> Result<Texts, StoreError> {
    let snapshot = store.manifest(version)?.snapshots["c"].id;
    let mut texts = Texts::new();
    for record in store.records(snapshot) {
        let record = record?;
        let number = record.id.path().trim_end_matches(".md").parse().unwrap();
        texts.insert(number, store.text(record.text)?);
    }
    Ok(texts)
}

/// All files of a folder with an ending, sorted.
pub fn files(store: &Store, folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(store.root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    files.sort();
    files
}
