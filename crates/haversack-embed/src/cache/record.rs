//! The bytes of a cache file.

use std::io::{self, Read};

use super::TextHash;

/// First bytes of every cache file: name and format version.
const MAGIC: &[u8; 8] = b"HVSKVEC1";
const CHECKSUM: usize = 8;
const HASH: usize = 32;
const WINDOWS: usize = 4;

/// What a cache file of one embedder looks like.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) dimensions: usize,
    pub(super) header: Vec<u8>,
}

/// What is stored for a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) vector: Vec<f32>,
    pub(super) windows: u32,
}

impl Layout {
    pub(super) fn new(fingerprint: &str, dimensions: usize) -> Layout {
        let mut header = MAGIC.to_vec();
        header.extend_from_slice(&u32::try_from(dimensions).unwrap_or(u32::MAX).to_le_bytes());
        header.extend_from_slice(&u32::try_from(fingerprint.len()).unwrap_or(u32::MAX).to_le_bytes());
        header.extend_from_slice(fingerprint.as_bytes());
        let checksum = checksum(&header);
        header.extend_from_slice(&checksum);
        Layout { dimensions, header }
    }

    /// Reads the layout off the header of a file; `None` when it has none that is whole.
    pub(super) fn read(file: &mut impl Read) -> io::Result<Option<Layout>> {
        let mut start = Vec::new();
        file.take(16).read_to_end(&mut start)?;
        let number = |from: usize| {
            let bytes = start.get(from..from + 4).and_then(|bytes| bytes.try_into().ok());
            bytes.map(u32::from_le_bytes)
        };
        let (Some(dimensions), Some(length)) = (number(8), number(12)) else { return Ok(None) };
        let mut rest = Vec::new();
        file.take(u64::from(length) + CHECKSUM as u64).read_to_end(&mut rest)?;
        let fingerprint = rest.get(..length as usize).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let layout = fingerprint.map(|fingerprint| Layout::new(fingerprint, dimensions as usize));
        Ok(layout.filter(|layout| layout.header == [start, rest].concat()))
    }

    /// Of which embedder the vectors are.
    pub(super) fn fingerprint(&self) -> &[u8] {
        self.header.get(16..self.header.len() - CHECKSUM).unwrap_or_default()
    }

    /// Bytes of one record.
    pub(super) fn record(&self) -> usize {
        HASH + WINDOWS + self.dimensions * 4 + CHECKSUM
    }

    /// Where the whole records of a file of `len` bytes end.
    pub(super) fn whole(&self, len: u64) -> u64 {
        let header = self.header.len() as u64;
        let record = self.record() as u64;
        header + len.saturating_sub(header) / record * record
    }

    pub(super) fn encode(&self, hash: &TextHash, vector: &[f32], windows: u32, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(hash);
        out.extend_from_slice(&windows.to_le_bytes());
        for x in vector {
            out.extend_from_slice(&x.to_le_bytes());
        }
        let checksum = checksum(&out[start..]);
        out.extend_from_slice(&checksum);
    }

    /// The entry for `hash` in a record; `None` if the bytes are damaged or of another text.
    pub(super) fn decode(&self, hash: &TextHash, record: &[u8]) -> Option<Entry> {
        let (body, sum) = record.split_at_checked(record.len().checked_sub(CHECKSUM)?)?;
        if record.len() != self.record() || body[..HASH] != hash[..] || checksum(body)[..] != *sum {
            return None;
        }
        let (windows, vector) = body[HASH..].split_at(WINDOWS);
        let vector = vector.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        let windows = u32::from_le_bytes(windows.try_into().ok()?);
        Some(Entry { vector, windows })
    }
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let mut sum = [0; CHECKSUM];
    sum.copy_from_slice(&blake3::hash(bytes).as_bytes()[..CHECKSUM]);
    sum
}
