use std::ops::Range;

use crate::IndexError;
use crate::paged::Paged;
use crate::vectors::cast;

/// A column of `u32`, little endian, within a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its first byte, a multiple of 4.
    pub(crate) from: usize,
    /// Its numbers.
    pub(crate) count: usize,
}

impl Column {
    /// The byte after it.
    pub(crate) fn end(self) -> usize {
        self.from + 4 * self.count
    }

    /// A number; none past the end. Checks one page.
    #[inline]
    pub(crate) fn at(self, file: &Paged, at: usize) -> Result<Option<u32>, IndexError> {
        if at >= self.count {
            return Ok(None);
        }
        let from = self.from + 4 * at;
        Ok(file.get(from..from + 4)?.first_chunk().map(|four| u32::from_le_bytes(*four)))
    }

    /// Some numbers; an error when they are not there.
    pub(crate) fn slice(self, file: &Paged, range: Range<usize>) -> Result<&[u32], IndexError> {
        if range.start > range.end || range.end > self.count {
            return Err(IndexError::damaged(file.name(), "a range lies outside of a column"));
        }
        cast(file, file.get(self.from + 4 * range.start..self.from + 4 * range.end)?)
    }

    /// All numbers.
    pub(crate) fn all(self, file: &Paged) -> Result<&[u32], IndexError> {
        self.slice(file, 0..self.count)
    }
}
