use std::path::Path;

use crate::layout::{QUANTISED_FILE, ROWS_FILE, SCALES_FILE, SIGNS_FILE};
use crate::paged::Paged;
use crate::simd::LANES;
use crate::sink::{Sink, Written};
use crate::{IndexError, VectorError};

/// Sizes of a row in the four files: floats, bytes and 64-bit words, each padded with zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) dimensions: usize,
    pub(crate) stride: usize,
    pub(crate) words: usize,
}

impl Shape {
    pub(crate) fn of(dimensions: usize) -> Self {
        Self { dimensions, stride: dimensions.next_multiple_of(LANES), words: dimensions.div_ceil(64) }
    }
}

/// A vector in the three precisions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quantised {
    pub(crate) row: Vec<f32>,
    pub(crate) bytes: Vec<i8>,
    pub(crate) scale: f32,
    pub(crate) signs: Vec<u64>,
}

impl Quantised {
    /// Checks that a vector is a unit vector of the right size, and quantises it: `byte = round(127 x / max |x|)`.
    pub(crate) fn of(vector: &[f32], shape: Shape) -> Result<Self, VectorError> {
        check(vector, shape.dimensions)?;
        let mut row = vector.to_vec();
        row.resize(shape.stride, 0.0);
        let greatest = vector.iter().fold(0.0_f32, |greatest, x| greatest.max(x.abs()));
        let factor = 127.0 / greatest;
        let bytes = row.iter().map(|x| (x * factor).round() as i8).collect();
        let mut signs = vec![0_u64; shape.words];
        for (at, x) in vector.iter().enumerate() {
            signs[at / 64] |= u64::from(*x > 0.0) << (at % 64);
        }
        Ok(Self { row, bytes, scale: greatest / 127.0, signs })
    }
}

/// Refuses what is not a finite vector of length 1 (within 0.001).
pub(crate) fn check(vector: &[f32], dimensions: usize) -> Result<(), VectorError> {
    if vector.len() != dimensions {
        return Err(VectorError::Dimensions { expected: dimensions, found: vector.len() });
    }
    if let Some(at) = vector.iter().position(|x| !x.is_finite()) {
        return Err(VectorError::NotFinite(at));
    }
    let length = libm::sqrt(vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>());
    if (length - 1.0).abs() > 1e-3 { Err(VectorError::NotUnit(length as f32)) } else { Ok(()) }
}

/// Writes the four files in the order of the chunks.
pub(crate) struct VectorWriter {
    shape: Shape,
    rows: Sink,
    quantised: Sink,
    scales: Sink,
    signs: Sink,
}

impl VectorWriter {
    pub(crate) fn create(dir: &Path, dimensions: usize) -> Result<Self, IndexError> {
        Ok(Self {
            shape: Shape::of(dimensions),
            rows: Sink::create(dir, ROWS_FILE)?,
            quantised: Sink::create(dir, QUANTISED_FILE)?,
            scales: Sink::create(dir, SCALES_FILE)?,
            signs: Sink::create(dir, SIGNS_FILE)?,
        })
    }

    pub(crate) fn push(&mut self, vector: &[f32]) -> Result<(), IndexError> {
        let vector = Quantised::of(vector, self.shape)?;
        self.rows.write(bytemuck::cast_slice(&vector.row))?;
        self.quantised.write(bytemuck::cast_slice(&vector.bytes))?;
        self.scales.write(&vector.scale.to_le_bytes())?;
        self.signs.write(bytemuck::cast_slice(&vector.signs))
    }

    pub(crate) fn finish(self) -> Result<Vec<Written>, IndexError> {
        [self.rows, self.quantised, self.scales, self.signs].into_iter().map(Sink::finish).collect()
    }
}

/// The vectors of a segment.
#[derive(Debug)]
pub(crate) struct Vectors {
    pub(crate) shape: Shape,
    rows: Paged,
    quantised: Paged,
    scales: Paged,
    signs: Paged,
}

impl Vectors {
    pub(crate) fn open(
        dimensions: usize,
        count: usize,
        mut file: impl FnMut(&str) -> Result<Paged, IndexError>,
    ) -> Result<Self, IndexError> {
        let shape = Shape::of(dimensions);
        let vectors = Self {
            shape,
            rows: file(ROWS_FILE)?,
            quantised: file(QUANTISED_FILE)?,
            scales: file(SCALES_FILE)?,
            signs: file(SIGNS_FILE)?,
        };
        let sizes = [
            (&vectors.rows, shape.stride * 4),
            (&vectors.quantised, shape.stride),
            (&vectors.scales, 4),
            (&vectors.signs, shape.words * 8),
        ];
        for (file, size) in sizes {
            if Some(file.len()) != count.checked_mul(size) {
                return Err(IndexError::damaged(file.name(), "its length does not fit the number of chunks"));
            }
        }
        Ok(vectors)
    }

    /// The padded row of a chunk.
    pub(crate) fn row(&self, at: usize) -> Result<&[f32], IndexError> {
        let size = self.shape.stride * 4;
        cast(&self.rows, self.rows.get(at * size..(at + 1) * size)?)
    }

    /// The quantised row of a chunk.
    pub(crate) fn bytes(&self, at: usize) -> Result<&[i8], IndexError> {
        let size = self.shape.stride;
        cast(&self.quantised, self.quantised.get(at * size..(at + 1) * size)?)
    }

    /// Factors of all quantised rows.
    pub(crate) fn scales(&self) -> Result<&[f32], IndexError> {
        cast(&self.scales, self.scales.all()?)
    }

    /// Signs of all rows.
    pub(crate) fn signs(&self) -> Result<&[u64], IndexError> {
        cast(&self.signs, self.signs.all()?)
    }
}

/// Reads little-endian numbers in place; a mapping begins at a page, so that only a foreign layout is misaligned.
pub(crate) fn cast<'a, T: bytemuck::AnyBitPattern>(
    file: &Paged,
    bytes: &'a [u8],
) -> Result<&'a [T], IndexError> {
    bytemuck::try_cast_slice(bytes)
        .map_err(|_| IndexError::damaged(file.name(), "its columns are not aligned"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_unit_vector_is_refused() {
        assert_eq!(check(&[0.6, 0.8], 2), Ok(()));
        assert_eq!(check(&[0.0, 0.0], 2), Err(VectorError::NotUnit(0.0)));
        assert_eq!(check(&[1.0, f32::NAN], 2), Err(VectorError::NotFinite(1)));
        assert_eq!(check(&[1.0], 2), Err(VectorError::Dimensions { expected: 2, found: 1 }));
    }

    #[test]
    fn quantising_pads_and_scales() {
        let vector = Quantised::of(&[0.6, -0.8], Shape::of(2)).unwrap();
        assert_eq!((vector.row.len(), vector.signs.as_slice()), (LANES, &[1_u64][..]));
        assert_eq!(&vector.bytes[..3], &[95, -127, 0]);
    }
}
