use std::path::PathBuf;

use haversack_model::frame::FrameError;
use haversack_model::{ChunkId, DocumentId};

/// Why a segment could not be built, opened or searched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// A file or folder could not be read or written.
    #[error("cannot read or write {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A small file is truncated, damaged, foreign or newer than this program.
    #[error("`{file}` of a segment cannot be used")]
    Frame {
        /// Name within the segment.
        file: String,
        /// What is wrong with it.
        source: FrameError,
    },
    /// A file has another length than the segment says.
    #[error("`{file}` of a segment has {found} bytes instead of {expected}")]
    Length {
        /// Name within the segment.
        file: String,
        /// Length when it was built.
        expected: u64,
        /// Length now.
        found: u64,
    },
    /// Bytes of a file are not those that were built.
    #[error("`{file}` of a segment is damaged: {detail}")]
    Damaged {
        /// Name within the segment.
        file: String,
        /// What was found.
        detail: &'static str,
    },
    /// The inverted index reported an error.
    #[error("inverted index failed")]
    Lexical(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A folder stands where the segment should be written.
    #[error("{} already exists", .0.display())]
    Exists(PathBuf),
    /// The same chunk was given twice.
    #[error("chunk {0} was given twice")]
    DuplicateChunk(ChunkId),
    /// The same document was given twice.
    #[error("document `{0}` was given twice")]
    DuplicateDocument(DocumentId),
    /// A chunk was given that is not of the document begun last.
    #[error("chunk {chunk} belongs to `{document}`, which is not the document begun last")]
    OtherDocument {
        /// The chunk.
        chunk: ChunkId,
        /// Its document.
        document: DocumentId,
        /// The document begun last.
        current: Option<DocumentId>,
    },
    /// A vector cannot be indexed or searched with.
    #[error("vector cannot be used: {0}")]
    Vector(#[from] VectorError),
    /// Segments of one index, or a segment and this program, analyse text in different ways.
    #[error("segment was built with analyzer `{found}`, expected `{expected}`; build it again")]
    Analyzer {
        /// Version wanted.
        expected: String,
        /// Version of the segment.
        found: String,
    },
    /// A language code that is no code.
    #[error("`{0}` is not a language code (two or three letters, `auto` or `none`)")]
    Language(String),
    /// A mask that another index made.
    #[error("mask belongs to another index")]
    ForeignMask,
    /// A reference to a chunk that the index does not hold.
    #[error("no chunk at segment {segment}, ordinal {ordinal}")]
    NoChunk {
        /// Segment number.
        segment: u32,
        /// Chunk number.
        ordinal: u32,
    },
    /// A number that no document of the segment has.
    #[error("no document {number}: the segment holds {documents}")]
    NoDocument {
        /// The number.
        number: u32,
        /// Documents of the segment.
        documents: u32,
    },
    /// BM25 parameters out of range: k1 in [0, 10], b in [0, 1].
    #[error("k1 {k1} or b {b} is out of range (k1 in [0, 10], b in [0, 1])")]
    Parameters {
        /// Term saturation.
        k1: f64,
        /// Length normalisation.
        b: f64,
    },
    /// More than a segment may hold.
    #[error("a segment holds at most {limit} chunks and as many documents; build several")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
}

/// What is wrong with a vector.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VectorError {
    /// The chunk has none although the segment has vectors.
    #[error("missing")]
    Missing,
    /// There is one although the index has no vectors.
    #[error("given to an index without vectors")]
    Unexpected,
    /// It has another number of dimensions.
    #[error("{found} dimensions instead of {expected}")]
    Dimensions {
        /// Dimensions of the segment.
        expected: usize,
        /// Dimensions given.
        found: usize,
    },
    /// A component is NaN or infinite.
    #[error("component {0} is not finite")]
    NotFinite(usize),
    /// Its length differs from 1 by more than 0.001; a zero vector has length 0.
    #[error("length is {0} instead of 1")]
    NotUnit(f32),
}

impl IndexError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn frame(file: &str) -> impl FnOnce(FrameError) -> Self {
        let file = file.to_owned();
        move |source| Self::Frame { file, source }
    }

    pub(crate) fn damaged(file: &str, detail: &'static str) -> Self {
        Self::Damaged { file: file.to_owned(), detail }
    }

    pub(crate) fn lexical(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Lexical(Box::new(error))
    }
}

/// Something that [`Segment::verify`](crate::Segment::verify) or [`Index::verify`](crate::Index::verify) found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File within the segment; `index` for what concerns several segments.
    pub file: String,
    /// What is wrong, as a lower-case fragment.
    pub detail: String,
}
