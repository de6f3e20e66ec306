//! One append-only file, shared by processes.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::TextHash;
use super::record::Layout;

/// Opens the file, creating it with its header.
///
/// A file whose header is damaged or of something else holds nothing that can be trusted and is emptied:
/// it is a cache. Returns the file and whether that happened.
pub(super) fn open(path: &Path, layout: &Layout) -> io::Result<(File, bool)> {
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    file.lock()?;
    let result = settle_header(&mut file, layout);
    file.unlock()?;
    result.map(|reset| (file, reset))
}

fn settle_header(file: &mut File, layout: &Layout) -> io::Result<bool> {
    let mut found = Vec::new();
    file.rewind()?;
    Read::by_ref(file).take(layout.header.len() as u64).read_to_end(&mut found)?;
    if found == layout.header {
        return Ok(false);
    }
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&layout.header)?;
    file.sync_data()?;
    Ok(!found.is_empty())
}

/// Reads the text hash of every whole record from `from` on; returns (hash, offset) pairs and the end.
pub(super) fn scan(file: &File, layout: &Layout, from: u64) -> io::Result<(Vec<(TextHash, u64)>, u64)> {
    let end = layout.whole(file.metadata()?.len()).max(from);
    let mut reader = BufReader::with_capacity(1 << 20, file);
    reader.seek(SeekFrom::Start(from))?;
    let mut record = vec![0; layout.record()];
    let mut found = Vec::new();
    let mut offset = from;
    while offset < end {
        reader.read_exact(&mut record)?;
        let mut hash = TextHash::default();
        hash.copy_from_slice(&record[..32]);
        found.push((hash, offset));
        offset += record.len() as u64;
    }
    Ok((found, end))
}

/// Appends whole records and flushes them to the disk; returns where they begin.
///
/// The lock keeps two processes from interleaving. Part of a record at the end, left by a crash, is cut
/// off first: records stay at fixed distances.
pub(super) fn append(file: &File, layout: &Layout, records: &[u8]) -> io::Result<u64> {
    file.lock()?;
    let result = append_locked(file, layout, records);
    file.unlock()?;
    result
}

fn append_locked(mut file: &File, layout: &Layout, records: &[u8]) -> io::Result<u64> {
    let len = file.metadata()?.len();
    let start = layout.whole(len);
    if start < len {
        file.set_len(start)?;
    }
    file.seek(SeekFrom::Start(start))?;
    let written = file.write_all(records).and_then(|()| file.sync_data());
    if let Err(error) = written {
        // Best effort: a torn tail is also cut off by the next writer.
        let _ = file.set_len(start);
        return Err(error);
    }
    Ok(start)
}

/// Reads the record at `offset`.
pub(super) fn read(mut file: &File, layout: &Layout, offset: u64) -> io::Result<Vec<u8>> {
    let mut record = vec![0; layout.record()];
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(&mut record)?;
    Ok(record)
}
