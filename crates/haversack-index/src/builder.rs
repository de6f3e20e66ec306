use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use haversack_model::{Chunk, Digest, DocumentRecord};

use crate::assembly::Assembly;
use crate::graph::GraphRule;
use crate::spill::Spill;
use crate::{Analyzer, IndexError};

/// Most chunks of one segment: what tantivy's writer holds in memory for one segment sets it.
pub const MAX_CHUNKS: usize = 2_000_000;

/// How a segment is built.
#[derive(Debug, Clone)]
pub struct SegmentSpec {
    /// Text to terms.
    pub analyzer: Analyzer,
    /// Dimensions of the vectors; none builds a segment without vectors.
    pub dimensions: Option<usize>,
    /// Whether to build an HNSW graph.
    pub graph: GraphRule,
}

/// A chunk to index.
#[derive(Debug, Clone, PartialEq)]
pub struct ChunkInput {
    /// The chunk.
    pub chunk: Chunk,
    /// ISO 639 code of its document's language, where known.
    pub language: Option<String>,
    /// Tokens of its text in two tokenizers of the caller's choice; kept and given back.
    pub tokens: [u32; 2],
    /// Its unit vector; required exactly when the segment has dimensions.
    pub vector: Option<Vec<f32>>,
}

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentSummary {
    /// Identity of the logical content: documents, chunks, languages, token counts, vectors, analyzer; never of
    /// tantivy's bytes.
    pub id: Digest,
    /// Chunks.
    pub chunks: usize,
    /// Documents, with those that have no chunk.
    pub documents: usize,
    /// Bytes on disk.
    pub bytes: u64,
    /// Whether there is a graph.
    pub graph: bool,
}

/// Builds one segment, document by document, in any order.
///
/// Records, texts and vectors go to temporary files; of a chunk some 90 bytes stay in memory, of a document its id, until
/// [`finish`](Self::finish), which also holds the postings.
///
/// ```
/// use haversack_index::{Analyzer, AnalyzerSpec, ChunkInput, GraphRule, Segment, SegmentBuilder, SegmentSpec};
/// use haversack_model::{Chunk, ChunkId, ChunkKind, Digest, DocumentId, DocumentRecord, Lines, Media, Span, Trust};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let analyzer = Analyzer::new(AnalyzerSpec::default())?;
/// let spec = SegmentSpec { analyzer, dimensions: Some(2), graph: GraphRule::Never };
/// let mut builder = SegmentBuilder::new(folder.path().join("a"), spec)?;
/// let (document, text): (DocumentId, _) = ("docs/a.md".parse()?, "How to rotate the signing key.".to_owned());
/// let span = Span::new(0, text.len());
/// builder.document(&DocumentRecord {
///     id: document.clone(), text: Digest::of(text.as_bytes()), bytes: text.len() as u64, body: 0,
///     media: Media::Markdown, title: "Keys".to_owned(), language: Some("en".to_owned()),
///     labels: Default::default(), trust: Trust::Standard, metadata: Default::default(),
/// })?;
/// builder.push(&ChunkInput {
///     chunk: Chunk {
///         id: ChunkId::of(&document, span, &[], &text),
///         document, ordinal: 0, span, lines: Lines { first: 1, last: 1 },
///         breadcrumb: vec![], kind: ChunkKind::Prose, text,
///     },
///     language: Some("en".to_owned()),
///     tokens: [7, 7],
///     vector: Some(vec![0.6, 0.8]),
/// })?;
/// let summary = builder.finish()?;
/// assert_eq!(Segment::open(folder.path().join("a"))?.id(), summary.id);
/// # Ok(())
/// # }
/// ```
pub struct SegmentBuilder {
    dir: PathBuf,
    temporary: PathBuf,
    spec: SegmentSpec,
    spill: Option<Spill>,
}

impl SegmentBuilder {
    /// Begins a segment that will stand in `dir`, whose parent must exist and which must not exist itself.
    ///
    /// Until it is finished it is written beside, in `.<name>.tmp-<process>-<number>`; a builder that is dropped
    /// removes that folder, a killed process leaves it.
    ///
    /// # Errors
    /// [`IndexError::Exists`], [`IndexError::Io`].
    pub fn new(dir: impl Into<PathBuf>, spec: SegmentSpec) -> Result<Self, IndexError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let dir = dir.into();
        if dir.exists() {
            return Err(IndexError::Exists(dir));
        }
        let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let temporary = dir.with_file_name(format!(".{name}.tmp-{}-{number}", std::process::id()));
        fs::create_dir(&temporary).map_err(IndexError::io(&temporary))?;
        let spill = Spill::create(&temporary, spec.dimensions);
        let mut builder = Self { dir, temporary, spec, spill: None };
        builder.spill = Some(spill?);
        Ok(builder)
    }

    /// Begins a document, whose chunks follow; it may have none.
    ///
    /// # Errors
    /// When there are too many documents, or when it cannot be written.
    pub fn document(&mut self, record: &DocumentRecord) -> Result<(), IndexError> {
        let Some(spill) = &mut self.spill else { return Ok(()) };
        if spill.documents() >= MAX_CHUNKS {
            return Err(IndexError::TooLarge { limit: MAX_CHUNKS });
        }
        spill.document(record)
    }

    /// Adds a chunk of the document begun last.
    ///
    /// # Errors
    /// When it belongs to another document, when its vector is missing, unwanted, not finite or not of length 1, when there
    /// are too many chunks, or when it cannot be written.
    pub fn push(&mut self, input: &ChunkInput) -> Result<(), IndexError> {
        let Some(spill) = &mut self.spill else { return Ok(()) };
        if spill.pending.len() >= MAX_CHUNKS {
            return Err(IndexError::TooLarge { limit: MAX_CHUNKS });
        }
        spill.push(input, &self.spec.analyzer)
    }

    /// Writes the segment, brings it to the disk, and gives its folder its name as the last step.
    ///
    /// # Errors
    /// [`IndexError::DuplicateChunk`], [`IndexError::DuplicateDocument`], or when something cannot be written; the folder then does not exist.
    pub fn finish(mut self) -> Result<SegmentSummary, IndexError> {
        let Some(spill) = self.spill.take() else { return Err(IndexError::Exists(self.dir.clone())) };
        let spilled = spill.close()?;
        let summary = Assembly::new(&self.temporary, &self.spec, spilled).write()?;
        sync_folder(&self.temporary)?;
        if self.dir.exists() {
            return Err(IndexError::Exists(self.dir.clone()));
        }
        fs::rename(&self.temporary, &self.dir).map_err(IndexError::io(&self.dir))?;
        if let Some(parent) = self.dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync_folder(parent)?;
        }
        Ok(summary)
    }
}

impl Drop for SegmentBuilder {
    fn drop(&mut self) {
        self.spill = None;
        // After a finished build it is gone already; otherwise what remains is rubbish whose removal may fail.
        let _ = fs::remove_dir_all(&self.temporary);
    }
}

pub(crate) fn sync_folder(path: &Path) -> Result<(), IndexError> {
    // Folders cannot be opened on Windows, where renames are ordered by the journal.
    if cfg!(unix) {
        fs::File::open(path).and_then(|folder| folder.sync_all()).map_err(IndexError::io(path))?;
    }
    Ok(())
}
