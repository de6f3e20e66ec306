use std::collections::BTreeMap;
use std::sync::Arc;

use haversack_model::DocumentRecord;

use crate::bits::Bits;
use crate::blocks::Last;
use crate::index::Part;
use crate::layout::{Class, TABLE_FILE};
use crate::segment::Segment;
use crate::{IndexError, Tombstones};

/// The chunks of one index that a search may see, with the statistics of exactly those.
///
/// Made by [`Index::mask`](crate::Index::mask) or [`Index::everything`](crate::Index::everything); cheap to clone.
#[derive(Debug, Clone)]
pub struct Mask(Arc<Masked>);

/// Which documents a mask admits: those that all three conditions admit.
///
/// The class is asked once for each distinct class of a segment; the others once for each live document that what comes
/// before them admits, the record last, since it must be read.
///
/// ```
/// use haversack_index::{Admission, Class, Index};
/// use haversack_model::Trust;
/// let index = Index::open(vec![])?;
/// let class = |class: &Class| class.labels.is_empty() && class.trust >= Trust::Standard;
/// let id = |id: &str| id.starts_with("handbook/");
/// let mask = index.mask(&Admission { class: &class, id: Some(&id), record: None })?;
/// assert_eq!(mask.chunks(), 0);
/// # Ok::<(), haversack_index::IndexError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Admission<'a> {
    /// By labels, trust and language.
    pub class: &'a dyn Fn(&Class) -> bool,
    /// By id.
    pub id: Option<&'a dyn Fn(&str) -> bool>,
    /// By everything that is known.
    pub record: Option<&'a dyn Fn(&DocumentRecord) -> bool>,
}

impl std::fmt::Debug for Admission<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (id, record) = (self.id.is_some(), self.record.is_some());
        f.debug_struct("Admission").field("id", &id).field("record", &record).finish_non_exhaustive()
    }
}

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
#[derive(Debug, Clone)]
pub(crate) struct MaskPart {
    /// None: all.
    pub(crate) bits: Option<Arc<Bits>>,
    pub(crate) chunks: usize,
    /// Permitted chunks and their terms, by field of the segment.
    sums: Vec<(u64, u64)>,
}

impl MaskPart {
    #[inline]
    pub(crate) fn admits(&self, ordinal: usize) -> bool {
        self.bits.as_ref().is_none_or(|bits| bits.get(ordinal))
    }

    /// Every chunk of a segment without fields.
    pub(crate) fn all(chunks: usize) -> Self {
        Self { bits: None, chunks, sums: Vec::new() }
    }

    /// What lives in a segment; costs a look at each dead chunk.
    pub(crate) fn live(segment: &Segment, dead: &Tombstones) -> Result<Self, IndexError> {
        let sums = segment.file.fields.iter().map(|field| (field.chunks, field.terms)).collect();
        let mut part = Self { bits: None, chunks: segment.chunks(), sums };
        if dead.is_empty() {
            return Ok(part);
        }
        let mut bits = Bits::full(segment.chunks());
        for document in dead.iter() {
            let chunks = segment.chunks_of(document)?;
            let chunks = chunks.start as usize..chunks.end as usize;
            for at in chunks.clone() {
                part.less(segment.table.field_and_terms(at)?)?;
            }
            part.chunks = part.chunks.saturating_sub(chunks.len());
            bits.clear(chunks);
        }
        part.bits = Some(Arc::new(bits));
        Ok(part)
    }

    fn less(&mut self, row: Option<(u8, u32)>) -> Result<(), IndexError> {
        let damaged = || IndexError::damaged(TABLE_FILE, "a chunk is of no field");
        let (field, terms) = row.ok_or_else(damaged)?;
        let (chunks, sum) = self.sums.get_mut(usize::from(field)).ok_or_else(damaged)?;
        (*chunks, *sum) = (chunks.saturating_sub(1), sum.saturating_sub(u64::from(terms)));
        Ok(())
    }

    /// The permitted ones of those that live.
    fn of(segment: &Segment, live: &Self, bits: Bits) -> Result<Self, IndexError> {
        let chunks = bits.count();
        if chunks == live.chunks {
            return Ok(live.clone());
        }
        let (fields, terms) = (segment.table.fields()?, segment.table.terms()?);
        let row = |at: usize| fields.get(at).copied().zip(terms.get(at).copied());
        let mut part;
        if chunks * 2 > live.chunks {
            part = live.clone();
            let hidden = match &live.bits {
                Some(live) => live.without(&bits),
                None => Bits::full(segment.chunks()).without(&bits),
            };
            for at in hidden.ones() {
                part.less(row(at))?;
            }
        } else {
            part = Self { bits: None, chunks: 0, sums: vec![(0, 0); live.sums.len()] };
            for at in bits.ones() {
                let sums =
                    row(at).and_then(|(field, terms)| Some((part.sums.get_mut(usize::from(field))?, terms)));
                let Some(((chunks, sum), terms)) = sums else {
                    return Err(IndexError::damaged(TABLE_FILE, "a chunk is of no field"));
                };
                (*chunks, *sum) = (*chunks + 1, *sum + u64::from(terms));
            }
        }
        (part.bits, part.chunks) = (Some(Arc::new(bits)), chunks);
        Ok(part)
    }

    /// The permitted chunks of a segment.
    pub(crate) fn admitted(part: &Part, live: &Self, admission: &Admission<'_>) -> Result<Self, IndexError> {
        let documents = &part.segment.documents;
        let classes: Vec<bool> = documents.classes()?.iter().map(|class| (admission.class)(class)).collect();
        if admission.id.is_none() && admission.record.is_none() && classes.iter().all(|admitted| *admitted) {
            return Ok(live.clone());
        }
        let mut bits = Bits::new(part.segment.chunks());
        if !classes.contains(&true) {
            return Self::of(&part.segment, live, bits);
        }
        let mut dead = part.dead.iter().peekable();
        let mut last = Last::default();
        let numbers = (0_u32..).zip(documents.firsts()?.windows(2)).zip(documents.classes_of()?);
        for ((number, chunks), class) in numbers {
            if dead.next_if_eq(&number).is_some() || classes.get(*class as usize) != Some(&true) {
                continue;
            }
            let at = number as usize;
            if let Some(id) = admission.id
                && !id(documents.name_at(at)?)
            {
                continue;
            }
            if let Some(record) = admission.record
                && !record(&documents.record_after(at, &mut last)?)
            {
                continue;
            }
            bits.fill(chunks[0] as usize..chunks[1] as usize);
        }
        Self::of(&part.segment, live, bits)
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

    /// Appends the permitted chunks of a segment.
    pub(crate) fn push(&mut self, segment: &Segment, part: MaskPart) {
        for (field, (chunks, terms)) in
            segment.file.fields.iter().zip(&part.sums).filter(|(_, sums)| sums.0 > 0)
        {
            *self.fields.entry(field.name.clone()).or_default() += chunks;
            self.terms += terms;
        }
        self.chunks += part.chunks;
        self.parts.push(part);
    }
}
