//! One function for each decoder of this crate: whatever the bytes, it returns.
//!
//! Checksums of frames and digests of pages are taken from the bytes themselves, so that what stands behind them is reached.

use haversack_model::{Chunk, DocumentRecord, frame};

use crate::IndexError;
use crate::blocks::{Blocks, Place};
use crate::documents::Documents;
use crate::graph::Graph;
use crate::layout::{
    CHUNK, CLASSES, CLASSES_FILE, Class, DOCUMENTS_FILE, GRAPH_FILE, NAMES_FILE, QUANTISED_FILE, RECORD,
    RECORDS_FILE, ROWS_FILE, SCALES_FILE, SIGNS_FILE, TABLE_FILE, TEXTS_FILE,
};
use crate::mask::MaskPart;
use crate::paged::Paged;
use crate::segment::Segment;
use crate::table::Table;
use crate::tombstones::Tombstones;
use crate::vectors::{Quantised, Shape, Vectors};

/// A decoder.
pub type Decoder = fn(&[u8]);

/// Every decoder by name.
pub const ALL: [(&str, Decoder); 8] = [
    ("segment", segment),
    ("classes", classes),
    ("chunk", chunk),
    ("record", record),
    ("tombstones", tombstones),
    ("blocks", blocks),
    ("documents", documents),
    ("graph", graph),
];

/// The bytes, and the bytes as a frame of the length that they have, with the checksum that belongs to them.
fn both(bytes: &[u8]) -> [Vec<u8>; 2] {
    let mut whole = bytes.to_vec();
    whole.truncate(bytes.len().saturating_sub(16));
    if let Some(length) = whole.len().checked_sub(20) {
        whole[12..20].copy_from_slice(&(length as u64).to_le_bytes());
    }
    let checksum = blake3::hash(&whole);
    whole.extend_from_slice(&checksum.as_bytes()[..16]);
    [bytes.to_vec(), whole]
}

/// The segment file.
pub fn segment(bytes: &[u8]) {
    for bytes in both(bytes) {
        let _ = Segment::listed(&bytes);
    }
}

/// The frame of classes.
pub fn classes(bytes: &[u8]) {
    for bytes in both(bytes) {
        let _ = frame::decode::<Vec<Class>>(CLASSES, &bytes);
    }
}

/// The record of a chunk.
pub fn chunk(bytes: &[u8]) {
    for bytes in both(bytes) {
        let _ = frame::decode::<Chunk>(CHUNK, &bytes);
    }
}

/// The record of a document.
pub fn record(bytes: &[u8]) {
    for bytes in both(bytes) {
        let _ = frame::decode::<DocumentRecord>(RECORD, &bytes);
    }
}

/// The bytes of tombstones.
pub fn tombstones(bytes: &[u8]) {
    let _ = Tombstones::try_from(bytes.to_vec());
}

/// A number of blocks (u16), a place (three u16), then a file of blocks.
pub fn blocks(bytes: &[u8]) {
    let (head, rest) = bytes.split_at(bytes.len().min(8));
    let number = |at: usize| head.get(at..at + 2).map_or(0, |two| u16::from_le_bytes([two[0], two[1]]));
    let place = Place { block: number(2).into(), at: number(4).into(), length: number(6).into() };
    if let Ok(blocks) = Blocks::open(Paged::of(TEXTS_FILE, rest), number(0).into()) {
        let _ = blocks.read::<Chunk>(CHUNK, place);
    }
}

/// A number of documents (u8), then the columns of documents, the names, and what is left as the columns of chunks.
pub fn documents(bytes: &[u8]) {
    let Some((count, rest)) = bytes.split_first() else { return };
    let count = usize::from(*count);
    let (columns, rest) = rest.split_at(rest.len().min(count * 24 + 8));
    let (names, table) = rest.split_at(rest.len().min(count * 8));
    let open = || -> Result<(), IndexError> {
        let documents = Documents::open(count, 0, |name| {
            Ok(Paged::of(
                name,
                match name {
                    DOCUMENTS_FILE => columns,
                    NAMES_FILE => names,
                    CLASSES_FILE | RECORDS_FILE => &[],
                    _ => return Err(IndexError::damaged(name, "it is no file of documents")),
                },
            ))
        })?;
        for at in 0..=count {
            let _ = (documents.id(at), documents.chunks(at), documents.class(at), documents.record(at));
            let _ = documents.of_chunk(at as u32);
        }
        let _ = (documents.find("c/a"), documents.firsts(), documents.classes_of());
        let chunks = table.len() / 41;
        let table = Table::open(Paged::of(TABLE_FILE, table.get(..chunks * 41).unwrap_or_default()), chunks)?;
        for at in 0..=chunks {
            let _ = (table.id(at), table.tokens(at), table.place(at), table.field_and_terms(at));
        }
        let _ = (table.terms(), table.fields());
        Ok(())
    };
    let _ = open();
}

/// A graph over eight vectors, and a walk through it.
pub fn graph(bytes: &[u8]) {
    const COUNT: usize = 8;
    let walk = || -> Result<(), IndexError> {
        let graph = Graph::open(Paged::of(GRAPH_FILE, bytes), COUNT)?;
        let shape = Shape::of(2);
        let (mut rows, mut signs): (Vec<f32>, Vec<u64>) = (Vec::new(), Vec::new());
        let (mut quantised, mut scales): (Vec<i8>, Vec<f32>) = (Vec::new(), Vec::new());
        for at in 0..COUNT {
            let angle = at as f64;
            let vector = Quantised::of(&[libm::cos(angle) as f32, libm::sin(angle) as f32], shape)?;
            rows.extend(&vector.row);
            signs.extend(&vector.signs);
            quantised.extend(&vector.bytes);
            scales.push(vector.scale);
        }
        let vectors = Vectors::open(2, COUNT, |name| {
            Ok(Paged::of(
                name,
                match name {
                    ROWS_FILE => bytemuck::cast_slice(&rows),
                    QUANTISED_FILE => bytemuck::cast_slice(&quantised),
                    SCALES_FILE => bytemuck::cast_slice(&scales),
                    SIGNS_FILE => bytemuck::cast_slice(&signs),
                    _ => &[],
                },
            ))
        })?;
        let probe = Quantised::of(&[0.6, 0.8], shape)?;
        graph.walk(&vectors, &probe, 4, &MaskPart::all(COUNT)).map(|_| ())
    };
    let _ = walk();
}
