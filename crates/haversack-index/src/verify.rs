//! Whether a segment is what was built.

use std::sync::Arc;

use haversack_model::{DocumentId, VectorSearch};
use rayon::prelude::*;

use crate::blocks::Last;
use crate::index::{ChunkRef, Index};
use crate::layout::{
    Class, DOCUMENTS_FILE, FileEntry, GRAPH_FILE, LEXICAL_DIR, NAMES_FILE, QUANTISED_FILE, RECORDS_FILE,
    ROWS_FILE, SIGNS_FILE, TABLE_FILE, TEXTS_FILE,
};
use crate::mmap::Mapped;
use crate::query::{Hit, Query};
use crate::segment::Segment;
use crate::simd;
use crate::tombstones::Tombstones;
use crate::vectors::Quantised;
use crate::{IndexError, Problem};

/// Up to so many chunks every vector is searched for; of a larger segment as many, evenly spread.
const SEARCHED: usize = 4_000;
/// Vectors that are searched for by walks and compared with an exact search.
const WALKED: usize = 64;
/// Neighbours that are compared.
const NEIGHBOURS: usize = 10;
/// Width of those walks.
const WIDTH: usize = 128;
/// Recall below which a graph is a problem.
const LEAST_RECALL: f32 = 0.8;

/// What [`Segment::verify`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// What is wrong; empty for a whole segment.
    pub problems: Vec<Problem>,
    /// Bytes on disk.
    pub bytes: u64,
    /// Documents whose records were read.
    pub documents: u64,
    /// Chunks whose texts were read.
    pub chunks: u64,
    /// Chunks of the inverted index.
    pub postings: u64,
    /// Vectors whose three precisions agree.
    pub vectors: u64,
    /// Vectors that found themselves through the scan that queries use.
    pub searched: u64,
    /// Mean share of the 10 nearest chunks that walks of width 128 find, over 64 places between stored vectors; none without
    /// a graph.
    pub graph_recall: Option<f32>,
}

impl Verified {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }

    fn problem(&mut self, file: &str, detail: impl Into<String>) {
        self.problems.push(Problem { file: file.to_owned(), detail: detail.into() });
    }
}

impl Segment {
    /// Compares every byte with what was built, and the parts with one another.
    ///
    /// Reads every file whole. Checked are: the digest of each file; that there are as many documents, chunks, postings and
    /// vectors as there should be; that each document and each chunk can be read, is the one it should be, and has the class
    /// and the length in terms that are kept of it; that each vector is finite, has length 1 and agrees with its quantised
    /// forms; that vectors find themselves (all of up to 4,000 chunks, else 4,000 of them, evenly spread); and how many
    /// neighbours a graph finds.
    ///
    /// # Errors
    /// Never for damage, which is a [`Problem`]; only when a file cannot be read at all.
    pub fn verify(&self) -> Result<Verified, IndexError> {
        let mut verified = Verified {
            problems: Vec::new(),
            bytes: self.bytes(),
            documents: 0,
            chunks: 0,
            postings: 0,
            vectors: 0,
            searched: 0,
            graph_recall: None,
        };
        for entry in self.entries() {
            if let Some(detail) = self.compare(entry)? {
                verified.problem(&entry.name, detail);
            }
        }
        // What lies on damaged files would only say the same in other words.
        if verified.is_whole() {
            self.verify_documents(&mut verified);
            self.verify_texts(&mut verified);
            self.verify_vectors(&mut verified);
        }
        if verified.is_whole()
            && let Err(error) = self.verify_search(&mut verified)
        {
            verified.problem(ROWS_FILE, format!("a search fails: {error}"));
        }
        Ok(verified)
    }

    fn compare(&self, entry: &FileEntry) -> Result<Option<&'static str>, IndexError> {
        let bytes = match Mapped::open(&self.dir.join(&entry.name)) {
            Ok(bytes) => bytes,
            Err(IndexError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Some("missing"));
            }
            Err(error) => return Err(error),
        };
        if bytes.len() as u64 != entry.length {
            return Ok(Some("another length"));
        }
        let same = blake3::hash(&bytes).as_bytes() == entry.digest.as_bytes();
        Ok((!same).then_some("does not match its digest"))
    }

    fn verify_documents(&self, verified: &mut Verified) {
        let (mut before, mut last, mut next) = (None::<DocumentId>, Last::default(), 0);
        for number in 0..self.documents() {
            let read = (|| -> Result<Option<(&str, &str)>, IndexError> {
                let at = number as usize;
                let (id, chunks) = (self.document_id(number)?, self.chunks_of(number)?);
                let record = self.documents.record_after(at, &mut last)?;
                let problem = if before.as_ref().is_some_and(|before| *before >= id) {
                    Some((NAMES_FILE, "is out of order"))
                } else if chunks.start != next {
                    Some((DOCUMENTS_FILE, "has chunks of another"))
                } else if *self.class(number)? != Class::of(&record) {
                    Some((DOCUMENTS_FILE, "is of another class"))
                } else {
                    None
                };
                (next, before) = (chunks.end, Some(id));
                Ok(problem)
            })();
            match read {
                Ok(None) => verified.documents += 1,
                Ok(Some((file, detail))) => verified.problem(file, format!("document {number} {detail}")),
                Err(error) => verified.problem(RECORDS_FILE, format!("document {number}: {error}")),
            }
        }
        if next as usize != self.chunks() {
            verified.problem(DOCUMENTS_FILE, "its documents do not hold all chunks");
        }
    }

    fn verify_texts(&self, verified: &mut Verified) {
        let lengths = match self.postings.lengths() {
            Ok(lengths) => lengths,
            Err(error) => return verified.problem(LEXICAL_DIR, error.to_string()),
        };
        verified.postings = lengths.len() as u64;
        let mut before = None;
        for (at, length) in (0..self.chunks()).zip(&lengths) {
            let read = (|| -> Result<Option<(&str, &str)>, IndexError> {
                let Some(chunk) = self.chunk(at)? else { return Ok(Some((TEXTS_FILE, "has no text"))) };
                let document = self.document_of(at as u32)?;
                let row = self.table.field_and_terms(at)?;
                let place = (document, chunk.ordinal, chunk.id);
                let ordered = before.is_none_or(|before| before < place);
                before = Some(place);
                Ok(if self.documents.name_at(document as usize)? != chunk.document.as_str() {
                    Some((TEXTS_FILE, "names another document"))
                } else if !ordered {
                    Some((TABLE_FILE, "is out of order"))
                } else if row.is_none_or(|(field, _)| usize::from(field) >= self.file.fields.len()) {
                    Some((TABLE_FILE, "is of no field"))
                } else if row.map(|row| row.1) != Some(*length) {
                    Some((LEXICAL_DIR, "has another number of terms"))
                } else {
                    None
                })
            })();
            match read {
                Ok(None) => verified.chunks += 1,
                Ok(Some((file, detail))) => verified.problem(file, format!("chunk {at} {detail}")),
                Err(error) => verified.problem(TEXTS_FILE, format!("chunk {at}: {error}")),
            }
        }
        if lengths.len() != self.chunks() {
            verified.problem(LEXICAL_DIR, "it has another number of chunks");
        }
    }

    fn verify_vectors(&self, verified: &mut Verified) {
        let Some(vectors) = &self.vectors else { return };
        let shape = vectors.shape;
        for at in 0..self.chunks() {
            let result = (|| -> Result<Option<(&str, &'static str)>, IndexError> {
                let row = vectors.row(at)?;
                let again = Quantised::of(row.get(..shape.dimensions).unwrap_or_default(), shape)?;
                let signs = vectors.signs()?.get(at * shape.words..(at + 1) * shape.words);
                Ok(if vectors.bytes(at)? != again.bytes || vectors.scales()?.get(at) != Some(&again.scale) {
                    Some((QUANTISED_FILE, "does not follow from its vector"))
                } else if signs != Some(&again.signs) {
                    Some((SIGNS_FILE, "does not follow from its vector"))
                } else if (simd::dot(row, &again.row) - 1.0).abs() > 3e-3 {
                    Some((ROWS_FILE, "is not nearest to itself"))
                } else {
                    None
                })
            })();
            match result {
                Ok(None) => verified.vectors += 1,
                Ok(Some((file, detail))) => verified.problem(file, format!("chunk {at} {detail}")),
                Err(error) => verified.problem(ROWS_FILE, format!("chunk {at}: {error}")),
            }
        }
    }

    /// Searches as queries do, through an index of this segment alone.
    fn verify_search(&self, verified: &mut Verified) -> Result<(), IndexError> {
        let (Some(_), 1..) = (&self.vectors, self.chunks()) else { return Ok(()) };
        let index = Index::open(vec![(Arc::new(Self::open(&self.dir)?), Tombstones::none())])?;
        let places: Vec<usize> = spread(self.chunks(), SEARCHED).collect();
        let found =
            places.par_iter().map(|at| finds_itself(&index, *at)).collect::<Result<Vec<bool>, _>>()?;
        for (at, found) in places.into_iter().zip(found) {
            if found {
                verified.searched += 1;
            } else {
                verified.problem(SIGNS_FILE, format!("chunk {at} does not find itself"));
            }
        }
        if self.has_graph() { self.verify_graph(verified, &index) } else { Ok(()) }
    }

    fn verify_graph(&self, verified: &mut Verified, index: &Index) -> Result<(), IndexError> {
        let (mut found, mut wanted) = (0, 0);
        let places: Vec<usize> = spread(self.chunks(), WALKED).collect();
        for (at, other) in places.iter().zip(places.iter().cycle().skip(1)) {
            let vector = |at: usize| index.vector(ChunkRef { segment: 0, ordinal: at as u32 });
            let (Some(here), Some(there)) = (vector(*at)?, vector(*other)?) else { continue };
            let Some(between) = crate::dense::between(&here, &there) else { continue };
            let exact = nearest(index, &between, VectorSearch::Exact)?;
            let walk = nearest(index, &between, VectorSearch::Hnsw)?;
            let floor = exact.iter().filter_map(|hit| hit.dense).fold(f32::INFINITY, f32::min);
            wanted += exact.len();
            found += walk.iter().filter(|hit| hit.dense.is_some_and(|dense| dense >= floor)).count();
        }
        if wanted > 0 {
            let recall = found as f32 / wanted as f32;
            verified.graph_recall = Some(recall);
            if recall < LEAST_RECALL {
                verified.problem(GRAPH_FILE, format!("walks find {recall:.2} of the nearest chunks"));
            }
        }
        Ok(())
    }
}

/// Whether a scan for the vector of a chunk finds the chunk.
fn finds_itself(index: &Index, at: usize) -> Result<bool, IndexError> {
    let at = ChunkRef { segment: 0, ordinal: at as u32 };
    let Some(vector) = index.vector(at)? else { return Ok(false) };
    let itself = crate::dense::similarity(&vector, &vector);
    let found = nearest(index, &vector, VectorSearch::Scan)?;
    // Where many are identical the ids decide who comes first; one as near as itself will do.
    Ok(found.iter().any(|hit| hit.at == at || hit.dense.is_some_and(|dense| dense >= itself)))
}

/// The nearest chunks, as a query finds them.
fn nearest(index: &Index, vector: &[f32], search: VectorSearch) -> Result<Vec<Hit>, IndexError> {
    let (mask, candidates) = (index.everything(), NEIGHBOURS);
    let (text, vector, mask) = ("", Some(vector), &mask);
    let query = Query { text, vector, mask, candidates, k1: 0.9, b: 0.4, search, ef: WIDTH };
    Ok(index.search(&query)?.hits)
}

/// Up to `most` numbers below `count`, evenly spread.
fn spread(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let taken = count.min(most);
    (0..taken).map(move |at| at * count / taken)
}
