use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::IndexError;
use crate::layout::{FileEntry, PAGE, PAGE_DIGEST};
use crate::mmap::Mapped;

/// From so many pages on, those that were never read are hashed on all cores.
const MANY: usize = 64;

/// A mapped file of which every page is compared with its digest before its bytes are used for the first time.
#[derive(Debug)]
pub(crate) struct Paged {
    name: String,
    map: Mapped,
    digests: Digests,
    /// One bit for each page that was found whole.
    checked: Vec<AtomicU64>,
}

/// Where the digests of a file's pages stand.
#[derive(Debug)]
pub(crate) enum Digests {
    /// In memory: those of the file of digests itself, one of which covers 16 MB of the segment.
    Held(Vec<u8>),
    /// In the file of digests, from this byte on.
    Filed(Arc<Paged>, usize),
}

impl Paged {
    /// Maps a file whose length must be that of its entry.
    pub(crate) fn open(dir: &Path, entry: &FileEntry, digests: Digests) -> Result<Self, IndexError> {
        let map = Mapped::open(&dir.join(&entry.name))?;
        if map.len() as u64 != entry.length {
            return Err(IndexError::Length {
                file: entry.name.clone(),
                expected: entry.length,
                found: map.len() as u64,
            });
        }
        Ok(Self::new(&entry.name, map, digests))
    }

    fn new(name: &str, map: Mapped, digests: Digests) -> Self {
        let words = map.len().div_ceil(PAGE).div_ceil(64);
        Self {
            name: name.to_owned(),
            map,
            digests,
            checked: std::iter::repeat_with(AtomicU64::default).take(words).collect(),
        }
    }

    /// Bytes that stand in for a file whose digests are right.
    pub(crate) fn of(name: &str, bytes: &[u8]) -> Self {
        let digests =
            bytes.chunks(PAGE).flat_map(|page| blake3::hash(page).as_bytes()[..PAGE_DIGEST].to_vec());
        Self::new(name, Mapped::of(bytes), Digests::Held(digests.collect()))
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
            let (first, last) = (range.start / PAGE, (range.end - 1) / PAGE);
            if last - first < MANY {
                (first..=last).try_for_each(|page| self.check(page))?;
            } else if !(first..=last).all(|page| self.known(page)) {
                (first..=last).into_par_iter().try_for_each(|page| self.check(page))?;
            }
        }
        Ok(bytes)
    }

    /// The whole file, checked.
    pub(crate) fn all(&self) -> Result<&[u8], IndexError> {
        self.get(0..self.map.len())
    }

    #[inline]
    fn known(&self, page: usize) -> bool {
        self.checked
            .get(page / 64)
            .is_some_and(|word| word.load(Ordering::Relaxed) & (1_u64 << (page % 64)) != 0)
    }

    #[inline]
    fn check(&self, page: usize) -> Result<(), IndexError> {
        if self.known(page) { Ok(()) } else { self.hash(page) }
    }

    #[cold]
    fn hash(&self, page: usize) -> Result<(), IndexError> {
        let from = page * PAGE;
        let bytes = self.map.get(from..self.map.len().min(from + PAGE)).unwrap_or_default();
        let (from, to) = (page * PAGE_DIGEST, (page + 1) * PAGE_DIGEST);
        let expected = match &self.digests {
            Digests::Held(digests) => digests.get(from..to),
            Digests::Filed(file, base) => Some(file.get(base + from..base + to)?),
        };
        if expected != Some(&blake3::hash(bytes).as_bytes()[..PAGE_DIGEST]) {
            return Err(IndexError::damaged(&self.name, "a page does not match its digest"));
        }
        if let Some(word) = self.checked.get(page / 64) {
            word.fetch_or(1 << (page % 64), Ordering::Relaxed);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_that_are_whole_are_given() {
        let mut bytes = vec![7_u8; 200 * PAGE + 5];
        let good = Paged::of("a", &bytes);
        assert_eq!(good.all().unwrap().len(), bytes.len());
        let Digests::Held(digests) = good.digests else { panic!("digests are held") };
        bytes[150 * PAGE] = 8;
        let filed = Arc::new(Paged::of("pages", &digests));
        let bad = Paged::new("a", Mapped::of(&bytes), Digests::Filed(filed, 0));
        assert_eq!(bad.get(0..150 * PAGE).unwrap().len(), 150 * PAGE);
        assert!(bad.get(150 * PAGE..150 * PAGE + 1).is_err());
        assert!(bad.all().is_err() && bad.get(0..bytes.len() + 1).is_err());
    }
}
