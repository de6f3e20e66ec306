//! Names and shapes of what stands in a segment's folder.

use haversack_model::frame::Kind;
use haversack_model::{Digest, DocumentId};
use serde::{Deserialize, Serialize};

use crate::AnalyzerSpec;

/// Bytes that are hashed together: reading one byte checks this many.
pub(crate) const PAGE: usize = 16 << 10;
/// Bytes of a page's digest (the first of BLAKE3).
pub(crate) const PAGE_DIGEST: usize = 16;

pub(crate) const SEGMENT: Kind = Kind::new(*b"SEGM", 1);
pub(crate) const CATALOG: Kind = Kind::new(*b"CATL", 1);
pub(crate) const CHUNK: Kind = Kind::new(*b"CHNK", 1);

/// The frame that makes a folder a segment; written last.
pub(crate) const SEGMENT_FILE: &str = "segment";
/// Page digests of every other file, in the order of the entries.
pub(crate) const PAGES_FILE: &str = "pages";
/// Document ids and text blocks (frame).
pub(crate) const CATALOG_FILE: &str = "catalog";
/// Fixed-size columns of the chunks.
pub(crate) const TABLE_FILE: &str = "table";
/// Compressed blocks of chunk records.
pub(crate) const TEXTS_FILE: &str = "texts";
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

/// A file of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    /// Path within the segment, with `/`.
    pub(crate) name: String,
    /// Bytes.
    pub(crate) length: u64,
    /// BLAKE3 of the whole.
    pub(crate) digest: Digest,
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
    /// Documents.
    pub(crate) documents: u64,
    /// Fields by name.
    pub(crate) fields: Vec<FieldEntry>,
    /// Length in terms of the longest chunk.
    pub(crate) longest: u32,
    /// Whether there is a graph.
    pub(crate) graph: bool,
    /// Every other file but `pages`, by name.
    pub(crate) files: Vec<FileEntry>,
    /// Digest of `pages`.
    pub(crate) pages: Digest,
}

/// What the `catalog` file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Catalog {
    /// Ids, ascending.
    pub(crate) documents: Vec<DocumentId>,
    /// Blocks of `texts`, in file order.
    pub(crate) blocks: Vec<Block>,
}

/// A compressed block of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Block {
    /// Where it begins in the file.
    pub(crate) at: u64,
    /// Its bytes there.
    pub(crate) packed: u32,
    /// Its bytes when decompressed.
    pub(crate) raw: u32,
}
