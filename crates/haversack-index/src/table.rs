use haversack_model::ChunkId;

use crate::IndexError;
use crate::layout::TABLE_FILE;
use crate::paged::Paged;
use crate::spill::Pending;
use crate::texts::Place;

/// Columns of the table while they are written, in file order: ids, documents, terms, two token counts, block, position
/// in the block, length of the record, field. All but the ids and the fields are `u32`, little endian.
#[derive(Default)]
pub(crate) struct TableWriter {
    ids: Vec<u8>,
    columns: [Vec<u32>; 7],
    fields: Vec<u8>,
}

/// Bytes of one chunk in the table.
const ROW: usize = 16 + 7 * 4 + 1;

impl TableWriter {
    pub(crate) fn push(&mut self, pending: &Pending, place: Place, terms: u32) {
        self.ids.extend_from_slice(pending.id.as_bytes());
        let [first, second] = pending.tokens;
        let values = [pending.document, terms, first, second, place.block, place.at, place.length];
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.push(value);
        }
        self.fields.push(pending.field);
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.ids.clone();
        for column in &self.columns {
            for value in column {
                bytes.extend_from_slice(&value.to_le_bytes());
            }
        }
        bytes.extend_from_slice(&self.fields);
        bytes
    }
}

/// Columns of the chunks, read in place. The whole file is checked when it is opened.
#[derive(Debug)]
pub(crate) struct Table {
    file: Paged,
    count: usize,
}

impl Table {
    pub(crate) fn open(
        file: Paged,
        count: usize,
        documents: usize,
        fields: usize,
    ) -> Result<Self, IndexError> {
        if Some(file.len()) != count.checked_mul(ROW) {
            return Err(IndexError::damaged(TABLE_FILE, "its length does not fit the number of chunks"));
        }
        file.all()?;
        let table = Self { file, count };
        let sorted = table.ids().windows(2).all(|pair| pair[0] < pair[1]);
        let documented = table.documents().iter().all(|document| (*document as usize) < documents);
        let fielded = table.fields().iter().all(|field| usize::from(*field) < fields);
        if count > 0 && !(table.aligned() && sorted && documented && fielded) {
            return Err(IndexError::damaged(TABLE_FILE, "its columns contradict one another"));
        }
        Ok(table)
    }

    fn aligned(&self) -> bool {
        self.documents().len() == self.count && self.ids().len() == self.count
    }

    fn bytes(&self, from: usize, to: usize) -> &[u8] {
        self.file.map().get(from * self.count..to * self.count).unwrap_or_default()
    }

    fn column(&self, number: usize) -> &[u32] {
        let from = 16 + number * 4;
        bytemuck::try_cast_slice(self.bytes(from, from + 4)).unwrap_or_default()
    }

    pub(crate) fn ids(&self) -> &[[u8; 16]] {
        bytemuck::try_cast_slice(self.bytes(0, 16)).unwrap_or_default()
    }

    pub(crate) fn id(&self, at: usize) -> Option<ChunkId> {
        self.ids().get(at).copied().map(ChunkId::from_bytes)
    }

    /// Number of each chunk's document.
    pub(crate) fn documents(&self) -> &[u32] {
        self.column(0)
    }

    /// Length of each chunk in terms.
    pub(crate) fn terms(&self) -> &[u32] {
        self.column(1)
    }

    pub(crate) fn tokens(&self, at: usize) -> Option<[u32; 2]> {
        Some([*self.column(2).get(at)?, *self.column(3).get(at)?])
    }

    pub(crate) fn place(&self, at: usize) -> Option<Place> {
        Some(Place {
            block: *self.column(4).get(at)?,
            at: *self.column(5).get(at)?,
            length: *self.column(6).get(at)?,
        })
    }

    /// Number of each chunk's field.
    pub(crate) fn fields(&self) -> &[u8] {
        self.bytes(ROW - 1, ROW)
    }
}
