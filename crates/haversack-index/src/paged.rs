use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::IndexError;
use crate::layout::{FileEntry, PAGE, PAGE_DIGEST};
use crate::mmap::Mapped;

/// A mapped file of which every page is compared with its digest before its bytes are used for the first time.
#[derive(Debug)]
pub(crate) struct Paged {
    name: String,
    map: Mapped,
    digests: Vec<u8>,
    /// One bit for each page that was found whole.
    checked: Vec<AtomicU64>,
}

impl Paged {
    /// Maps a file whose length must be that of its entry.
    pub(crate) fn open(dir: &Path, entry: &FileEntry, digests: &[u8]) -> Result<Self, IndexError> {
        let map = Mapped::open(&dir.join(&entry.name))?;
        if map.len() as u64 != entry.length {
            return Err(IndexError::Length {
                file: entry.name.clone(),
                expected: entry.length,
                found: map.len() as u64,
            });
        }
        let checked = (0..entry.pages().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Ok(Self { name: entry.name.clone(), map, digests: digests.to_vec(), checked })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    /// The mapping, of which the caller may use only what [`Paged::get`] returned without error.
    pub(crate) fn map(&self) -> &Mapped {
        &self.map
    }

    /// Bytes of a range, checked.
    pub(crate) fn get(&self, range: Range<usize>) -> Result<&[u8], IndexError> {
        let bytes = self
            .map
            .get(range.clone())
            .ok_or_else(|| IndexError::damaged(&self.name, "a range lies outside of it"))?;
        if !bytes.is_empty() {
            for page in range.start / PAGE..=(range.end - 1) / PAGE {
                self.check(page)?;
            }
        }
        Ok(bytes)
    }

    /// The whole file, checked.
    pub(crate) fn all(&self) -> Result<&[u8], IndexError> {
        self.get(0..self.map.len())
    }

    #[inline]
    fn check(&self, page: usize) -> Result<(), IndexError> {
        let bit = 1_u64 << (page % 64);
        let known = self.checked.get(page / 64).is_some_and(|word| word.load(Ordering::Relaxed) & bit != 0);
        if known { Ok(()) } else { self.hash(page) }
    }

    #[cold]
    fn hash(&self, page: usize) -> Result<(), IndexError> {
        let from = page * PAGE;
        let bytes = self.map.get(from..self.map.len().min(from + PAGE)).unwrap_or_default();
        let expected = self.digests.get(page * PAGE_DIGEST..(page + 1) * PAGE_DIGEST);
        if expected != Some(&blake3::hash(bytes).as_bytes()[..PAGE_DIGEST]) {
            return Err(IndexError::damaged(&self.name, "a page does not match its digest"));
        }
        if let Some(word) = self.checked.get(page / 64) {
            word.fetch_or(1 << (page % 64), Ordering::Relaxed);
        }
        Ok(())
    }
}
