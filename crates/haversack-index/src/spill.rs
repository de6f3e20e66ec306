use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use haversack_model::{ChunkId, DocumentId, frame};

use crate::builder::ChunkInput;
use crate::layout::CHUNK;
use crate::mmap::Mapped;
use crate::vectors::check;
use crate::{Analyzer, IndexError, VectorError};

/// What stays in memory of a chunk that was pushed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pending {
    pub(crate) id: ChunkId,
    pub(crate) document: u32,
    pub(crate) ordinal: u32,
    pub(crate) tokens: [u32; 2],
    pub(crate) field: u8,
    at: u64,
    length: u32,
    arrival: u32,
}

/// Chunks in the order in which they arrive: records and vectors in temporary files, the rest in memory.
pub(crate) struct Spill {
    dir: PathBuf,
    dimensions: Option<usize>,
    records: BufWriter<File>,
    vectors: BufWriter<File>,
    at: u64,
    pub(crate) pending: Vec<Pending>,
    pub(crate) documents: Vec<DocumentId>,
    known: HashMap<DocumentId, u32>,
    pub(crate) fields: Vec<String>,
}

const RECORDS: &str = "spill-records";
const VECTORS: &str = "spill-vectors";

impl Spill {
    pub(crate) fn create(dir: &Path, dimensions: Option<usize>) -> Result<Self, IndexError> {
        let create = |name: &str| {
            let path = dir.join(name);
            File::create(&path).map(BufWriter::new).map_err(IndexError::io(path))
        };
        Ok(Self {
            dir: dir.to_owned(),
            dimensions,
            records: create(RECORDS)?,
            vectors: create(VECTORS)?,
            at: 0,
            pending: Vec::new(),
            documents: Vec::new(),
            known: HashMap::new(),
            fields: Vec::new(),
        })
    }

    pub(crate) fn push(&mut self, input: &ChunkInput, analyzer: &Analyzer) -> Result<(), IndexError> {
        match (&input.vector, self.dimensions) {
            (None, None) => {}
            (None, Some(_)) => return Err(VectorError::Missing.into()),
            (Some(_), None) => return Err(VectorError::Unexpected.into()),
            (Some(vector), Some(dimensions)) => {
                check(vector, dimensions)?;
                self.vectors
                    .write_all(bytemuck::cast_slice(vector))
                    .map_err(IndexError::io(self.dir.join(VECTORS)))?;
            }
        }
        let record = frame::encode(CHUNK, &input.chunk).map_err(IndexError::frame(RECORDS))?;
        self.records.write_all(&record).map_err(IndexError::io(self.dir.join(RECORDS)))?;
        let document = self.document(&input.chunk.document);
        let field = self.field(analyzer.language(input.language.as_deref()).field());
        self.pending.push(Pending {
            id: input.chunk.id,
            document,
            ordinal: input.chunk.ordinal,
            tokens: input.tokens,
            field,
            at: self.at,
            length: u32::try_from(record.len())
                .map_err(|_| IndexError::damaged(RECORDS, "a chunk is larger than 4 GiB"))?,
            arrival: self.pending.len() as u32,
        });
        self.at += record.len() as u64;
        Ok(())
    }

    fn document(&mut self, id: &DocumentId) -> u32 {
        if let Some(number) = self.known.get(id) {
            return *number;
        }
        let number = self.documents.len() as u32;
        self.documents.push(id.clone());
        self.known.insert(id.clone(), number);
        number
    }

    fn field(&mut self, name: String) -> u8 {
        let at = self.fields.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.fields.push(name);
            self.fields.len() - 1
        });
        // There are fewer than 20 languages with fields.
        at as u8
    }

    /// Ends writing: documents and fields are numbered by name, chunks are sorted by id.
    pub(crate) fn close(mut self) -> Result<Spilled, IndexError> {
        self.records.flush().map_err(IndexError::io(self.dir.join(RECORDS)))?;
        self.vectors.flush().map_err(IndexError::io(self.dir.join(VECTORS)))?;
        let documents = renumber(&mut self.documents);
        let fields = renumber(&mut self.fields);
        for pending in &mut self.pending {
            pending.document = documents[pending.document as usize];
            pending.field = fields[usize::from(pending.field)] as u8;
        }
        self.pending.sort_unstable_by_key(|pending| pending.id);
        if let Some(pair) = self.pending.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(IndexError::DuplicateChunk(pair[0].id));
        }
        Ok(Spilled {
            records: Mapped::open(&self.dir.join(RECORDS))?,
            vectors: Mapped::open(&self.dir.join(VECTORS))?,
            dir: self.dir,
            dimensions: self.dimensions.unwrap_or(0),
            pending: self.pending,
            documents: self.documents,
            fields: self.fields,
        })
    }
}

/// Sorts names; returns the new number of each old one.
fn renumber<T: Ord + Clone>(names: &mut [T]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..names.len() as u32).collect();
    order.sort_by(|a, b| names[*a as usize].cmp(&names[*b as usize]));
    let mut numbers = vec![0; names.len()];
    for (new, old) in (0_u32..).zip(&order) {
        numbers[*old as usize] = new;
    }
    names.sort();
    numbers
}

/// All chunks of a segment, sorted by id, with random access to what was spilled.
pub(crate) struct Spilled {
    dir: PathBuf,
    records: Mapped,
    vectors: Mapped,
    dimensions: usize,
    pub(crate) pending: Vec<Pending>,
    pub(crate) documents: Vec<DocumentId>,
    pub(crate) fields: Vec<String>,
}

impl Spilled {
    /// The framed record of a chunk.
    pub(crate) fn record(&self, pending: &Pending) -> &[u8] {
        let from = pending.at as usize;
        self.records.get(from..from + pending.length as usize).unwrap_or_default()
    }

    /// The vector of a chunk; empty without vectors.
    pub(crate) fn vector(&self, pending: &Pending) -> Vec<f32> {
        let (from, size) = (pending.arrival as usize * self.dimensions * 4, self.dimensions * 4);
        let bytes = self.vectors.get(from..from + size).unwrap_or_default();
        bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect()
    }

    /// Removes the temporary files.
    pub(crate) fn remove(self) -> Result<(), IndexError> {
        let Self { dir, records, vectors, .. } = self;
        drop((records, vectors));
        for name in [RECORDS, VECTORS] {
            let path = dir.join(name);
            std::fs::remove_file(&path).map_err(IndexError::io(&path))?;
        }
        Ok(())
    }
}
