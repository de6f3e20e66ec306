//! Records in compressed blocks: chunks in `texts`, documents in `records`.
//!
//! A file is its blocks (LZ4), one after the other, then for each block where it begins (u64), its bytes there and its
//! bytes when decompressed (u32 each), little endian. How many blocks there are stands in the segment file.

use haversack_model::frame::{self, Kind};
use serde::de::DeserializeOwned;

use crate::IndexError;
use crate::paged::Paged;
use crate::sink::{Sink, Written};

/// Bytes of records that are compressed together. Small, because a search reads some 200 records from all over the
/// file: with 8 kB a read takes three times as long, and texts are the smaller part of a segment with vectors.
const BLOCK: usize = 2 << 10;
/// Bytes of a block's entry.
const ENTRY: usize = 16;
/// LZ4 cannot compress better than this; a greater claim would only reserve memory.
const MOST_RATIO: usize = 256;

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub(crate) block: u32,
    pub(crate) at: u32,
    pub(crate) length: u32,
}

/// Packs framed records into compressed blocks.
pub(crate) struct BlockWriter {
    sink: Sink,
    entries: Vec<u8>,
    open: Vec<u8>,
}

impl BlockWriter {
    pub(crate) fn new(sink: Sink) -> Self {
        Self { sink, entries: Vec::new(), open: Vec::new() }
    }

    pub(crate) fn push(&mut self, record: &[u8]) -> Result<Place, IndexError> {
        if !self.open.is_empty() && self.open.len() + record.len() > BLOCK {
            self.close()?;
        }
        let large = |_| IndexError::damaged(self.sink.name(), "a record is larger than 4 GiB");
        let place = Place {
            block: (self.entries.len() / ENTRY) as u32,
            at: self.open.len() as u32,
            length: u32::try_from(record.len()).map_err(large)?,
        };
        self.open.extend_from_slice(record);
        Ok(place)
    }

    fn close(&mut self) -> Result<(), IndexError> {
        let packed = lz4_flex::block::compress(&self.open);
        self.entries.extend_from_slice(&self.sink.length().to_le_bytes());
        self.entries.extend_from_slice(&(packed.len() as u32).to_le_bytes());
        self.entries.extend_from_slice(&(self.open.len() as u32).to_le_bytes());
        self.sink.write(&packed)?;
        self.open.clear();
        Ok(())
    }

    /// The file and how many blocks it has.
    pub(crate) fn finish(mut self) -> Result<(Written, u64), IndexError> {
        if !self.open.is_empty() {
            self.close()?;
        }
        self.sink.write(&self.entries)?;
        Ok((self.sink.finish()?, (self.entries.len() / ENTRY) as u64))
    }
}

/// A file of blocks.
#[derive(Debug)]
pub(crate) struct Blocks {
    file: Paged,
    count: usize,
    /// Where the entries begin.
    entries: usize,
}

/// The last block that was decompressed: records in order are read one block at a time.
#[derive(Default)]
pub(crate) struct Last(Option<(u32, Vec<u8>)>);

impl Blocks {
    pub(crate) fn open(file: Paged, count: u64) -> Result<Self, IndexError> {
        let entries = usize::try_from(count)
            .ok()
            .and_then(|count| Some((count, file.len().checked_sub(count.checked_mul(ENTRY)?)?)));
        match entries {
            Some((count, entries)) => Ok(Self { file, count, entries }),
            None => Err(IndexError::damaged(file.name(), "it has no room for its blocks")),
        }
    }

    /// Reads one record: page digests, block and the record's own checksum are all compared.
    pub(crate) fn read<T: DeserializeOwned>(&self, kind: Kind, place: Place) -> Result<T, IndexError> {
        self.read_after(kind, place, &mut Last::default())
    }

    /// Reads one record, from the block that was read last if it stands there.
    pub(crate) fn read_after<T: DeserializeOwned>(
        &self,
        kind: Kind,
        place: Place,
        last: &mut Last,
    ) -> Result<T, IndexError> {
        if last.0.as_ref().is_none_or(|(block, _)| *block != place.block) {
            last.0 = Some((place.block, self.block(place.block)?));
        }
        let raw = last.0.as_ref().map_or(&[][..], |(_, raw)| raw);
        let from = place.at as usize;
        let record = raw
            .get(from..from + place.length as usize)
            .ok_or_else(|| self.damaged("a record lies outside its block"))?;
        frame::decode(kind, record).map_err(IndexError::frame(self.file.name()))
    }

    fn block(&self, number: u32) -> Result<Vec<u8>, IndexError> {
        if number as usize >= self.count {
            return Err(self.damaged("a record names no block"));
        }
        let from = self.entries + number as usize * ENTRY;
        let entry = self.file.get(from..from + ENTRY)?;
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0_usize, |n, byte| n << 8 | usize::from(*byte));
        let (at, packed, raw) = (number(&entry[..8]), number(&entry[8..12]), number(&entry[12..]));
        let to = at.checked_add(packed).filter(|to| *to <= self.entries && raw / MOST_RATIO <= packed);
        let Some(to) = to else { return Err(self.damaged("a block lies outside of it")) };
        lz4_flex::block::decompress(self.file.get(at..to)?, raw)
            .map_err(|_| self.damaged("a block does not decompress"))
    }

    fn damaged(&self, detail: &'static str) -> IndexError {
        IndexError::damaged(self.file.name(), detail)
    }
}
