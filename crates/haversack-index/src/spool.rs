//! Temporary files that are written from front to back and then read, mostly in the same order.
//!
//! They are read and not mapped, so that a build holds no more of them than a window.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::IndexError;

/// Bytes that are read at once.
const WINDOW: usize = 64 << 10;

/// Where something stands in a temporary file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stretch {
    at: u64,
    length: u32,
}

/// A temporary file that grows.
pub(crate) struct Spool {
    path: PathBuf,
    file: BufWriter<File>,
    length: u64,
}

/// A temporary file that is read.
pub(crate) struct Spooled {
    path: PathBuf,
    file: File,
    length: u64,
    /// Where the window begins.
    at: u64,
    window: Vec<u8>,
}

impl Spool {
    pub(crate) fn create(dir: &Path, name: &str) -> Result<Self, IndexError> {
        let path = dir.join(name);
        let file = File::create(&path).map(BufWriter::new).map_err(IndexError::io(&path))?;
        Ok(Self { path, file, length: 0 })
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Stretch, IndexError> {
        let large = |_| IndexError::damaged("spill", "a record is larger than 4 GiB");
        let stretch = Stretch { at: self.length, length: u32::try_from(bytes.len()).map_err(large)? };
        self.file.write_all(bytes).map_err(IndexError::io(&self.path))?;
        self.length += u64::from(stretch.length);
        Ok(stretch)
    }

    pub(crate) fn read(mut self) -> Result<Spooled, IndexError> {
        self.file.flush().map_err(IndexError::io(&self.path))?;
        let file = File::open(&self.path).map_err(IndexError::io(&self.path))?;
        Ok(Spooled { path: self.path, file, length: self.length, at: 0, window: Vec::new() })
    }
}

impl Spooled {
    pub(crate) fn get(&mut self, stretch: Stretch) -> Result<&[u8], IndexError> {
        let length = stretch.length as usize;
        let inside = stretch.at >= self.at
            && stretch.at + u64::from(stretch.length) <= self.at + self.window.len() as u64;
        if !inside {
            let left = usize::try_from(self.length.saturating_sub(stretch.at)).unwrap_or(usize::MAX);
            self.window.resize(WINDOW.max(length).min(left), 0);
            self.at = stretch.at;
            self.file
                .seek(SeekFrom::Start(stretch.at))
                .and_then(|_| self.file.read_exact(&mut self.window))
                .map_err(IndexError::io(&self.path))?;
        }
        let from = (stretch.at - self.at) as usize;
        Ok(self.window.get(from..from + length).unwrap_or_default())
    }

    pub(crate) fn remove(self) -> Result<(), IndexError> {
        drop(self.file);
        std::fs::remove_file(&self.path).map_err(IndexError::io(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_come_back_in_any_order() {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = Spool::create(dir.path(), "spool").unwrap();
        let parts: Vec<Vec<u8>> = (0..300_usize).map(|at| vec![at as u8; at * 7]).collect();
        let stretches: Vec<Stretch> = parts.iter().map(|part| spool.push(part).unwrap()).collect();
        let mut spooled = spool.read().unwrap();
        for at in (0..300).chain((0..300).rev()).chain((0..300).map(|at| at * 77 % 300)) {
            assert_eq!(spooled.get(stretches[at]).unwrap(), parts[at]);
        }
        spooled.remove().unwrap();
        assert!(!dir.path().join("spool").exists());
    }
}
