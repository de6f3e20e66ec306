use haversack_model::ChunkId;

use crate::IndexError;
use crate::blocks::Place;
use crate::columns::Column;
use crate::layout::TABLE_FILE;
use crate::paged::Paged;
use crate::spill::Pending;

/// Columns of the table while they are written, in file order: ids, terms, two token counts, block, position in the
/// block, length of the record, field. All but the ids and the fields are `u32`, little endian.
#[derive(Default)]
pub(crate) struct TableWriter {
    ids: Vec<u8>,
    columns: [Vec<u32>; COLUMNS],
    fields: Vec<u8>,
}

const COLUMNS: usize = 6;
/// Bytes of one chunk in the table.
const ROW: usize = 16 + COLUMNS * 4 + 1;

impl TableWriter {
    pub(crate) fn push(&mut self, pending: &Pending, place: Place, terms: u32) {
        self.ids.extend_from_slice(pending.id.as_bytes());
        let [first, second] = pending.tokens;
        let values = [terms, first, second, place.block, place.at, place.length];
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.push(value);
        }
        self.fields.push(pending.field);
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut bytes = self.ids;
        for column in &self.columns {
            bytes.extend_from_slice(bytemuck::cast_slice(column));
        }
        bytes.extend_from_slice(&self.fields);
        bytes
    }
}

/// Columns of the chunks, read in place and checked where they are read.
#[derive(Debug)]
pub(crate) struct Table {
    file: Paged,
    count: usize,
}

impl Table {
    pub(crate) fn open(file: Paged, count: usize) -> Result<Self, IndexError> {
        if Some(file.len()) != count.checked_mul(ROW) {
            return Err(IndexError::damaged(TABLE_FILE, "its length does not fit the number of chunks"));
        }
        Ok(Self { file, count })
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    fn column(&self, number: usize) -> Column {
        Column { from: (16 + number * 4) * self.count, count: self.count }
    }

    /// The id of a chunk; none past the end.
    #[inline]
    pub(crate) fn id(&self, at: usize) -> Result<Option<ChunkId>, IndexError> {
        if at >= self.count {
            return Ok(None);
        }
        Ok(self.file.get(16 * at..16 * at + 16)?.first_chunk().copied().map(ChunkId::from_bytes))
    }

    /// Length of each chunk in terms.
    pub(crate) fn terms(&self) -> Result<&[u32], IndexError> {
        self.column(0).all(&self.file)
    }

    pub(crate) fn tokens(&self, at: usize) -> Result<Option<[u32; 2]>, IndexError> {
        let first = self.column(1).at(&self.file, at)?;
        Ok(first.zip(self.column(2).at(&self.file, at)?).map(|(first, second)| [first, second]))
    }

    pub(crate) fn place(&self, at: usize) -> Result<Option<Place>, IndexError> {
        let [block, offset, length] = [3, 4, 5].map(|number| self.column(number).at(&self.file, at));
        let (Some(block), Some(at), Some(length)) = (block?, offset?, length?) else { return Ok(None) };
        Ok(Some(Place { block, at, length }))
    }

    /// Number of each chunk's field.
    pub(crate) fn fields(&self) -> Result<&[u8], IndexError> {
        self.file.get((ROW - 1) * self.count..ROW * self.count)
    }

    /// Field and length in terms of a chunk.
    pub(crate) fn field_and_terms(&self, at: usize) -> Result<Option<(u8, u32)>, IndexError> {
        let Some(terms) = self.column(0).at(&self.file, at)? else { return Ok(None) };
        let from = (ROW - 1) * self.count + at;
        Ok(self.file.get(from..from + 1)?.first().map(|field| (*field, terms)))
    }
}
