//! Sources to documents: every corpus of a recipe, reading only what changed since the parent version.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use haversack_corpus::{SourceFile, read_each, scan};
use haversack_model::{
    CorpusSource, DocumentId, DocumentRecord, Manifest, OnUnreadable, Recipe, SnapshotId, SnapshotRef,
};
use haversack_store::{Batch, Snapshot, Store};
use rayon::prelude::*;

use crate::erased::Erased;
use crate::scan_cache::{Gave, ScanCache};
use crate::{Error, Progress, Stage};

/// A source that is not in the corpus, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SkippedSource {
    /// `<corpus>/<path>`.
    pub path: String,
    /// What it is in words.
    pub reason: String,
    /// What it is in a word, as the manifest counts it.
    pub code: String,
    /// Whether it should have been read and could not be.
    pub loss: bool,
}

/// What became of the corpora of a recipe.
#[derive(Default)]
pub(crate) struct Ingested {
    /// By corpus name.
    pub corpora: BTreeMap<String, Corpus>,
    /// What was left out.
    pub skipped: Vec<SkippedSource>,
}

/// What became of one corpus, as changes to the snapshot that it had in the parent.
pub(crate) struct Corpus {
    /// The snapshot that changes; none when everything was read.
    pub base: Option<SnapshotId>,
    /// Documents of files that were read, in the order of ids.
    pub read: Vec<DocumentRecord>,
    /// Documents that are not there any more, in the order of ids.
    pub gone: Vec<DocumentId>,
    /// What was left out, by reason code.
    pub skipped: BTreeMap<String, u64>,
    /// What is to be kept in mind for the next build.
    cache: ScanCache,
}

/// Where ingestion reads from, and what it may reuse.
pub(crate) struct Ingest<'a> {
    /// The folder that corpus paths are relative to.
    pub folder: &'a Path,
    /// Where texts go; `None` only hashes them.
    pub batch: Option<&'a Batch<'a>>,
    /// Folder of what is known of sources.
    pub cache: Option<PathBuf>,
    /// The version of which what did not change is not read again; `None` reads everything.
    pub parent: Option<(&'a Manifest, &'a Store)>,
    /// Documents that must not come back.
    pub erased: &'a Erased,
    pub progress: &'a dyn Progress,
}

impl Ingested {
    /// The snapshot of every corpus; `make` applies its changes.
    pub fn snapshots(
        &mut self,
        make: impl Fn(&mut Corpus) -> Result<Snapshot, Error>,
    ) -> Result<BTreeMap<String, SnapshotRef>, Error> {
        let mut snapshots = BTreeMap::new();
        for (name, corpus) in &mut self.corpora {
            let Snapshot { id, documents, bytes } = make(corpus)?;
            let skipped = corpus.skipped.clone();
            snapshots.insert(name.clone(), SnapshotRef { id, documents, bytes, skipped });
        }
        Ok(snapshots)
    }

    /// Writes down what is known of the sources of these snapshots.
    pub fn remember(self, snapshots: &BTreeMap<String, SnapshotRef>) -> Result<(), Error> {
        for (name, corpus) in self.corpora {
            if let Some(snapshot) = snapshots.get(&name) {
                corpus.cache.save(snapshot.id)?;
            }
        }
        Ok(())
    }
}

/// Documents of one file, without their texts, and those of them that must not come back; or why there are none.
type Read = Result<(Vec<DocumentRecord>, Vec<DocumentId>), haversack_corpus::Skipped>;

impl Ingest<'_> {
    pub fn run(&self, recipe: &Recipe) -> Result<Ingested, Error> {
        let mut all = Ingested::default();
        for source in &recipe.corpora {
            let corpus = self.corpus(source, &mut all.skipped)?;
            all.corpora.insert(source.name.clone(), corpus);
        }
        let forbidden = |skipped: &&SkippedSource| {
            let corpus = skipped.path.split('/').next();
            let strict = |source: &CorpusSource| source.on_unreadable == OnUnreadable::Fail;
            skipped.loss
                && recipe.corpora.iter().any(|source| corpus == Some(source.name.as_str()) && strict(source))
        };
        let lost: Vec<_> = all.skipped.iter().filter(forbidden).cloned().collect();
        if lost.is_empty() { Ok(all) } else { Err(Error::Lost { lost }) }
    }

    fn corpus(&self, source: &CorpusSource, skipped: &mut Vec<SkippedSource>) -> Result<Corpus, Error> {
        self.progress.at(Stage::Scan, 0, 0);
        let parent =
            self.parent.and_then(|(manifest, store)| Some((manifest.snapshots.get(&source.name)?.id, store)));
        let mut cache = ScanCache::load(self.cache.as_deref(), source, parent.map(|(id, _)| id))?;
        let found = scan(source, &self.folder.join(&source.path))?;
        let base = parent.filter(|_| cache.holds());

        let mut left_out = Skips { corpus: &source.name, all: skipped, codes: BTreeMap::new() };
        for skip in &found.skipped {
            left_out.add(&skip.path, &skip.reason);
        }
        let mut gone = BTreeSet::new();
        for (path, gave) in cache.retain(&found.files) {
            gone.extend(ids(&source.name, &path, &gave)?);
        }
        let mut unknown = Vec::new();
        for file in &found.files {
            match cache.get(file).cloned() {
                Some(Gave::Nothing(reason, code, loss)) => left_out.push(&file.path, reason, code, loss),
                Some(_) => {}
                None => unknown.push(file),
            }
        }
        let mut read = Vec::new();
        for (file, result) in unknown.iter().zip(self.read_all(source, &unknown)?) {
            if let Some(gave) = cache.before(&file.path) {
                gone.extend(ids(&source.name, &file.path, gave)?);
            }
            let banned = result.as_ref().is_ok_and(|(_, banned)| !banned.is_empty());
            // What is left out is said every time.
            cache.insert(file, gave(file, source, &result)?, banned);
            match result {
                Ok((records, banned)) => {
                    for id in banned {
                        let why = "it was erased from the store".to_owned();
                        left_out.push(id.path(), why, "erased".to_owned(), false);
                        gone.insert(id);
                    }
                    read.extend(records);
                }
                Err(skip) => left_out.add(&skip.path, &skip.reason),
            }
        }
        let codes = left_out.codes;
        read.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(twice) = read.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(Error::DuplicateDocument(twice[0].id.to_string()));
        }
        if let Some((snapshot, store)) = base {
            for record in read.iter().filter(|record| !gone.contains(&record.id)) {
                // No file that was read again gave it, so another one does.
                if store.find(snapshot, &record.id)?.is_some() {
                    return Err(Error::DuplicateDocument(record.id.to_string()));
                }
            }
        }
        for record in &read {
            gone.remove(&record.id);
        }
        let base = base.map(|(id, _)| id);
        Ok(Corpus { base, read, gone: gone.into_iter().collect(), skipped: codes, cache })
    }

    fn read_all(&self, source: &CorpusSource, files: &[&SourceFile]) -> Result<Vec<Read>, Error> {
        let (done, total) = (AtomicU64::new(0), files.len() as u64);
        self.progress.at(Stage::Read, 0, total);
        let read = |file: &&SourceFile| {
            if self.progress.cancelled() {
                return Err(Error::Cancelled);
            }
            let read = self.read(source, file)?;
            self.progress.at(Stage::Read, done.fetch_add(1, Ordering::Relaxed) + 1, total);
            Ok(read)
        };
        files.par_iter().map(read).collect()
    }

    /// Reads one file; each text goes to the batch as it is read.
    fn read(&self, source: &CorpusSource, file: &SourceFile) -> Result<Read, Error> {
        let (mut records, mut banned, mut failed) = (Vec::new(), Vec::new(), None);
        let result = read_each(source, file, &mut |document| {
            if failed.is_some() {
                return;
            }
            if self.erased.forbids(&document.record.id, document.record.text) {
                return banned.push(document.record.id);
            }
            if let Some(Err(error)) = self.batch.map(|batch| batch.put_text(&document.text)) {
                failed = Some(error);
            }
            records.push(document.record);
        });
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(result.map(|()| (records, banned))),
        }
    }
}

/// What a file gave, as the cache keeps it.
fn gave(file: &SourceFile, source: &CorpusSource, read: &Read) -> Result<Gave, Error> {
    Ok(match read {
        Err(skip) => {
            Gave::Nothing(skip.reason.to_string(), skip.reason.code().to_owned(), skip.reason.is_loss())
        }
        Ok((records, banned)) => {
            let mut given: Vec<DocumentId> =
                records.iter().map(|record| &record.id).chain(banned).cloned().collect();
            let own = ids(&source.name, &file.path, &Gave::One)?;
            given.sort();
            if given == own { Gave::One } else { Gave::Many(given) }
        }
    })
}

/// Ids of the documents that a file gave.
fn ids(corpus: &str, path: &str, gave: &Gave) -> Result<Vec<DocumentId>, Error> {
    Ok(match gave {
        Gave::One => {
            let id = DocumentId::new(corpus, path);
            vec![id.map_err(|wrong| Error::DocumentId(wrong.0))?]
        }
        Gave::Many(ids) => ids.clone(),
        Gave::Nothing(..) => Vec::new(),
    })
}

/// What is left out of one corpus.
struct Skips<'a> {
    corpus: &'a str,
    all: &'a mut Vec<SkippedSource>,
    codes: BTreeMap<String, u64>,
}

impl Skips<'_> {
    fn add(&mut self, path: &str, reason: &haversack_corpus::SkipReason) {
        self.push(path, reason.to_string(), reason.code().to_owned(), reason.is_loss());
    }

    fn push(&mut self, path: &str, reason: String, code: String, loss: bool) {
        *self.codes.entry(code.clone()).or_default() += 1;
        self.all.push(SkippedSource { path: format!("{}/{path}", self.corpus), reason, code, loss });
    }
}
