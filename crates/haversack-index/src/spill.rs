use std::collections::BTreeMap;
use std::path::Path;

use haversack_model::{ChunkId, DocumentId, DocumentRecord, frame};

use crate::builder::ChunkInput;
use crate::layout::{CHUNK, Class, RECORD};
use crate::spool::{Spool, Spooled, Stretch};
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
    pub(crate) record: Stretch,
    pub(crate) vector: Stretch,
    /// The last 16 bytes of its record's frame.
    pub(crate) checksum: [u8; 16],
}

/// What stays in memory of a document.
#[derive(Debug, Clone)]
pub(crate) struct PendingDocument {
    pub(crate) id: DocumentId,
    pub(crate) class: u32,
    pub(crate) record: Stretch,
    /// The last 16 bytes of its record's frame.
    pub(crate) checksum: [u8; 16],
}

/// Documents and chunks in the order in which they arrive: records and vectors in temporary files, the rest in memory.
pub(crate) struct Spill {
    dimensions: Option<usize>,
    records: Spool,
    documented: Spool,
    vectors: Spool,
    pub(crate) pending: Vec<Pending>,
    documents: Vec<PendingDocument>,
    classes: BTreeMap<Class, u32>,
    fields: Vec<String>,
}

const RECORDS: &str = "spill-records";
const DOCUMENTS: &str = "spill-documents";
const VECTORS: &str = "spill-vectors";

impl Spill {
    pub(crate) fn create(dir: &Path, dimensions: Option<usize>) -> Result<Self, IndexError> {
        Ok(Self {
            dimensions,
            records: Spool::create(dir, RECORDS)?,
            documented: Spool::create(dir, DOCUMENTS)?,
            vectors: Spool::create(dir, VECTORS)?,
            pending: Vec::new(),
            documents: Vec::new(),
            classes: BTreeMap::new(),
            fields: Vec::new(),
        })
    }

    /// Begins a document.
    pub(crate) fn document(&mut self, record: &DocumentRecord) -> Result<(), IndexError> {
        let framed = frame::encode(RECORD, record).map_err(IndexError::frame(DOCUMENTS))?;
        let stretch = self.documented.push(&framed)?;
        let next = self.classes.len() as u32;
        let class = *self.classes.entry(Class::of(record)).or_insert(next);
        self.documents.push(PendingDocument {
            id: record.id.clone(),
            class,
            record: stretch,
            checksum: checksum(&framed),
        });
        Ok(())
    }

    pub(crate) fn documents(&self) -> usize {
        self.documents.len()
    }

    /// Adds a chunk of the document begun last.
    pub(crate) fn push(&mut self, input: &ChunkInput, analyzer: &Analyzer) -> Result<(), IndexError> {
        let current = self.documents.last().map(|document| &document.id);
        if current != Some(&input.chunk.document) {
            return Err(IndexError::OtherDocument {
                chunk: input.chunk.id,
                document: input.chunk.document.clone(),
                current: current.cloned(),
            });
        }
        let vector = match (&input.vector, self.dimensions) {
            (None, None) => Stretch::default(),
            (None, Some(_)) => return Err(VectorError::Missing.into()),
            (Some(_), None) => return Err(VectorError::Unexpected.into()),
            (Some(vector), Some(dimensions)) => {
                check(vector, dimensions)?;
                self.vectors.push(bytemuck::cast_slice(vector))?
            }
        };
        let record = frame::encode(CHUNK, &input.chunk).map_err(IndexError::frame(RECORDS))?;
        let stretch = self.records.push(&record)?;
        let field = self.field(analyzer.language(input.language.as_deref()).field());
        self.pending.push(Pending {
            id: input.chunk.id,
            document: self.documents.len() as u32 - 1,
            ordinal: input.chunk.ordinal,
            tokens: input.tokens,
            field,
            record: stretch,
            vector,
            checksum: checksum(&record),
        });
        Ok(())
    }

    fn field(&mut self, name: String) -> u8 {
        let at = self.fields.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.fields.push(name);
            self.fields.len() - 1
        });
        // There are fewer than 20 languages with fields.
        at as u8
    }

    /// Ends writing: documents, classes and fields are numbered in their order, chunks sorted by document and ordinal.
    pub(crate) fn close(mut self) -> Result<Spilled, IndexError> {
        let (documents, numbers) = sorted(self.documents, |document| document.id.clone());
        if let Some(pair) = documents.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(IndexError::DuplicateDocument(pair[0].id.clone()));
        }
        let (fields, field_numbers) = sorted(self.fields, String::clone);
        for pending in &mut self.pending {
            pending.document = numbers[pending.document as usize];
            pending.field = field_numbers[usize::from(pending.field)] as u8;
        }
        unique(&self.pending)?;
        self.pending.sort_unstable_by_key(|pending| (pending.document, pending.ordinal, pending.id));
        // A map of classes is in their order already; what they were numbered by is the order of arrival.
        let mut classes = vec![0; self.classes.len()];
        for (new, old) in (0..).zip(self.classes.values()) {
            classes[*old as usize] = new;
        }
        let mut spilled = Spilled {
            records: self.records.read()?,
            documented: self.documented.read()?,
            vectors: self.vectors.read()?,
            pending: self.pending,
            documents,
            classes: self.classes.into_keys().collect(),
            fields,
        };
        for document in &mut spilled.documents {
            document.class = classes[document.class as usize];
        }
        Ok(spilled)
    }
}

fn unique(pending: &[Pending]) -> Result<(), IndexError> {
    let mut ids: Vec<ChunkId> = pending.iter().map(|pending| pending.id).collect();
    ids.sort_unstable();
    match ids.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(IndexError::DuplicateChunk(pair[0])),
        None => Ok(()),
    }
}

/// Sorts by a key; gives also the new number of each old one.
fn sorted<T, K: Ord>(items: Vec<T>, key: impl Fn(&T) -> K) -> (Vec<T>, Vec<u32>) {
    let mut numbered: Vec<(u32, T)> = (0..).zip(items).collect();
    numbered.sort_by_cached_key(|item| key(&item.1));
    let mut numbers = vec![0; numbered.len()];
    for (new, (old, _)) in (0..).zip(&numbered) {
        numbers[*old as usize] = new;
    }
    (numbered.into_iter().map(|(_, item)| item).collect(), numbers)
}

/// The last 16 bytes of a frame, which are a digest of it.
fn checksum(framed: &[u8]) -> [u8; 16] {
    framed.last_chunk().copied().unwrap_or_default()
}

/// All documents and chunks of a segment in their order, and what was spilled of them.
pub(crate) struct Spilled {
    pub(crate) records: Spooled,
    pub(crate) documented: Spooled,
    pub(crate) vectors: Spooled,
    pub(crate) pending: Vec<Pending>,
    pub(crate) documents: Vec<PendingDocument>,
    pub(crate) classes: Vec<Class>,
    pub(crate) fields: Vec<String>,
}

impl Spilled {
    /// Removes the temporary files.
    pub(crate) fn remove(self) -> Result<(), IndexError> {
        [self.records, self.documented, self.vectors].into_iter().try_for_each(Spooled::remove)
    }
}
