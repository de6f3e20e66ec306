//! Sources to documents: every corpus of a recipe, reading only what changed since the last build.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use haversack_corpus::{SourceFile, read, scan};
use haversack_model::{CorpusSource, Digest, Document, DocumentRecord, OnUnreadable, Recipe, SnapshotRef};
use haversack_store::{Batch, snapshot_id};
use rayon::prelude::*;

use crate::scan_cache::{ScanCache, Stamp};
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

/// The documents of every corpus of a recipe.
#[derive(Debug, Default)]
pub(crate) struct Ingested {
    /// By corpus name.
    pub corpora: BTreeMap<String, Corpus>,
    /// Texts that were read now, by digest.
    pub texts: HashMap<Digest, String>,
    /// What was left out.
    pub skipped: Vec<SkippedSource>,
}

/// The documents of one corpus.
#[derive(Debug, Default)]
pub(crate) struct Corpus {
    /// In the order of ids.
    pub records: Vec<DocumentRecord>,
    /// What was left out, by reason code.
    pub skipped: BTreeMap<String, u64>,
}

impl Corpus {
    pub fn snapshot(&self) -> Result<SnapshotRef, Error> {
        Ok(SnapshotRef {
            id: snapshot_id(self.records.clone())?,
            documents: self.records.len() as u64,
            bytes: self.records.iter().map(|record| record.bytes).sum(),
            skipped: self.skipped.clone(),
        })
    }
}

impl Ingested {
    pub fn records(&self) -> impl Iterator<Item = &DocumentRecord> {
        self.corpora.values().flat_map(|corpus| &corpus.records)
    }

    pub fn snapshots(&self) -> Result<BTreeMap<String, SnapshotRef>, Error> {
        self.corpora.iter().map(|(name, corpus)| Ok((name.clone(), corpus.snapshot()?))).collect()
    }
}

/// Where ingestion reads from, and what it may reuse.
pub(crate) struct Ingest<'a> {
    /// The folder that corpus paths are relative to.
    pub folder: &'a Path,
    /// Where texts go; `None` only hashes them.
    pub batch: Option<&'a Batch<'a>>,
    /// Folder of what is known of sources that did not change; `None` reads everything.
    pub cache: Option<PathBuf>,
    /// Texts that the store is known to hold.
    pub held: &'a BTreeSet<Digest>,
    pub progress: &'a dyn Progress,
}

impl Ingest<'_> {
    pub fn run(&self, recipe: &Recipe) -> Result<Ingested, Error> {
        let mut all = Ingested::default();
        for source in &recipe.corpora {
            self.corpus(source, &mut all)?;
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

    fn corpus(&self, source: &CorpusSource, all: &mut Ingested) -> Result<(), Error> {
        self.progress.at(Stage::Scan, 0, 0);
        let found = scan(source, &self.folder.join(&source.path))?;
        let mut cache = ScanCache::load(self.cache.as_deref(), source)?;
        let mut corpus = Corpus::default();
        // Each file is looked up once: one that changes while others are read must not fall between the two lists.
        let mut unknown: Vec<(&SourceFile, Stamp)> = Vec::new();
        for file in &found.files {
            let stamp = Stamp::of(file);
            match cache.get(file, &stamp, self.held) {
                Some(records) => corpus.records.extend(records.iter().cloned()),
                None => unknown.push((file, stamp)),
            }
        }
        let read = self.read_all(source, &unknown)?;
        let mut leave = |path: &str, reason: &haversack_corpus::SkipReason| {
            *corpus.skipped.entry(reason.code().to_owned()).or_default() += 1;
            all.skipped.push(SkippedSource {
                path: format!("{}/{path}", source.name),
                reason: reason.to_string(),
                code: reason.code().to_owned(),
                loss: reason.is_loss(),
            });
        };
        for skipped in &found.skipped {
            leave(&skipped.path, &skipped.reason);
        }
        for ((file, stamp), documents) in unknown.into_iter().zip(read) {
            match documents {
                Ok(documents) => {
                    let records: Vec<_> = documents.iter().map(|document| document.record.clone()).collect();
                    cache.insert(file, stamp, records.clone());
                    corpus.records.extend(records);
                    if self.batch.is_some() {
                        let texts =
                            documents.into_iter().map(|document| (document.record.text, document.text));
                        all.texts.extend(texts);
                    }
                }
                Err(skipped) => leave(&skipped.path, &skipped.reason),
            }
        }
        corpus.records.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(twice) = corpus.records.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(Error::DuplicateDocument(twice[0].id.to_string()));
        }
        cache.save(&found.files)?;
        all.corpora.insert(source.name.clone(), corpus);
        Ok(())
    }

    fn read_all(&self, source: &CorpusSource, files: &[(&SourceFile, Stamp)]) -> Result<Vec<Read>, Error> {
        let (done, total) = (AtomicU64::new(0), files.len() as u64);
        let failed: Mutex<Option<Error>> = Mutex::new(None);
        self.progress.at(Stage::Read, 0, total);
        let read: Vec<Option<Read>> = files
            .par_iter()
            .map(|(file, _)| {
                if self.progress.cancelled() {
                    return None;
                }
                let documents = read(source, file);
                if let (Ok(documents), Some(batch)) = (&documents, self.batch)
                    && let Err(error) =
                        documents.iter().try_for_each(|document| batch.put_text(&document.text).map(drop))
                {
                    *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.into());
                    return None;
                }
                self.progress.at(Stage::Read, done.fetch_add(1, Ordering::Relaxed) + 1, total);
                Some(documents)
            })
            .collect();
        if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        read.into_iter().collect::<Option<Vec<_>>>().ok_or(Error::Cancelled)
    }
}

type Read = Result<Vec<Document>, haversack_corpus::Skipped>;
