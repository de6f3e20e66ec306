//! What is known of sources that did not change: their documents, by path, size and times of change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use haversack_corpus::{READER_VERSION, SourceFile};
use haversack_model::frame::{self, Kind};
use haversack_model::{CorpusSource, Digest, DocumentRecord, canonical};
use serde::{Deserialize, Serialize};

use crate::Error;

const SCAN: Kind = Kind::new(*b"SCAN", 1);

/// A file that changed within this many seconds of being read may change again under the same time stamp.
const RACY_SECONDS: i64 = 2;

#[derive(Serialize, Deserialize, Default)]
struct Known {
    /// What else decides the documents: the corpus's settings and the reader's version.
    key: Option<Digest>,
    files: BTreeMap<String, File>,
}

#[derive(Serialize, Deserialize)]
struct File {
    stamp: Stamp,
    records: Vec<DocumentRecord>,
}

/// How one state of a file is told from another without reading it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    bytes: u64,
    modified: (i64, u32),
    changed: (i64, i64),
}

impl Stamp {
    pub fn of(file: &SourceFile) -> Self {
        Self { bytes: file.bytes, modified: file.modified, changed: status_changed(&file.absolute) }
    }
}

/// The time of the last change of status, which no program can set back, where the system has one.
#[cfg(unix)]
fn status_changed(path: &Path) -> (i64, i64) {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).map_or((0, 0), |meta| (meta.ctime(), meta.ctime_nsec()))
}

#[cfg(not(unix))]
fn status_changed(_: &Path) -> (i64, i64) {
    (0, 0)
}

pub(crate) struct ScanCache {
    path: Option<PathBuf>,
    began: i64,
    known: Known,
    fresh: BTreeMap<String, File>,
}

impl ScanCache {
    /// Loads what is known; a cache that is missing, damaged or of other settings is an empty one.
    pub fn load(folder: Option<&Path>, source: &CorpusSource) -> Result<Self, Error> {
        let key = canonical::digest("scan", &(source, READER_VERSION))?;
        let path = folder.map(|folder| folder.join(format!("{}.scan", source.name)));
        let began = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs() as i64);
        let read = path.as_ref().and_then(|path| fs::read(path).ok());
        let known: Option<Known> = read.and_then(|bytes| frame::decode(SCAN, &bytes).ok());
        let known = known.filter(|known| known.key == Some(key));
        let known = known.unwrap_or(Known { key: Some(key), files: BTreeMap::new() });
        Ok(Self { path, began, known, fresh: BTreeMap::new() })
    }

    /// The documents of a file that did not change, if the store still holds their texts.
    pub fn get(
        &self,
        file: &SourceFile,
        stamp: &Stamp,
        held: &BTreeSet<Digest>,
    ) -> Option<&Vec<DocumentRecord>> {
        let known = self.known.files.get(&file.path)?;
        let usable = known.stamp == *stamp && known.records.iter().all(|r| held.contains(&r.text));
        usable.then_some(&known.records)
    }

    /// Keeps the documents of a file whose stamp was taken before it was read.
    pub fn insert(&mut self, file: &SourceFile, stamp: Stamp, records: Vec<DocumentRecord>) {
        let latest = stamp.modified.0.max(stamp.changed.0);
        if latest + RACY_SECONDS < self.began {
            self.fresh.insert(file.path.clone(), File { stamp, records });
        } else {
            self.known.files.remove(&file.path);
        }
    }

    /// Writes what is known of the files that are there now.
    pub fn save(mut self, files: &[SourceFile]) -> Result<(), Error> {
        let Some(path) = self.path else { return Ok(()) };
        let there: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let before = self.known.files.len();
        self.known.files.retain(|path, _| there.contains(path.as_str()));
        if self.fresh.is_empty() && self.known.files.len() == before {
            return Ok(());
        }
        self.known.files.extend(self.fresh);
        Ok(haversack_store::replace(&path, &frame::encode(SCAN, &self.known)?)?)
    }
}
