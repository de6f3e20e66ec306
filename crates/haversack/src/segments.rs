//! Writing segments: as many as the chunks need, each published under the name of its content.

use std::fs;
use std::sync::Arc;

use haversack_index::{
    ChunkInput, GraphRule, Index, MAX_CHUNKS, Segment, SegmentBuilder, SegmentSpec, Tombstones,
};
use haversack_model::{DocumentRecord, Manifest};
use haversack_store::Store;
use tempfile::TempDir;

use crate::build::analyzer;
use crate::index_meta::{Part, segment_path};
use crate::{Error, Progress, Stage};

/// Chunks after which a segment is closed at the next border between documents.
pub(crate) const FULL: usize = MAX_CHUNKS / 4;

/// A segment in use, with its dead documents.
pub(crate) struct Kept {
    pub part: Part,
    pub segment: Arc<Segment>,
}

impl Kept {
    /// The index of segments in use; nothing is read again.
    pub fn index(kept: &[Self]) -> Result<Index, Error> {
        let open = |kept: &Self| (Arc::clone(&kept.segment), kept.part.tombstones.clone());
        Ok(Index::open(kept.iter().map(open).collect())?)
    }
}

/// Writes chunks into segments.
pub(crate) struct SegmentWriter<'a> {
    store: &'a Store,
    spec: SegmentSpec,
    progress: &'a dyn Progress,
    open: Option<Open>,
    done: Vec<Kept>,
}

struct Open {
    scratch: TempDir,
    builder: SegmentBuilder,
    chunks: usize,
}

impl<'a> SegmentWriter<'a> {
    pub fn new(
        store: &'a Store,
        manifest: &Manifest,
        dimensions: Option<usize>,
        progress: &'a dyn Progress,
    ) -> Result<Self, Error> {
        let spec = SegmentSpec {
            analyzer: analyzer(&manifest.recipe)?,
            dimensions,
            graph: rule(manifest.recipe.retrieval.search),
        };
        Ok(Self { store, spec, progress, open: None, done: Vec::new() })
    }

    /// A writer of segments that are made as another one was.
    pub fn like(store: &'a Store, segment: &Segment, progress: &'a dyn Progress) -> Result<Self, Error> {
        let graph = if segment.has_graph() { GraphRule::Always } else { GraphRule::Never };
        let spec =
            SegmentSpec { analyzer: segment.analyzer().clone(), dimensions: segment.dimensions(), graph };
        Ok(Self { store, spec, progress, open: None, done: Vec::new() })
    }

    /// Begins a document; its chunks follow.
    pub fn document(&mut self, record: &DocumentRecord) -> Result<(), Error> {
        if self.open.as_ref().is_some_and(|open| open.chunks >= FULL) {
            self.close()?;
        }
        let open = match &mut self.open {
            Some(open) => open,
            none => {
                let folder = self.store.derived("segments");
                fs::create_dir_all(&folder).map_err(Error::io("create folder", &folder))?;
                let scratch = tempfile::Builder::new()
                    .prefix("building-")
                    .tempdir_in(&folder)
                    .map_err(Error::io("create a folder in", &folder))?;
                let builder = SegmentBuilder::new(scratch.path().join("segment"), self.spec.clone())?;
                none.insert(Open { scratch, builder, chunks: 0 })
            }
        };
        Ok(open.builder.document(record)?)
    }

    /// Adds a chunk of the document that was begun last.
    pub fn push(&mut self, input: &ChunkInput) -> Result<(), Error> {
        if let Some(open) = &mut self.open {
            if open.chunks.is_multiple_of(256) && self.progress.cancelled() {
                return Err(Error::Cancelled);
            }
            open.builder.push(input)?;
            open.chunks += 1;
        }
        Ok(())
    }

    /// Adds the live documents of an index, with their chunks.
    pub fn copy(&mut self, index: &Index) -> Result<(), Error> {
        for document in index.live_documents() {
            let record = index.record(document)?;
            self.document(&record)?;
            for at in index.chunks_of(document)? {
                self.push(&ChunkInput {
                    chunk: index.chunk(at)?,
                    language: record.language.clone(),
                    tokens: index.tokens(at)?,
                    vector: index.vector(at)?,
                })?;
            }
        }
        Ok(())
    }

    /// The segments written.
    pub fn finish(mut self) -> Result<Vec<Kept>, Error> {
        self.close()?;
        Ok(self.done)
    }

    fn close(&mut self) -> Result<(), Error> {
        let Some(Open { scratch, builder, chunks }) = self.open.take() else { return Ok(()) };
        self.progress.at(Stage::Index, 0, chunks as u64);
        let summary = builder.finish()?;
        let path = segment_path(self.store, summary.id);
        let segment = match sound(&path) {
            // The same content was indexed before, perhaps for another context: published files never change.
            Some(segment) => segment,
            None => {
                publish(&scratch, &path)?;
                haversack_store::sync_folder(&self.store.derived("segments"))?;
                Arc::new(Segment::open(&path)?)
            }
        };
        self.progress.at(Stage::Index, chunks as u64, chunks as u64);
        let part = Part { segment: summary.id, tombstones: Tombstones::none() };
        self.done.push(Kept { part, segment });
        Ok(())
    }
}

/// A segment that stands at a path with every byte as it was written.
fn sound(path: &std::path::Path) -> Option<Arc<Segment>> {
    let segment = Segment::open(path).ok()?;
    segment.verify().is_ok_and(|verified| verified.problems.is_empty()).then(|| Arc::new(segment))
}

/// Gives a finished segment its name; a damaged one of that name is moved out of the way first.
fn publish(scratch: &TempDir, path: &std::path::Path) -> Result<(), Error> {
    if path.exists() {
        let aside = scratch.path().join("damaged");
        fs::rename(path, &aside).map_err(Error::io("move away", path))?;
    }
    fs::rename(scratch.path().join("segment"), path).map_err(Error::io("rename to", path))
}

/// The graph rule of a recipe.
pub(crate) fn rule(search: haversack_model::VectorSearch) -> GraphRule {
    use haversack_model::VectorSearch;
    match search {
        VectorSearch::Hnsw => GraphRule::Always,
        VectorSearch::Auto => GraphRule::Auto,
        VectorSearch::Exact | VectorSearch::Scan => GraphRule::Never,
    }
}
