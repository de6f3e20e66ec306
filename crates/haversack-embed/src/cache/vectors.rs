//! The cache of passage vectors.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::record::{Entry, Layout};
use super::{TextHash, log};
use crate::{EmbedError, Embedder};

/// Vectors by (embedder fingerprint, BLAKE3 of the text), in one append-only file per fingerprint.
///
/// Several processes may use one folder at a time: each append happens under an exclusive file lock,
/// and is on the disk when [`insert`](VectorCache::insert) returns. Nothing damaged is ever served: a
/// record is checked when it is read, and what fails the check counts as absent. Deleting the folder
/// is always safe.
///
/// Opening reads the file once (some 200 MB per 100,000 vectors of 384 dimensions, from the page cache
/// about a tenth of a second) and keeps about 50 bytes per vector in memory.
///
/// # Format
///
/// `<folder>/<first 16 hex digits of BLAKE3(fingerprint)>/vectors.log`, little-endian:
///
/// | bytes | header |
/// | --- | --- |
/// | 8 | `HVSKVEC1`: magic and format version |
/// | 4 | dimensions |
/// | 4 | length of the fingerprint |
/// | .. | the fingerprint, UTF-8 |
/// | 8 | first bytes of BLAKE3 of the header so far |
///
/// | bytes | each record, of fixed length |
/// | --- | --- |
/// | 32 | BLAKE3 of the text |
/// | 4 | windows the text was split into |
/// | 4 x dimensions | the vector, f32 |
/// | 8 | first bytes of BLAKE3 of the record so far |
///
/// Of several records of one text the last counts. A part of a record at the end is what a crash left:
/// readers ignore it and the next writer cuts it off. A file with another header is emptied.
#[derive(Debug)]
pub struct VectorCache {
    path: PathBuf,
    layout: Layout,
    reset: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    offsets: HashMap<TextHash, u64>,
    /// How far the file has been read into `offsets`.
    end: u64,
}

impl VectorCache {
    /// Opens the cache of `embedder` under `folder`, creating what is missing.
    ///
    /// # Errors
    /// [`EmbedError::Io`] if the file cannot be opened, locked or read.
    pub fn open(folder: &Path, embedder: &dyn Embedder) -> Result<VectorCache, EmbedError> {
        VectorCache::open_for(folder, embedder.fingerprint(), embedder.dimensions())
    }

    /// Opens the cache of the embedder with this fingerprint and vector length.
    ///
    /// # Errors
    /// As [`VectorCache::open`].
    pub fn open_for(folder: &Path, fingerprint: &str, dimensions: usize) -> Result<VectorCache, EmbedError> {
        let folder = folder.join(folder_name(fingerprint.as_bytes()));
        std::fs::create_dir_all(&folder).map_err(at("create", &folder))?;
        let path = folder.join("vectors.log");
        let layout = Layout::new(fingerprint, dimensions);
        let (file, reset) = log::open(&path, &layout).map_err(at("open", &path))?;
        let start = layout.header.len() as u64;
        let state = Mutex::new(State { file, offsets: HashMap::new(), end: start });
        let cache = VectorCache { path, layout, reset, state };
        cache.refresh()?;
        Ok(cache)
    }

    /// Takes in what other processes have appended since this cache was opened or last refreshed.
    ///
    /// # Errors
    /// [`EmbedError::Io`] if the file cannot be read.
    pub fn refresh(&self) -> Result<(), EmbedError> {
        let mut state = self.state();
        let (found, end) = log::scan(&state.file, &self.layout, state.end).map_err(at("read", &self.path))?;
        state.offsets.extend(found);
        state.end = end;
        Ok(())
    }

    /// Number of texts known; one whose record is damaged counts until it is asked for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state().offsets.len()
    }

    /// Whether no text is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the file was emptied at opening because its header was damaged.
    #[must_use]
    pub fn was_reset(&self) -> bool {
        self.reset
    }

    /// Length of every vector.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.layout.dimensions
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The vector of a text by its [`text_hash`](crate::text_hash), and the windows it was split into.
    ///
    /// # Errors
    /// [`EmbedError::Io`] if the file cannot be read. A damaged record is `None`, and is forgotten.
    pub fn get(&self, hash: &TextHash) -> Result<Option<(Vec<f32>, u32)>, EmbedError> {
        let mut state = self.state();
        let Some(&offset) = state.offsets.get(hash) else { return Ok(None) };
        let entry = match log::read(&state.file, &self.layout, offset) {
            Ok(record) => self.layout.decode(hash, &record),
            // Another process found the header damaged and emptied the file.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(error) => return Err(at("read", &self.path)(error)),
        };
        if entry.is_none() {
            state.offsets.remove(hash);
        }
        Ok(entry.map(|Entry { vector, windows }| (vector, windows)))
    }

    /// Appends vectors with the windows of their texts; they are on the disk when this returns.
    ///
    /// # Errors
    /// [`EmbedError::Dimensions`] for a vector of another length, [`EmbedError::NotFinite`] for one that
    /// is not finite (nothing is written in either case), [`EmbedError::Io`] if writing fails.
    pub fn insert<'a>(
        &self,
        entries: impl IntoIterator<Item = (TextHash, &'a [f32], u32)>,
    ) -> Result<(), EmbedError> {
        let mut records = Vec::new();
        let mut hashes = Vec::new();
        for (index, (hash, vector, windows)) in entries.into_iter().enumerate() {
            if vector.len() != self.layout.dimensions {
                return Err(EmbedError::Dimensions { expected: self.layout.dimensions, found: vector.len() });
            }
            if vector.iter().any(|x| !x.is_finite()) {
                return Err(EmbedError::NotFinite { index });
            }
            self.layout.encode(&hash, vector, windows, &mut records);
            hashes.push(hash);
        }
        if hashes.is_empty() {
            return Ok(());
        }
        let mut state = self.state();
        let start = log::append(&state.file, &self.layout, &records).map_err(at("append to", &self.path))?;
        let record = self.layout.record() as u64;
        let offsets = (0u64..).map(|i| start + i * record);
        state.offsets.extend(hashes.into_iter().zip(offsets));
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The folder of an embedder's vectors.
pub(super) fn folder_name(fingerprint: &[u8]) -> String {
    blake3::hash(fingerprint).to_hex()[..16].to_owned()
}

pub(super) fn at(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EmbedError {
    let path = path.to_owned();
    move |source| EmbedError::Io { action, path, source }
}
