//! What is known of sources that did not change: which documents each file gave, by path, size and times of change.
//!
//! The cache of a corpus is a log of frames. Each says what changed against the frame before it, and of which snapshot
//! the state after it is: that of the parent is looked for, and a cache without it is no use. So a build that
//! changes one of 100,000 files appends some hundred bytes, and a crash between cache and version costs nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use haversack_corpus::{READER_VERSION, SourceFile};
use haversack_model::frame::{self, Kind};
use haversack_model::{CorpusSource, Digest, DocumentId, SnapshotId, canonical};
use haversack_store::Store;
use serde::{Deserialize, Serialize};

use crate::Error;

const SCAN: Kind = Kind::new(*b"SCAN", 2);

/// A file that changed within so many nanoseconds of being looked at may change again under the same time stamp. Where
/// stamps are as fine as the system's clock tick that is the tick, and some; where they are coarse, two seconds.
const RACY_FINE: i128 = 50_000_000;
const RACY_COARSE: i128 = 2_000_000_000;

/// Bytes of changes after the first frame before the log is written anew.
const SLACK: u64 = 64 << 10;

/// What a log is named by where it stands: `<context>/<corpus>`.
fn named(path: &Path) -> String {
    let name = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    format!("{}/{}", name(path.parent().and_then(Path::file_name)), name(path.file_stem()))
}

/// One frame of the log.
#[derive(Serialize, Deserialize)]
pub(crate) struct Step {
    /// `<context>/<corpus>`: a log in another one's place is noticed.
    of: String,
    /// What else decides the documents: the corpus's settings and the reader's version.
    key: Digest,
    /// The snapshot that the files after this step give.
    snapshot: SnapshotId,
    /// Files that are new or other than before, and files that are gone.
    files: Vec<(String, Option<KnownFile>)>,
}

/// A file as it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KnownFile {
    /// None for a file that must be read again in any case.
    stamp: Option<Stamp>,
    gave: Gave,
}

/// What a file gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Gave {
    /// One document that bears the file's path.
    One,
    /// Documents with these ids.
    Many(Vec<DocumentId>),
    /// Nothing: reason in words, its code, and whether it is a loss.
    Nothing(String, String, bool),
}

/// How one state of a file is told from another without reading it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stamp {
    bytes: u64,
    modified: (i64, u32),
    changed: (i64, u32),
}

impl Stamp {
    fn of(file: &SourceFile) -> Self {
        Self { bytes: file.bytes, modified: file.modified, changed: file.changed }
    }

    /// Whether the file could have changed again, when it was looked at, without its stamp showing it.
    fn racy(&self, seen: i128) -> bool {
        let nanos = |(seconds, nanos): (i64, u32)| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        let coarse = (self.modified.1 | self.changed.1).is_multiple_of(1_000_000);
        let window = if coarse { RACY_COARSE } else { RACY_FINE };
        nanos(self.modified).max(nanos(self.changed)) + window > seen
    }
}

/// What is known of the files of one corpus: of every file that gave a document of the snapshot, what it gave.
pub(crate) struct ScanCache {
    path: Option<PathBuf>,
    of: String,
    key: Digest,
    /// When the files were looked at, in nanoseconds since 1970.
    seen: i128,
    known: BTreeMap<String, KnownFile>,
    changes: BTreeMap<String, Option<KnownFile>>,
    /// Bytes of the log that hold: of its first frame, and of all.
    first: u64,
    whole: u64,
    snapshot: Option<SnapshotId>,
}

impl ScanCache {
    /// Where the caches of a context's corpora are.
    pub fn folder(store: &Store, context: &str) -> PathBuf {
        store.derived("cache").join("scan").join(context)
    }

    /// Loads what is known of the files that gave a snapshot; call it before they are looked at. A cache that is missing,
    /// damaged, of other settings or of another snapshot is an empty one.
    pub fn load(
        folder: Option<&Path>,
        source: &CorpusSource,
        snapshot: Option<SnapshotId>,
    ) -> Result<Self, Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
        let path = folder.map(|folder| folder.join(format!("{}.scan", source.name)));
        let mut cache = Self {
            of: path.as_deref().map(named).unwrap_or_default(),
            path,
            key: canonical::digest("scan", &(source, READER_VERSION))?,
            seen: i128::try_from(now).unwrap_or(0),
            known: BTreeMap::new(),
            changes: BTreeMap::new(),
            first: 0,
            whole: 0,
            snapshot: None,
        };
        let bytes = cache.path.as_ref().and_then(|path| fs::read(path).ok()).unwrap_or_default();
        let mut steps = Self::steps(&bytes);
        steps.truncate(steps.iter().take_while(|(step, _)| step.of == cache.of).count());
        let last =
            steps.iter().rposition(|(step, _)| Some(step.snapshot) == snapshot && step.key == cache.key);
        let Some(last) = last else { return Ok(cache) };
        cache.first = steps.first().map_or(0, |(_, end)| *end);
        for (step, end) in steps.into_iter().take(last + 1) {
            for (path, file) in step.files {
                match file {
                    Some(file) => cache.known.insert(path, file),
                    None => cache.known.remove(&path),
                };
            }
            cache.whole = end;
        }
        cache.snapshot = snapshot;
        Ok(cache)
    }

    /// The steps that a file begins with, each with the offset of its end, as far as they are whole.
    pub fn steps(bytes: &[u8]) -> Vec<(Step, u64)> {
        let (mut steps, mut rest) = (Vec::new(), bytes);
        while let Ok((first, later)) = frame::split_first(rest)
            && let Ok(step) = frame::decode::<Step>(SCAN, first)
        {
            rest = later;
            steps.push((step, (bytes.len() - rest.len()) as u64));
        }
        steps
    }

    /// Whether every byte of a cache's file is as it was written.
    pub fn is_whole(path: &Path) -> bool {
        let bytes = fs::read(path).unwrap_or_default();
        let steps = Self::steps(&bytes);
        let end = steps.last().map(|(_, end)| *end);
        end == Some(bytes.len() as u64) && steps.iter().all(|(step, _)| step.of == named(path))
    }

    /// Whether it describes the snapshot that it was loaded for, so that what it does not name did not change.
    pub fn holds(&self) -> bool {
        self.snapshot.is_some()
    }

    /// What an unchanged file gave.
    pub fn get(&self, file: &SourceFile) -> Option<&Gave> {
        let stamp = Some(Stamp::of(file));
        self.known.get(&file.path).filter(|known| known.stamp == stamp).map(|known| &known.gave)
    }

    /// What the file of this path gave when it was last read, changed or not.
    pub fn before(&self, path: &str) -> Option<&Gave> {
        self.known.get(path).map(|known| &known.gave)
    }

    /// Keeps what a file gave. With `again`, or when it may change unseen, it is read again next time.
    pub fn insert(&mut self, file: &SourceFile, gave: Gave, again: bool) {
        let stamp = Some(Stamp::of(file)).filter(|stamp| !(again || stamp.racy(self.seen)));
        self.changes.insert(file.path.clone(), Some(KnownFile { stamp, gave }));
    }

    /// Forgets the files that are not among these; returns what each had given.
    pub fn retain(&mut self, files: &[SourceFile]) -> Vec<(String, Gave)> {
        let there: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let gone: Vec<_> = self.known.iter().filter(|(path, _)| !there.contains(path.as_str())).collect();
        let gone: Vec<_> = gone.into_iter().map(|(path, known)| (path.clone(), known.gave.clone())).collect();
        self.changes.extend(gone.iter().map(|(path, _)| (path.clone(), None)));
        gone
    }

    /// Has the file that gave a document read again.
    pub fn doubt(&mut self, document: &DocumentId) {
        let gave = |path: &String, known: &KnownFile| match &known.gave {
            Gave::One => path == document.path(),
            Gave::Many(ids) => ids.contains(document),
            Gave::Nothing(..) => false,
        };
        let found = self.known.iter().find(|(path, known)| gave(path, known));
        let doubted = found.map(|(path, known)| (path.clone(), known.gave.clone()));
        self.changes.extend(doubted.map(|(path, gave)| (path, Some(KnownFile { stamp: None, gave }))));
    }

    /// Writes what changed, as the state that gives `snapshot`.
    pub fn save(mut self, snapshot: SnapshotId) -> Result<(), Error> {
        let Some(path) = self.path.take() else { return Ok(()) };
        self.changes.retain(|path, file| self.known.get(path) != file.as_ref());
        if self.changes.is_empty() && self.snapshot == Some(snapshot) {
            return Ok(());
        }
        let rewrite = self.snapshot.is_none() || self.whole - self.first > self.first / 2 + SLACK;
        let files = if rewrite {
            for (path, file) in self.changes {
                match file {
                    Some(file) => self.known.insert(path, file),
                    None => self.known.remove(&path),
                };
            }
            self.known.into_iter().map(|(path, file)| (path, Some(file))).collect()
        } else {
            self.changes.into_iter().collect()
        };
        let bytes = frame::encode(SCAN, &Step { of: self.of, key: self.key, snapshot, files })?;
        if rewrite {
            return Ok(haversack_store::replace(&path, &bytes)?);
        }
        let append = || {
            let mut file = OpenOptions::new().write(true).open(&path)?;
            file.set_len(self.whole)?;
            file.seek(SeekFrom::End(0))?;
            file.write_all(&bytes)
        };
        append().map_err(Error::io("append to", &path))
    }
}
