use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use haversack_model::{Chunk, Digest, frame};
use rayon::prelude::*;

use crate::analyzer::Terms;
use crate::graph::{self, GraphRule};
use crate::language::Language;
use crate::layout::{
    Block, CATALOG, CATALOG_FILE, CHUNK, Catalog, FieldEntry, GRAPH_FILE, LEXICAL_DIR, PAGES_FILE, SEGMENT,
    SEGMENT_FILE, SegmentFile, TABLE_FILE, TEXTS_FILE,
};
use crate::postings::PostingsWriter;
use crate::sink::{Sink, Written, write_file};
use crate::spill::{Pending, Spill, Spilled};
use crate::table::TableWriter;
use crate::texts::{Place, TextWriter};
use crate::vectors::VectorWriter;
use crate::{Analyzer, IndexError};

/// Most chunks of one segment: what tantivy's writer holds in memory for one segment sets it.
pub const MAX_CHUNKS: usize = 2_000_000;

/// Chunks that are analysed in parallel before they go to the one writer.
const BATCH: usize = 2_048;

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
    /// Identity of the logical content: chunks, languages, token counts, vectors, analyzer; never of tantivy's bytes.
    pub id: Digest,
    /// Chunks.
    pub chunks: usize,
    /// Documents.
    pub documents: usize,
    /// Bytes on disk.
    pub bytes: u64,
    /// Whether there is a graph.
    pub graph: bool,
}

/// Builds one segment, chunk by chunk, in any order.
///
/// Texts and vectors go to temporary files; of a chunk some 60 bytes stay in memory until [`finish`](Self::finish),
/// which also holds the postings (about 1 GB for a million chunks of 200 terms).
///
/// ```
/// use haversack_index::{Analyzer, AnalyzerSpec, ChunkInput, GraphRule, Segment, SegmentBuilder, SegmentSpec};
/// use haversack_model::{Chunk, ChunkId, ChunkKind, Lines, Span};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let analyzer = Analyzer::new(AnalyzerSpec::default())?;
/// let spec = SegmentSpec { analyzer, dimensions: Some(2), graph: GraphRule::Never };
/// let mut builder = SegmentBuilder::new(folder.path().join("a"), spec)?;
/// let (document, text) = ("docs/a.md".parse()?, "How to rotate the signing key.".to_owned());
/// let span = Span::new(0, text.len());
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

    /// Adds a chunk.
    ///
    /// # Errors
    /// When its vector is missing, unwanted, not finite or not of length 1, when there are too many chunks, or when it
    /// cannot be written.
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
    /// [`IndexError::DuplicateChunk`], or when something cannot be written; the folder then does not exist.
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

fn sync_folder(path: &Path) -> Result<(), IndexError> {
    // Folders cannot be opened on Windows, where renames are ordered by the journal.
    if cfg!(unix) {
        fs::File::open(path).and_then(|folder| folder.sync_all()).map_err(IndexError::io(path))?;
    }
    Ok(())
}

/// The files of one segment while they are written.
struct Assembly<'a> {
    dir: &'a Path,
    spec: &'a SegmentSpec,
    spilled: Spilled,
    files: Vec<Written>,
}

impl<'a> Assembly<'a> {
    fn new(dir: &'a Path, spec: &'a SegmentSpec, spilled: Spilled) -> Self {
        Self { dir, spec, spilled, files: Vec::new() }
    }

    fn write(mut self) -> Result<SegmentSummary, IndexError> {
        let (places, blocks) = self.texts()?;
        let lengths = self.postings()?;
        let vectors = self.vectors()?;
        let graph = self.graph()?;
        let mut table = TableWriter::default();
        let mut fields: Vec<FieldEntry> = self
            .spilled
            .fields
            .iter()
            .map(|name| FieldEntry { name: name.clone(), chunks: 0, terms: 0 })
            .collect();
        for ((pending, place), terms) in self.spilled.pending.iter().zip(&places).zip(&lengths) {
            table.push(pending, *place, *terms);
            fields[usize::from(pending.field)].chunks += 1;
            fields[usize::from(pending.field)].terms += u64::from(*terms);
        }
        self.files.push(write_file(self.dir, TABLE_FILE, &table.bytes())?);
        let catalog = Catalog { documents: self.spilled.documents.clone(), blocks };
        let catalog = frame::encode(CATALOG, &catalog).map_err(IndexError::frame(CATALOG_FILE))?;
        self.files.push(write_file(self.dir, CATALOG_FILE, &catalog)?);

        let file = SegmentFile {
            id: self.identity(vectors, graph),
            analyzer: self.spec.analyzer.version(),
            spec: self.spec.analyzer.spec().clone(),
            dimensions: self.spec.dimensions.map(|dimensions| dimensions as u32),
            chunks: self.spilled.pending.len() as u64,
            documents: self.spilled.documents.len() as u64,
            fields,
            longest: lengths.iter().copied().max().unwrap_or(0),
            graph,
            files: Vec::new(),
            pages: Digest::of(b""),
        };
        self.seal(file)
    }

    /// Writes the page digests and, last, the segment file.
    fn seal(mut self, mut file: SegmentFile) -> Result<SegmentSummary, IndexError> {
        self.files.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        let mut pages = Vec::new();
        for (entry, digests) in self.files {
            pages.extend_from_slice(&digests);
            file.files.push(entry);
        }
        file.pages = write_file(self.dir, PAGES_FILE, &pages)?.0.digest;
        let bytes = frame::encode(SEGMENT, &file).map_err(IndexError::frame(SEGMENT_FILE))?;
        if file.files.iter().any(|entry| entry.name.starts_with(LEXICAL_DIR)) {
            sync_folder(&self.dir.join(LEXICAL_DIR))?;
        }
        self.spilled.remove()?;
        sync_folder(self.dir)?;
        write_file(self.dir, SEGMENT_FILE, &bytes)?;
        let listed: u64 = file.files.iter().map(|entry| entry.length).sum();
        Ok(SegmentSummary {
            id: file.id,
            chunks: file.chunks as usize,
            documents: file.documents as usize,
            bytes: listed + (pages.len() + bytes.len()) as u64,
            graph: file.graph,
        })
    }

    /// Writes records by document and position, so that neighbours share a block.
    fn texts(&mut self) -> Result<(Vec<Place>, Vec<Block>), IndexError> {
        let pending = &self.spilled.pending;
        let mut order: Vec<u32> = (0..pending.len() as u32).collect();
        order.sort_unstable_by_key(|at| {
            let chunk = &pending[*at as usize];
            (chunk.document, chunk.ordinal, chunk.id)
        });
        let mut places = vec![Place::default(); pending.len()];
        let mut writer = TextWriter::new(Sink::create(self.dir, TEXTS_FILE)?);
        for at in order {
            places[at as usize] = writer.push(self.spilled.record(&pending[at as usize]))?;
        }
        let (file, blocks) = writer.finish()?;
        self.files.push(file);
        Ok((places, blocks))
    }

    /// Writes the inverted index; returns the length of each chunk in terms.
    fn postings(&mut self) -> Result<Vec<u32>, IndexError> {
        let languages: Vec<Language> = self
            .spilled
            .fields
            .iter()
            .map(|name| Language::of_field(name).unwrap_or(Language::NONE))
            .collect();
        let mut writer = PostingsWriter::new(&self.spilled.fields)?;
        let mut lengths = Vec::with_capacity(self.spilled.pending.len());
        for batch in self.spilled.pending.chunks(BATCH) {
            // Analysis runs in parallel; the order in which the writer sees it does not depend on that.
            let analysed: Vec<Terms> = batch
                .par_iter()
                .map_init(
                    || {
                        languages
                            .iter()
                            .map(|language| self.spec.analyzer.pipeline(language))
                            .collect::<Vec<_>>()
                    },
                    |pipelines, pending| self.analyse(pipelines, pending),
                )
                .collect::<Result<_, _>>()?;
            for (pending, terms) in batch.iter().zip(&analysed) {
                writer.push(usize::from(pending.field), &terms.joined)?;
                lengths.push(terms.count);
            }
        }
        let folder = self.dir.join(LEXICAL_DIR);
        fs::create_dir(&folder).map_err(IndexError::io(&folder))?;
        for (name, bytes) in writer.finish()? {
            self.files.push(write_file(self.dir, &format!("{LEXICAL_DIR}/{name}"), &bytes)?);
        }
        Ok(lengths)
    }

    fn analyse(
        &self,
        pipelines: &mut [tantivy::tokenizer::TextAnalyzer],
        pending: &Pending,
    ) -> Result<Terms, IndexError> {
        let chunk: Chunk =
            frame::decode(CHUNK, self.spilled.record(pending)).map_err(IndexError::frame(TEXTS_FILE))?;
        let pipeline = pipelines.get_mut(usize::from(pending.field));
        Ok(pipeline.map(|pipeline| Terms::of(pipeline, &chunk.contextual_text())).unwrap_or_default())
    }

    /// Writes the vectors; returns the digest of the full-precision ones.
    fn vectors(&mut self) -> Result<Option<Digest>, IndexError> {
        let Some(dimensions) = self.spec.dimensions else { return Ok(None) };
        let mut writer = VectorWriter::create(self.dir, dimensions)?;
        for pending in &self.spilled.pending {
            writer.push(&self.spilled.vector(pending))?;
        }
        let files = writer.finish()?;
        let digest = files.first().map(|(entry, _)| entry.digest);
        self.files.extend(files);
        Ok(digest)
    }

    fn graph(&mut self) -> Result<bool, IndexError> {
        let count = self.spilled.pending.len();
        let Some(dimensions) = self.spec.dimensions.filter(|_| self.spec.graph.wants(count)) else {
            return Ok(false);
        };
        let bytes = graph::build(self.dir, dimensions, count)?;
        self.files.push(write_file(self.dir, GRAPH_FILE, &bytes)?);
        Ok(true)
    }

    /// `BLAKE3("haversack segment v1" || 0x00 || analyzer || 0x00 || dimensions:u64le || graph:u8 || digest of the
    /// vectors, if any || for each chunk: id, field name, 0x00, both token counts:u32le)`.
    fn identity(&self, vectors: Option<Digest>, graph: bool) -> Digest {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"haversack segment v1\0");
        hasher.update(self.spec.analyzer.version().as_bytes());
        hasher.update(b"\0");
        hasher.update(&(self.spec.dimensions.unwrap_or(0) as u64).to_le_bytes());
        hasher.update(&[u8::from(graph)]);
        hasher.update(vectors.as_ref().map_or(&[][..], |digest| digest.as_bytes()));
        for pending in &self.spilled.pending {
            hasher.update(pending.id.as_bytes());
            hasher.update(self.spilled.fields[usize::from(pending.field)].as_bytes());
            hasher.update(b"\0");
            hasher.update(&pending.tokens[0].to_le_bytes());
            hasher.update(&pending.tokens[1].to_le_bytes());
        }
        Digest::from_bytes(*hasher.finalize().as_bytes())
    }
}
