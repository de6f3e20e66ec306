//! Names and shapes of what stands in a segment's folder.

use std::collections::BTreeSet;

use haversack_model::frame::Kind;
use haversack_model::{Digest, DocumentRecord, Label, Trust};
use serde::{Deserialize, Serialize};

use crate::AnalyzerSpec;

/// Bytes that are hashed together: reading one byte checks this many.
pub(crate) const PAGE: usize = 16 << 10;
/// Bytes of a page's digest (the first of BLAKE3).
pub(crate) const PAGE_DIGEST: usize = 16;

pub(crate) const SEGMENT: Kind = Kind::new(*b"SEGM", 2);
pub(crate) const CLASSES: Kind = Kind::new(*b"CLAS", 2);
pub(crate) const CHUNK: Kind = Kind::new(*b"CHNK", 2);
pub(crate) const RECORD: Kind = Kind::new(*b"DOCR", 2);

/// The frame that makes a folder a segment; written last.
pub(crate) const SEGMENT_FILE: &str = "segment";
/// Page digests of every other file, in the order of the entries.
pub(crate) const PAGES_FILE: &str = "pages";
/// Fixed-size columns of the chunks.
pub(crate) const TABLE_FILE: &str = "table";
/// Compressed blocks of chunk records.
pub(crate) const TEXTS_FILE: &str = "texts";
/// Fixed-size columns of the documents.
pub(crate) const DOCUMENTS_FILE: &str = "documents";
/// Document ids, one after the other.
pub(crate) const NAMES_FILE: &str = "names";
/// Distinct classes of documents (frame).
pub(crate) const CLASSES_FILE: &str = "classes";
/// Compressed blocks of document records.
pub(crate) const RECORDS_FILE: &str = "records";
/// Full-precision vectors.
pub(crate) const ROWS_FILE: &str = "rows";
/// Vectors in eight bits a component.
pub(crate) const QUANTISED_FILE: &str = "quantised";
/// The factor of each quantised vector.
pub(crate) const SCALES_FILE: &str = "scales";
/// The sign of each component.
pub(crate) const SIGNS_FILE: &str = "signs";
/// Neighbour lists.
pub(crate) const GRAPH_FILE: &str = "graph";
/// Folder of the inverted index.
pub(crate) const LEXICAL_DIR: &str = "lexical";

/// What decides, for many documents alike, whether a reader may see them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Class {
    /// Restrictions on readers; empty means everyone.
    pub labels: BTreeSet<Label>,
    /// How far to believe it.
    pub trust: Trust,
    /// ISO 639-1 code of the natural language, where known.
    pub language: Option<String>,
}

impl Class {
    /// The class of a document.
    #[must_use]
    pub fn of(record: &DocumentRecord) -> Self {
        Self { labels: record.labels.clone(), trust: record.trust, language: record.language.clone() }
    }
}

/// A file of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Path within the segment, with `/`.
    pub name: String,
    /// Bytes.
    pub length: u64,
    /// BLAKE3 of the whole.
    pub digest: Digest,
}

impl FileEntry {
    pub(crate) fn pages(&self) -> usize {
        usize::try_from(self.length.div_ceil(PAGE as u64)).unwrap_or(usize::MAX)
    }
}

/// The field of one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FieldEntry {
    /// `text_<language>`.
    pub(crate) name: String,
    /// Chunks in it.
    pub(crate) chunks: u64,
    /// Sum of their lengths in terms.
    pub(crate) terms: u64,
}

/// What the `segment` file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SegmentFile {
    /// Identity of the logical content.
    pub(crate) id: Digest,
    /// Identity of the analyzer.
    pub(crate) analyzer: String,
    /// What the analyzer is made of.
    pub(crate) spec: AnalyzerSpec,
    /// Dimensions of the vectors; none without vectors.
    pub(crate) dimensions: Option<u32>,
    /// Chunks.
    pub(crate) chunks: u64,
    /// Documents, with those that have no chunk.
    pub(crate) documents: u64,
    /// Blocks of `texts`.
    pub(crate) text_blocks: u64,
    /// Blocks of `records`.
    pub(crate) record_blocks: u64,
    /// Fields by name.
    pub(crate) fields: Vec<FieldEntry>,
    /// Length in terms of the longest chunk.
    pub(crate) longest: u32,
    /// Whether there is a graph.
    pub(crate) graph: bool,
    /// Every other file but `pages`, by name.
    pub(crate) files: Vec<FileEntry>,
    /// The file of page digests.
    pub(crate) pages: FileEntry,
    /// The digests of the pages of `pages`.
    pub(crate) page_digests: Vec<u8>,
}
