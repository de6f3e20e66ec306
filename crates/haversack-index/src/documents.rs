use std::ops::Range;
use std::sync::OnceLock;

use haversack_model::{DocumentId, DocumentRecord, frame};

use crate::blocks::{Blocks, Last, Place};
use crate::columns::Column;
use crate::layout::{CLASSES, CLASSES_FILE, Class, DOCUMENTS_FILE, NAMES_FILE, RECORD, RECORDS_FILE};
use crate::paged::Paged;
use crate::{IndexError, columns};

/// Columns of the documents while they are written, in file order: first chunk and first byte of the name (each with one
/// number more, the end), class, block, position in the block, length of the record; all `u32`, little endian.
#[derive(Default)]
pub(crate) struct DocumentWriter {
    pub(crate) names: Vec<u8>,
    first: Vec<u32>,
    name: Vec<u32>,
    columns: [Vec<u32>; 4],
}

impl DocumentWriter {
    pub(crate) fn push(&mut self, id: &DocumentId, first: u32, class: u32, place: Place) {
        self.first.push(first);
        self.name.push(self.names.len() as u32);
        self.names.extend_from_slice(id.as_str().as_bytes());
        let values = [class, place.block, place.at, place.length];
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.push(value);
        }
    }

    /// The bytes of `documents` and of `names`.
    pub(crate) fn finish(mut self, chunks: u32) -> Result<(Vec<u8>, Vec<u8>), IndexError> {
        let end = u32::try_from(self.names.len())
            .map_err(|_| IndexError::damaged(NAMES_FILE, "ids of documents take more than 4 GiB"))?;
        self.first.push(chunks);
        self.name.push(end);
        let mut bytes = Vec::new();
        for column in [&self.first, &self.name].into_iter().chain(&self.columns) {
            bytes.extend_from_slice(bytemuck::cast_slice(column));
        }
        Ok((bytes, self.names))
    }
}

/// The documents of a segment, by id.
#[derive(Debug)]
pub(crate) struct Documents {
    count: usize,
    table: Paged,
    names: Paged,
    records: Blocks,
    /// The frame of classes, which are decoded when they are first asked for.
    framed: Paged,
    classes: OnceLock<Vec<Class>>,
}

impl Documents {
    pub(crate) fn open(
        count: usize,
        blocks: u64,
        mut file: impl FnMut(&str) -> Result<Paged, IndexError>,
    ) -> Result<Self, IndexError> {
        let table = file(DOCUMENTS_FILE)?;
        if Some(table.len()) != count.checked_mul(24).and_then(|bytes| bytes.checked_add(8)) {
            return Err(IndexError::damaged(
                DOCUMENTS_FILE,
                "its length does not fit the number of documents",
            ));
        }
        Ok(Self {
            count,
            table,
            names: file(NAMES_FILE)?,
            records: Blocks::open(file(RECORDS_FILE)?, blocks)?,
            framed: file(CLASSES_FILE)?,
            classes: OnceLock::new(),
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// First chunk of each document, and the end.
    fn first(&self) -> Column {
        Column { from: 0, count: self.count + 1 }
    }

    /// First byte of each name, and the end.
    fn name(&self) -> Column {
        Column { from: self.first().end(), count: self.count + 1 }
    }

    fn column(&self, number: usize) -> Column {
        Column { from: self.name().end() + 4 * number * self.count, count: self.count }
    }

    pub(crate) fn firsts(&self) -> Result<&[u32], IndexError> {
        self.first().all(&self.table)
    }

    /// Class of each document.
    pub(crate) fn classes_of(&self) -> Result<&[u32], IndexError> {
        self.column(0).all(&self.table)
    }

    pub(crate) fn name_at(&self, at: usize) -> Result<&str, IndexError> {
        let bytes = match self.bounds(self.name(), at)? {
            Some(range) => self.names.get(range)?,
            None => return Err(self.missing(at)),
        };
        str::from_utf8(bytes).map_err(|_| IndexError::damaged(NAMES_FILE, "a name is not UTF-8"))
    }

    pub(crate) fn id(&self, at: usize) -> Result<DocumentId, IndexError> {
        self.name_at(at)?.parse().map_err(|_| IndexError::damaged(NAMES_FILE, "a name is not a document id"))
    }

    pub(crate) fn find(&self, id: &str) -> Result<Option<u32>, IndexError> {
        let (mut from, mut to) = (0, self.count);
        while from < to {
            let middle = from + (to - from) / 2;
            match self.name_at(middle)?.cmp(id) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
                std::cmp::Ordering::Equal => return Ok(Some(middle as u32)),
            }
        }
        Ok(None)
    }

    pub(crate) fn chunks(&self, at: usize) -> Result<Range<u32>, IndexError> {
        match self.bounds(self.first(), at)? {
            Some(range) => Ok(range.start as u32..range.end as u32),
            None => Err(self.missing(at)),
        }
    }

    /// The document that holds a chunk.
    pub(crate) fn of_chunk(&self, chunk: u32) -> Result<u32, IndexError> {
        // Documents without chunks begin where the next one does, so that the last that begins at or before it holds it.
        let (mut from, mut to) = (0, self.count);
        while from < to {
            let middle = from + (to - from) / 2;
            if self.first().at(&self.table, middle)?.is_some_and(|first| first <= chunk) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from.checked_sub(1)
            .map(|at| at as u32)
            .ok_or_else(|| IndexError::damaged(DOCUMENTS_FILE, "a chunk belongs to no document"))
    }

    pub(crate) fn classes(&self) -> Result<&[Class], IndexError> {
        if let Some(classes) = self.classes.get() {
            return Ok(classes);
        }
        let classes = frame::decode(CLASSES, self.framed.all()?).map_err(IndexError::frame(CLASSES_FILE))?;
        Ok(self.classes.get_or_init(|| classes))
    }

    pub(crate) fn class(&self, at: usize) -> Result<&Class, IndexError> {
        let Some(number) = self.column(0).at(&self.table, at)? else { return Err(self.missing(at)) };
        self.classes()?
            .get(number as usize)
            .ok_or_else(|| IndexError::damaged(DOCUMENTS_FILE, "a document names no class"))
    }

    pub(crate) fn record(&self, at: usize) -> Result<DocumentRecord, IndexError> {
        self.record_after(at, &mut Last::default())
    }

    pub(crate) fn record_after(&self, at: usize, last: &mut Last) -> Result<DocumentRecord, IndexError> {
        let [block, offset, length] = [1, 2, 3].map(|number| self.column(number).at(&self.table, at));
        let (Some(block), Some(offset), Some(length)) = (block?, offset?, length?) else {
            return Err(self.missing(at));
        };
        let record: DocumentRecord =
            self.records.read_after(RECORD, Place { block, at: offset, length }, last)?;
        if record.id.as_str() == self.name_at(at)? {
            Ok(record)
        } else {
            Err(IndexError::damaged(RECORDS_FILE, "a record is that of another document"))
        }
    }

    fn bounds(&self, column: columns::Column, at: usize) -> Result<Option<Range<usize>>, IndexError> {
        if at >= self.count {
            return Ok(None);
        }
        match column.slice(&self.table, at..at + 2)? {
            [from, to] if from <= to => Ok(Some(*from as usize..*to as usize)),
            _ => Err(IndexError::damaged(DOCUMENTS_FILE, "its columns contradict one another")),
        }
    }

    fn missing(&self, at: usize) -> IndexError {
        IndexError::NoDocument { number: at as u32, documents: self.count as u32 }
    }
}
