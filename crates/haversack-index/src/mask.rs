use std::collections::BTreeMap;
use std::sync::Arc;

use haversack_model::DocumentId;

use crate::bits::Bits;
use crate::segment::Segment;

/// The chunks of one index that a search may see, with the statistics of exactly those.
///
/// Made by [`Index::mask`](crate::Index::mask) or [`Index::everything`](crate::Index::everything); cheap to clone.
#[derive(Debug, Clone)]
pub struct Mask(Arc<Masked>);

#[derive(Debug)]
pub(crate) struct Masked {
    /// Number of the index that made it.
    pub(crate) stamp: u64,
    pub(crate) parts: Vec<MaskPart>,
    pub(crate) chunks: usize,
    pub(crate) terms: u64,
    /// Permitted chunks of each field that has some.
    pub(crate) fields: BTreeMap<String, u64>,
    /// Whether every live chunk is in it.
    pub(crate) unrestricted: bool,
}

/// The permitted chunks of one segment.
#[derive(Debug)]
pub(crate) struct MaskPart {
    /// None: all.
    pub(crate) bits: Option<Bits>,
    pub(crate) chunks: usize,
}

impl MaskPart {
    #[inline]
    pub(crate) fn admits(&self, ordinal: usize) -> bool {
        self.bits.as_ref().is_none_or(|bits| bits.get(ordinal))
    }
}

impl Mask {
    pub(crate) fn new(masked: Masked) -> Self {
        Self(Arc::new(masked))
    }

    pub(crate) fn inner(&self) -> &Masked {
        &self.0
    }

    /// Chunks in it.
    #[must_use]
    pub fn chunks(&self) -> usize {
        self.0.chunks
    }

    /// Sum of their lengths in terms.
    #[must_use]
    pub fn terms(&self) -> u64 {
        self.0.terms
    }

    /// Whether it admits every live chunk.
    #[must_use]
    pub fn is_unrestricted(&self) -> bool {
        self.0.unrestricted
    }
}

impl Masked {
    pub(crate) fn empty(stamp: u64) -> Self {
        Self { stamp, parts: Vec::new(), chunks: 0, terms: 0, fields: BTreeMap::new(), unrestricted: true }
    }

    /// Appends the chunks of a segment whose documents are admitted.
    pub(crate) fn push(&mut self, segment: &Segment, admit: &mut dyn FnMut(&DocumentId) -> bool) {
        let admitted: Vec<bool> = segment.documents().iter().map(admit).collect();
        if admitted.iter().all(|admitted| *admitted) {
            for field in segment.file.fields.iter().filter(|field| field.chunks > 0) {
                self.count(&field.name, field.chunks, field.terms);
            }
            self.parts.push(MaskPart { bits: None, chunks: segment.chunks() });
            self.chunks += segment.chunks();
            return;
        }
        let mut bits = Bits::new(segment.chunks());
        let mut fields = vec![(0_u64, 0_u64); segment.file.fields.len()];
        let rows = segment.table.documents().iter().zip(segment.table.fields()).zip(segment.table.terms());
        for (at, ((document, field), terms)) in rows.enumerate() {
            if admitted.get(*document as usize) == Some(&true) {
                bits.set(at);
                if let Some((chunks, sum)) = fields.get_mut(usize::from(*field)) {
                    *chunks += 1;
                    *sum += u64::from(*terms);
                }
            }
        }
        for (field, (chunks, terms)) in segment.file.fields.iter().zip(fields).filter(|(_, sums)| sums.0 > 0)
        {
            self.count(&field.name, chunks, terms);
        }
        let chunks = bits.count();
        self.parts.push(MaskPart { bits: Some(bits), chunks });
        self.chunks += chunks;
    }

    fn count(&mut self, field: &str, chunks: u64, terms: u64) {
        *self.fields.entry(field.to_owned()).or_default() += chunks;
        self.terms += terms;
    }
}
