use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use haversack_model::{Chunk, Digest, DocumentId, DocumentRecord, frame};

use crate::blocks::Blocks;
use crate::documents::Documents;
use crate::graph::Graph;
use crate::layout::{
    CHUNK, Class, FileEntry, GRAPH_FILE, PAGE_DIGEST, PAGES_FILE, SEGMENT, SEGMENT_FILE, SegmentFile,
    TABLE_FILE, TEXTS_FILE,
};
use crate::paged::{Digests, Paged};
use crate::postings::Postings;
use crate::table::Table;
use crate::vectors::Vectors;
use crate::{Analyzer, IndexError};

/// An immutable set of documents and their chunks, with what is needed to find them.
///
/// Documents are numbered by id, chunks by document and position in it, so that the chunks of a document are one range.
/// Opening reads the segment file and maps the others; every other byte is compared with its digest, 16 kB at a time,
/// before it is used for the first time.
#[derive(Debug)]
pub struct Segment {
    pub(crate) dir: PathBuf,
    pub(crate) file: SegmentFile,
    pub(crate) analyzer: Analyzer,
    pub(crate) documents: Documents,
    pub(crate) table: Table,
    pub(crate) texts: Blocks,
    pub(crate) postings: Postings,
    pub(crate) vectors: Option<Vectors>,
    pub(crate) graph: Option<Graph>,
    /// The segment file itself.
    own: FileEntry,
}

impl Segment {
    /// Opens the segment in a folder, in time that depends on the number of its files alone.
    ///
    /// # Errors
    /// When a file is missing, of another length, or newer, when the segment file is damaged, or when this program's
    /// analyzer differs from the one that built it. Damage elsewhere is an error where it is read.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, IndexError> {
        let dir = dir.as_ref();
        let path = dir.join(SEGMENT_FILE);
        let bytes = fs::read(&path).map_err(IndexError::io(&path))?;
        let file = decode(&bytes)?;
        let analyzer = Analyzer::new(file.spec.clone())?;
        if analyzer.version() != file.analyzer {
            return Err(IndexError::Analyzer { expected: analyzer.version(), found: file.analyzer });
        }
        let large = || IndexError::damaged(SEGMENT_FILE, "it is too large");
        let chunks = u32::try_from(file.chunks).map_err(|_| large())? as usize;
        let documents = u32::try_from(file.documents).map_err(|_| large())? as usize;
        let mut files = open_files(dir, &file)?;
        let texts = Blocks::open(take(&mut files, TEXTS_FILE)?, file.text_blocks)?;
        let documents = Documents::open(documents, file.record_blocks, |name| take(&mut files, name))?;
        let table = Table::open(take(&mut files, TABLE_FILE)?, chunks)?;
        let vectors = match file.dimensions {
            None => None,
            Some(dimensions) => {
                Some(Vectors::open(dimensions as usize, chunks, |name| take(&mut files, name))?)
            }
        };
        let graph = if file.graph { Some(Graph::open(take(&mut files, GRAPH_FILE)?, chunks)?) } else { None };
        let postings = Postings::new(files, chunks);
        let digest = Digest::of(&bytes);
        let own = FileEntry { name: SEGMENT_FILE.to_owned(), length: bytes.len() as u64, digest };
        Ok(Self {
            dir: dir.to_owned(),
            file,
            analyzer,
            documents,
            table,
            texts,
            postings,
            vectors,
            graph,
            own,
        })
    }

    /// The files that a segment has beside its segment file, from the bytes of that file: what to fetch before a copy of it
    /// can be opened. All names are relative and stay within the folder.
    ///
    /// # Errors
    /// When the bytes are not a whole segment file of this format.
    pub fn listed(bytes: &[u8]) -> Result<Vec<FileEntry>, IndexError> {
        let mut file = decode(bytes)?;
        file.files.push(file.pages);
        Ok(file.files)
    }

    /// Identity of the logical content.
    #[must_use]
    pub fn id(&self) -> Digest {
        self.file.id
    }

    /// The folder that it was opened in.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Chunks, live or not.
    #[must_use]
    pub fn chunks(&self) -> usize {
        self.table.count()
    }

    /// Documents, live or not, with those that have no chunk.
    #[must_use]
    pub fn documents(&self) -> u32 {
        self.documents.count() as u32
    }

    /// Bytes on disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.entries().map(|entry| entry.length).sum()
    }

    /// The id of a document.
    ///
    /// # Errors
    /// [`IndexError::NoDocument`], or when its bytes are damaged.
    pub fn document_id(&self, document: u32) -> Result<DocumentId, IndexError> {
        self.documents.id(document as usize)
    }

    /// The number of a document; logarithmic in the number of documents.
    ///
    /// # Errors
    /// When bytes on the way are damaged.
    pub fn find(&self, id: &DocumentId) -> Result<Option<u32>, IndexError> {
        self.documents.find(id.as_str())
    }

    /// What was given of a document.
    ///
    /// # Errors
    /// [`IndexError::NoDocument`], or when its bytes are damaged.
    pub fn record(&self, document: u32) -> Result<DocumentRecord, IndexError> {
        self.documents.record(document as usize)
    }

    /// Labels, trust and language of a document, without reading its record.
    ///
    /// # Errors
    /// [`IndexError::NoDocument`], or when its bytes are damaged.
    pub fn class(&self, document: u32) -> Result<&Class, IndexError> {
        self.documents.class(document as usize)
    }

    /// Numbers of the chunks of a document, in their order.
    ///
    /// # Errors
    /// [`IndexError::NoDocument`], or when its bytes are damaged.
    pub fn chunks_of(&self, document: u32) -> Result<Range<u32>, IndexError> {
        self.documents.chunks(document as usize)
    }

    /// The document of a chunk; logarithmic in the number of documents.
    ///
    /// # Errors
    /// [`IndexError::NoChunk`], or when its bytes are damaged.
    pub fn document_of(&self, chunk: u32) -> Result<u32, IndexError> {
        if chunk as usize >= self.chunks() {
            return Err(IndexError::NoChunk { segment: 0, ordinal: chunk });
        }
        self.documents.of_chunk(chunk)
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
        let mut names: Vec<String> = self.entries().map(|entry| entry.name.clone()).collect();
        names.sort();
        names
    }

    /// All its files with lengths and digests: what a verified copy of the folder needs. The segment file comes last,
    /// since it makes a folder a segment.
    pub fn entries(&self) -> impl Iterator<Item = &FileEntry> {
        self.file.files.iter().chain([&self.file.pages, &self.own])
    }

    pub(crate) fn chunk(&self, at: usize) -> Result<Option<Chunk>, IndexError> {
        let Some(place) = self.table.place(at)? else { return Ok(None) };
        let chunk: Chunk = self.texts.read(CHUNK, place)?;
        if Some(chunk.id) != self.table.id(at)? {
            return Err(IndexError::damaged(TEXTS_FILE, "a record is that of another chunk"));
        }
        Ok(Some(chunk))
    }
}

pub(crate) fn decode(bytes: &[u8]) -> Result<SegmentFile, IndexError> {
    let file: SegmentFile = frame::decode(SEGMENT, bytes).map_err(IndexError::frame(SEGMENT_FILE))?;
    // A segment may come from elsewhere: no name leads out of its folder.
    let within = |entry: &FileEntry| {
        let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
        entry.name.split('/').all(plain) && entry.name != SEGMENT_FILE
    };
    if file.files.iter().chain([&file.pages]).all(within) {
        Ok(file)
    } else {
        Err(IndexError::damaged(SEGMENT_FILE, "it names a file outside of its folder"))
    }
}

fn open_files(dir: &Path, file: &SegmentFile) -> Result<BTreeMap<String, Paged>, IndexError> {
    let lacks = || IndexError::damaged(PAGES_FILE, "it has too few pages");
    if file.pages.name != PAGES_FILE
        || Some(file.page_digests.len()) != file.pages.pages().checked_mul(PAGE_DIGEST)
    {
        return Err(lacks());
    }
    let pages = Arc::new(Paged::open(dir, &file.pages, Digests::Held(file.page_digests.clone()))?);
    let mut from = 0_usize;
    let mut files = BTreeMap::new();
    for entry in &file.files {
        let to = entry.pages().checked_mul(PAGE_DIGEST).and_then(|bytes| from.checked_add(bytes));
        let to = to.filter(|to| *to <= pages.len()).ok_or_else(lacks)?;
        let digests = Digests::Filed(Arc::clone(&pages), from);
        files.insert(entry.name.clone(), Paged::open(dir, entry, digests)?);
        from = to;
    }
    Ok(files)
}

fn take(files: &mut BTreeMap<String, Paged>, name: &str) -> Result<Paged, IndexError> {
    files.remove(name).ok_or_else(|| IndexError::damaged(SEGMENT_FILE, "it lacks a file that it needs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let bytes =
            fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/v2/segment/segment")).unwrap();
        let file = decode(&bytes).unwrap();
        assert_eq!(Segment::listed(&bytes).unwrap().len(), file.files.len() + 1);
        for name in ["../a", "/a", "a/../../b", "", "a//b", "segment", "a\\b", "c:a", "./a"] {
            let mut bad = file.clone();
            bad.files[1].name = name.to_owned();
            let bytes = frame::encode(SEGMENT, &bad).unwrap();
            assert!(matches!(Segment::listed(&bytes), Err(IndexError::Damaged { .. })), "{name}");
        }
    }
}
