use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use haversack_model::{Chunk, Digest, DocumentId, frame};

use crate::graph::Graph;
use crate::layout::{
    CATALOG, CATALOG_FILE, Catalog, GRAPH_FILE, LEXICAL_DIR, PAGE_DIGEST, PAGES_FILE, SEGMENT, SEGMENT_FILE,
    SegmentFile, TABLE_FILE, TEXTS_FILE,
};
use crate::mmap::Mapped;
use crate::paged::Paged;
use crate::postings::Postings;
use crate::table::Table;
use crate::vectors::Vectors;
use crate::{Analyzer, IndexError, texts};

/// An immutable set of chunks with what is needed to find them.
///
/// Opening reads the segment file and the small tables; every other byte is compared with its digest, 16 kB at a
/// time, before it is used for the first time.
#[derive(Debug)]
pub struct Segment {
    pub(crate) dir: PathBuf,
    pub(crate) file: SegmentFile,
    pub(crate) analyzer: Analyzer,
    pub(crate) catalog: Catalog,
    pub(crate) table: Table,
    pub(crate) texts: Paged,
    pub(crate) postings: Postings,
    pub(crate) vectors: Option<Vectors>,
    pub(crate) graph: Option<Graph>,
}

impl Segment {
    /// Opens the segment in a folder.
    ///
    /// # Errors
    /// When a file is missing, truncated, damaged or newer, or when this program's analyzer differs from the one that
    /// built it.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, IndexError> {
        let dir = dir.as_ref();
        let path = dir.join(SEGMENT_FILE);
        let bytes = fs::read(&path).map_err(IndexError::io(&path))?;
        let file: SegmentFile = frame::decode(SEGMENT, &bytes).map_err(IndexError::frame(SEGMENT_FILE))?;
        let analyzer = Analyzer::new(file.spec.clone())?;
        if analyzer.version() != file.analyzer {
            return Err(IndexError::Analyzer { expected: analyzer.version(), found: file.analyzer });
        }
        let mut files = open_files(dir, &file)?;
        let catalog = take(&mut files, CATALOG_FILE)?;
        let catalog: Catalog =
            frame::decode(CATALOG, catalog.all()?).map_err(IndexError::frame(CATALOG_FILE))?;
        let count =
            usize::try_from(file.chunks).map_err(|_| IndexError::damaged(SEGMENT_FILE, "it is too large"))?;
        if catalog.documents.len() as u64 != file.documents {
            return Err(IndexError::damaged(CATALOG_FILE, "it has another number of documents"));
        }
        let table =
            Table::open(take(&mut files, TABLE_FILE)?, count, catalog.documents.len(), file.fields.len())?;
        let texts = take(&mut files, TEXTS_FILE)?;
        let vectors = match file.dimensions {
            None => None,
            Some(dimensions) => {
                Some(Vectors::open(dimensions as usize, count, |name| take(&mut files, name))?)
            }
        };
        let graph = if file.graph { Some(Graph::open(take(&mut files, GRAPH_FILE)?, count)?) } else { None };
        let lexical: BTreeMap<String, Arc<Paged>> =
            files.into_iter().map(|(name, file)| (name, Arc::new(file))).collect();
        let postings = Postings::open(&lexical)?;
        if postings.documents() as usize != count {
            return Err(IndexError::damaged(LEXICAL_DIR, "it has another number of chunks"));
        }
        Ok(Self { dir: dir.to_owned(), file, analyzer, catalog, table, texts, postings, vectors, graph })
    }

    /// Identity of the logical content.
    #[must_use]
    pub fn id(&self) -> Digest {
        self.file.id
    }

    /// Chunks, live or not.
    #[must_use]
    pub fn chunks(&self) -> usize {
        self.table.ids().len()
    }

    /// Documents, live or not, ascending.
    #[must_use]
    pub fn documents(&self) -> &[DocumentId] {
        &self.catalog.documents
    }

    /// Dimensions of its vectors.
    #[must_use]
    pub fn dimensions(&self) -> Option<usize> {
        self.vectors.as_ref().map(|vectors| vectors.shape.dimensions)
    }

    /// Text to terms, as it was built.
    #[must_use]
    pub fn analyzer(&self) -> &Analyzer {
        &self.analyzer
    }

    /// Whether it has a graph.
    #[must_use]
    pub fn has_graph(&self) -> bool {
        self.graph.is_some()
    }

    /// Names of all its files, sorted, with the segment file: what a copy of the folder needs.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = self.file.files.iter().map(|entry| entry.name.clone()).collect();
        names.extend([PAGES_FILE.to_owned(), SEGMENT_FILE.to_owned()]);
        names.sort();
        names
    }

    pub(crate) fn chunk(&self, at: usize) -> Result<Option<Chunk>, IndexError> {
        let Some(place) = self.table.place(at) else { return Ok(None) };
        let chunk = texts::read(&self.texts, &self.catalog.blocks, place)?;
        if Some(chunk.id) != self.table.id(at) {
            return Err(IndexError::damaged(TEXTS_FILE, "a record is that of another chunk"));
        }
        Ok(Some(chunk))
    }

    pub(crate) fn document(&self, at: usize) -> Option<&DocumentId> {
        self.catalog.documents.get(*self.table.documents().get(at)? as usize)
    }
}

fn open_files(dir: &Path, file: &SegmentFile) -> Result<BTreeMap<String, Paged>, IndexError> {
    let pages = Mapped::open(&dir.join(PAGES_FILE))?;
    if Digest::of(&pages) != file.pages {
        return Err(IndexError::damaged(PAGES_FILE, "it does not match its digest"));
    }
    let mut from = 0_usize;
    let mut files = BTreeMap::new();
    for entry in &file.files {
        let to = entry.pages().checked_mul(PAGE_DIGEST).and_then(|bytes| from.checked_add(bytes));
        let digests = to
            .and_then(|to| pages.get(from..to))
            .ok_or_else(|| IndexError::damaged(PAGES_FILE, "it has too few pages"))?;
        files.insert(entry.name.clone(), Paged::open(dir, entry, digests)?);
        from += digests.len();
    }
    Ok(files)
}

fn take(files: &mut BTreeMap<String, Paged>, name: &str) -> Result<Paged, IndexError> {
    files.remove(name).ok_or_else(|| IndexError::damaged(SEGMENT_FILE, "it lacks a file that it needs"))
}
