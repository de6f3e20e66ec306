//! The files of a segment, from what was spilled.

use std::fs;
use std::path::Path;

use haversack_model::{Chunk, Digest, frame};
use rayon::prelude::*;

use crate::IndexError;
use crate::analyzer::Terms;
use crate::blocks::{BlockWriter, Place};
use crate::builder::{SegmentSpec, SegmentSummary, sync_folder};
use crate::documents::DocumentWriter;
use crate::graph;
use crate::language::Language;
use crate::layout::{
    CHUNK, CLASSES, CLASSES_FILE, DOCUMENTS_FILE, FieldEntry, FileEntry, GRAPH_FILE, LEXICAL_DIR, NAMES_FILE,
    PAGES_FILE, RECORDS_FILE, SEGMENT, SEGMENT_FILE, SegmentFile, TABLE_FILE, TEXTS_FILE,
};
use crate::postings::PostingsWriter;
use crate::sink::{Sink, Written, write_file};
use crate::spill::{Pending, Spilled};
use crate::table::TableWriter;
use crate::vectors::VectorWriter;

/// Chunks that are analysed in parallel before they go to the one writer.
const BATCH: usize = 2_048;

/// What writing the chunks gave.
#[derive(Default)]
struct Chunks {
    /// Where each record stands.
    places: Vec<Place>,
    /// The length of each chunk in terms.
    lengths: Vec<u32>,
    /// Blocks of texts.
    blocks: u64,
}

/// The files of one segment while they are written.
pub(crate) struct Assembly<'a> {
    dir: &'a Path,
    spec: &'a SegmentSpec,
    spilled: Spilled,
    files: Vec<Written>,
}

impl<'a> Assembly<'a> {
    pub(crate) fn new(dir: &'a Path, spec: &'a SegmentSpec, spilled: Spilled) -> Self {
        Self { dir, spec, spilled, files: Vec::new() }
    }

    pub(crate) fn write(mut self) -> Result<SegmentSummary, IndexError> {
        let chunks = self.chunks()?;
        let record_blocks = self.documents()?;
        let vectors = self.vectors()?;
        let graph = self.graph()?;
        let fields = self.table(&chunks.places, &chunks.lengths)?;
        let file = SegmentFile {
            id: self.identity(vectors, graph),
            analyzer: self.spec.analyzer.version(),
            spec: self.spec.analyzer.spec().clone(),
            dimensions: self.spec.dimensions.map(|dimensions| dimensions as u32),
            chunks: self.spilled.pending.len() as u64,
            documents: self.spilled.documents.len() as u64,
            text_blocks: chunks.blocks,
            record_blocks,
            fields,
            longest: chunks.lengths.iter().copied().max().unwrap_or(0),
            graph,
            files: Vec::new(),
            pages: FileEntry { name: PAGES_FILE.to_owned(), length: 0, digest: Digest::of(b"") },
            page_digests: Vec::new(),
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
        (file.pages, file.page_digests) = write_file(self.dir, PAGES_FILE, &pages)?;
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

    /// Writes chunk records and the inverted index.
    fn chunks(&mut self) -> Result<Chunks, IndexError> {
        let languages: Vec<Language> = self
            .spilled
            .fields
            .iter()
            .map(|name| Language::of_field(name).unwrap_or(Language::NONE))
            .collect();
        let mut texts = BlockWriter::new(Sink::create(self.dir, TEXTS_FILE)?);
        let mut postings = PostingsWriter::new(&self.spilled.fields)?;
        let mut chunks = Chunks::default();
        for batch in self.spilled.pending.chunks(BATCH) {
            let read = |pending: &Pending| Ok((*pending, self.spilled.records.get(pending.record)?.to_vec()));
            let records: Vec<(Pending, Vec<u8>)> =
                batch.iter().map(read).collect::<Result<_, IndexError>>()?;
            for (_, record) in &records {
                chunks.places.push(texts.push(record)?);
            }
            // Analysis runs in parallel; the order in which the writer sees it does not depend on that.
            let pipelines = || languages.iter().map(|of| self.spec.analyzer.pipeline(of)).collect::<Vec<_>>();
            let analysed: Vec<Terms> = records
                .par_iter()
                .map_init(pipelines, |pipelines, (pending, record)| analyse(pipelines, pending, record))
                .collect::<Result<_, _>>()?;
            for ((pending, _), terms) in records.iter().zip(&analysed) {
                postings.push(usize::from(pending.field), &terms.joined)?;
                chunks.lengths.push(terms.count);
            }
        }
        let (file, blocks) = texts.finish()?;
        self.files.push(file);
        chunks.blocks = blocks;
        let folder = self.dir.join(LEXICAL_DIR);
        fs::create_dir(&folder).map_err(IndexError::io(&folder))?;
        postings.finish(|name, bytes| {
            self.files.push(write_file(self.dir, &format!("{LEXICAL_DIR}/{name}"), bytes)?);
            Ok(())
        })?;
        Ok(chunks)
    }

    /// Writes what is known of documents; returns the number of blocks.
    fn documents(&mut self) -> Result<u64, IndexError> {
        let mut writer = BlockWriter::new(Sink::create(self.dir, RECORDS_FILE)?);
        let mut columns = DocumentWriter::default();
        let mut first = 0;
        for (number, document) in (0..).zip(&self.spilled.documents) {
            let place = writer.push(self.spilled.documented.get(document.record)?)?;
            columns.push(&document.id, first as u32, document.class, place);
            let rest = self.spilled.pending.get(first..).unwrap_or_default();
            first += rest.iter().take_while(|pending| pending.document == number).count();
        }
        let (file, blocks) = writer.finish()?;
        self.files.push(file);
        let (table, names) = columns.finish(first as u32)?;
        self.files.push(write_file(self.dir, DOCUMENTS_FILE, &table)?);
        self.files.push(write_file(self.dir, NAMES_FILE, &names)?);
        let classes =
            frame::encode(CLASSES, &self.spilled.classes).map_err(IndexError::frame(CLASSES_FILE))?;
        self.files.push(write_file(self.dir, CLASSES_FILE, &classes)?);
        Ok(blocks)
    }

    /// Writes the columns of the chunks; returns the sums of each field.
    fn table(&mut self, places: &[Place], lengths: &[u32]) -> Result<Vec<FieldEntry>, IndexError> {
        let mut table = TableWriter::default();
        let names = self.spilled.fields.iter();
        let mut fields: Vec<FieldEntry> =
            names.map(|name| FieldEntry { name: name.clone(), chunks: 0, terms: 0 }).collect();
        for ((pending, place), terms) in self.spilled.pending.iter().zip(places).zip(lengths) {
            table.push(pending, *place, *terms);
            fields[usize::from(pending.field)].chunks += 1;
            fields[usize::from(pending.field)].terms += u64::from(*terms);
        }
        self.files.push(write_file(self.dir, TABLE_FILE, &table.bytes())?);
        Ok(fields)
    }

    /// Writes the vectors; returns the digest of the full-precision ones.
    fn vectors(&mut self) -> Result<Option<Digest>, IndexError> {
        let Some(dimensions) = self.spec.dimensions else { return Ok(None) };
        let mut writer = VectorWriter::create(self.dir, dimensions)?;
        for pending in &self.spilled.pending {
            let bytes = self.spilled.vectors.get(pending.vector)?;
            let vector: Vec<f32> =
                bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
            writer.push(&vector)?;
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

    /// `BLAKE3("haversack segment v2" || 0x00 || analyzer || 0x00 || dimensions:u64le || graph:u8 || documents:u64le ||
    /// chunks:u64le || digest of the vectors, if any || for each document: checksum of its record || for each chunk:
    /// checksum of its record, field name, 0x00, both token counts:u32le)`, where the checksum of a record is the last 16
    /// bytes of its frame.
    fn identity(&self, vectors: Option<Digest>, graph: bool) -> Digest {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"haversack segment v2\0");
        hasher.update(self.spec.analyzer.version().as_bytes());
        hasher.update(b"\0");
        hasher.update(&(self.spec.dimensions.unwrap_or(0) as u64).to_le_bytes());
        hasher.update(&[u8::from(graph)]);
        hasher.update(&(self.spilled.documents.len() as u64).to_le_bytes());
        hasher.update(&(self.spilled.pending.len() as u64).to_le_bytes());
        hasher.update(vectors.as_ref().map_or(&[][..], |digest| digest.as_bytes()));
        for document in &self.spilled.documents {
            hasher.update(&document.checksum);
        }
        for pending in &self.spilled.pending {
            hasher.update(&pending.checksum);
            hasher.update(self.spilled.fields[usize::from(pending.field)].as_bytes());
            hasher.update(b"\0");
            hasher.update(&pending.tokens[0].to_le_bytes());
            hasher.update(&pending.tokens[1].to_le_bytes());
        }
        Digest::from_bytes(*hasher.finalize().as_bytes())
    }
}

fn analyse(
    pipelines: &mut [tantivy::tokenizer::TextAnalyzer],
    pending: &Pending,
    record: &[u8],
) -> Result<Terms, IndexError> {
    let chunk: Chunk = frame::decode(CHUNK, record).map_err(IndexError::frame(TEXTS_FILE))?;
    let pipeline = pipelines.get_mut(usize::from(pending.field));
    Ok(pipeline.map(|pipeline| Terms::of(pipeline, &chunk.contextual_text())).unwrap_or_default())
}
