use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use haversack_model::Digest;

use crate::IndexError;
use crate::layout::{FileEntry, PAGE};

/// A file that reached the disk: its entry and the digests of its pages.
pub(crate) type Written = (FileEntry, Vec<u8>);

/// A file being written: counts its bytes, hashes the whole and each page, and reaches the disk when finished.
pub(crate) struct Sink {
    path: PathBuf,
    name: String,
    file: BufWriter<File>,
    length: u64,
    whole: blake3::Hasher,
    page: blake3::Hasher,
    in_page: usize,
    pages: Vec<u8>,
}

impl Sink {
    /// Creates `name` under `dir`.
    pub(crate) fn create(dir: &Path, name: &str) -> Result<Self, IndexError> {
        let path = dir.join(name);
        let file = File::create(&path).map_err(IndexError::io(&path))?;
        Ok(Self {
            path,
            name: name.to_owned(),
            file: BufWriter::with_capacity(1 << 18, file),
            length: 0,
            whole: blake3::Hasher::new(),
            page: blake3::Hasher::new(),
            in_page: 0,
            pages: Vec::new(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Bytes written so far.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> Result<(), IndexError> {
        self.file.write_all(bytes).map_err(IndexError::io(&self.path))?;
        self.length += bytes.len() as u64;
        self.whole.update(bytes);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PAGE - self.in_page));
            self.page.update(now);
            self.in_page += now.len();
            bytes = later;
            if self.in_page == PAGE {
                self.end_page();
            }
        }
        Ok(())
    }

    fn end_page(&mut self) {
        self.pages.extend_from_slice(&self.page.finalize().as_bytes()[..16]);
        self.page.reset();
        self.in_page = 0;
    }

    /// Brings everything to the disk; returns the entry of the file and the digests of its pages.
    pub(crate) fn finish(mut self) -> Result<Written, IndexError> {
        if self.in_page > 0 {
            self.end_page();
        }
        self.file.flush().map_err(IndexError::io(&self.path))?;
        self.file.get_ref().sync_all().map_err(IndexError::io(&self.path))?;
        let digest = Digest::from_bytes(*self.whole.finalize().as_bytes());
        Ok((FileEntry { name: self.name, length: self.length, digest }, self.pages))
    }
}

/// Writes a file at once.
pub(crate) fn write_file(dir: &Path, name: &str, bytes: &[u8]) -> Result<Written, IndexError> {
    let mut sink = Sink::create(dir, name)?;
    sink.write(bytes)?;
    sink.finish()
}
