use haversack_model::{Chunk, frame};

use crate::IndexError;
use crate::layout::{Block, CHUNK, TEXTS_FILE};
use crate::paged::Paged;
use crate::sink::{Sink, Written};

/// Bytes of records that are compressed together. Small, because a search reads some 200 records from all over the
/// file: with 8 kB a read takes three times as long, and texts are the smaller part of a segment with vectors.
const BLOCK: usize = 2 << 10;

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub(crate) block: u32,
    pub(crate) at: u32,
    pub(crate) length: u32,
}

/// Packs framed chunk records into compressed blocks.
pub(crate) struct TextWriter {
    sink: Sink,
    blocks: Vec<Block>,
    open: Vec<u8>,
}

impl TextWriter {
    pub(crate) fn new(sink: Sink) -> Self {
        Self { sink, blocks: Vec::new(), open: Vec::new() }
    }

    pub(crate) fn push(&mut self, record: &[u8]) -> Result<Place, IndexError> {
        if !self.open.is_empty() && self.open.len() + record.len() > BLOCK {
            self.close()?;
        }
        let place = Place {
            block: self.blocks.len() as u32,
            at: self.open.len() as u32,
            length: u32::try_from(record.len())
                .map_err(|_| IndexError::damaged(TEXTS_FILE, "a record is larger than 4 GiB"))?,
        };
        self.open.extend_from_slice(record);
        Ok(place)
    }

    fn close(&mut self) -> Result<(), IndexError> {
        let packed = lz4_flex::block::compress(&self.open);
        self.blocks.push(Block {
            at: self.sink.length(),
            packed: packed.len() as u32,
            raw: self.open.len() as u32,
        });
        self.sink.write(&packed)?;
        self.open.clear();
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<(Written, Vec<Block>), IndexError> {
        if !self.open.is_empty() {
            self.close()?;
        }
        Ok((self.sink.finish()?, self.blocks))
    }
}

/// Reads one record: its page digests, its block and its own checksum are all compared.
pub(crate) fn read(file: &Paged, blocks: &[Block], place: Place) -> Result<Chunk, IndexError> {
    let damaged = |detail| IndexError::damaged(TEXTS_FILE, detail);
    let block = blocks.get(place.block as usize).ok_or_else(|| damaged("a record names no block"))?;
    let from = usize::try_from(block.at).map_err(|_| damaged("a block lies outside of it"))?;
    let packed = file.get(from..from.saturating_add(block.packed as usize))?;
    let raw = lz4_flex::block::decompress(packed, block.raw as usize)
        .map_err(|_| damaged("a block does not decompress"))?;
    let from = place.at as usize;
    let record = raw
        .get(from..from + place.length as usize)
        .ok_or_else(|| damaged("a record lies outside its block"))?;
    frame::decode(CHUNK, record).map_err(IndexError::frame(TEXTS_FILE))
}
