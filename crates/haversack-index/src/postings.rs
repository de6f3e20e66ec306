//! Terms to chunks: the only module, with `directory` and the analyzer, that knows tantivy.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tantivy::directory::RamDirectory;
use tantivy::indexer::SingleSegmentIndexWriter;
use tantivy::postings::{BlockSegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer, TokenizerManager};
use tantivy::{Directory, Index, IndexSettings, InvertedIndexReader, SegmentReader, TantivyDocument, Term};

use crate::IndexError;
use crate::directory::ReadOnly;
use crate::layout::LEXICAL_DIR;
use crate::paged::Paged;

/// Bytes with which the writer sizes its hash table; it grows as needed.
const WRITER_BYTES: usize = 64 << 20;

/// Collects the terms of chunks in the order of their ordinals.
///
/// One writer without threads and one tantivy segment, so that tantivy's document number is the ordinal.
pub(crate) struct PostingsWriter {
    directory: RamDirectory,
    writer: SingleSegmentIndexWriter,
    fields: Vec<Field>,
}

impl PostingsWriter {
    pub(crate) fn new(names: &[String]) -> Result<Self, IndexError> {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("terms")
            .set_index_option(IndexRecordOption::WithFreqs)
            .set_fieldnorms(false);
        let options = TextOptions::default().set_indexing_options(indexing);
        let mut schema = Schema::builder();
        let fields = names.iter().map(|name| schema.add_text_field(name, options.clone())).collect();
        let tokenizers = TokenizerManager::new();
        tokenizers.register("terms", Separated::default());
        let directory = RamDirectory::create();
        let writer = Index::builder()
            .schema(schema.build())
            .settings(IndexSettings {
                docstore_compression: tantivy::store::Compressor::None,
                ..Default::default()
            })
            .tokenizers(tokenizers)
            .single_segment_index_writer(directory.clone(), WRITER_BYTES)
            .map_err(IndexError::lexical)?;
        Ok(Self { directory, writer, fields })
    }

    /// Adds the next chunk; `terms` are those of [`Terms::joined`](crate::analyzer::Terms).
    pub(crate) fn push(&mut self, field: usize, terms: &str) -> Result<(), IndexError> {
        let mut document = TantivyDocument::new();
        if let Some(field) = self.fields.get(field) {
            document.add_text(*field, terms);
        }
        self.writer.add_document(document).map_err(IndexError::lexical)
    }

    /// Gives the files of the inverted index away, by name; they are not copied.
    pub(crate) fn finish(
        self,
        mut write: impl FnMut(&str, &[u8]) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let index = self.writer.finalize().map_err(IndexError::lexical)?;
        let mut names: Vec<PathBuf> = index.directory().list_managed_files().into_iter().collect();
        names.push(PathBuf::from("meta.json"));
        names.sort();
        names.dedup();
        for name in names {
            if !self.directory.exists(&name).map_err(IndexError::lexical)? {
                continue;
            }
            // Read beneath tantivy's managed directory, which would hide the footers of its files.
            let handle = self.directory.get_file_handle(&name).map_err(IndexError::lexical)?;
            let bytes = handle.read_bytes(0..handle.len()).map_err(IndexError::lexical)?;
            write(&name.to_string_lossy(), bytes.as_slice())?;
        }
        Ok(())
    }
}

/// The inverted index of a segment, opened when it is first asked for something: opening reads term dictionaries whole.
pub(crate) struct Postings {
    files: BTreeMap<String, Arc<Paged>>,
    chunks: usize,
    opened: OnceLock<Opened>,
}

struct Opened {
    reader: SegmentReader,
    fields: BTreeMap<String, (Field, OnceLock<Arc<InvertedIndexReader>>)>,
}

impl std::fmt::Debug for Postings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postings").field("files", &self.files.keys()).finish_non_exhaustive()
    }
}

impl Postings {
    pub(crate) fn new(files: BTreeMap<String, Paged>, chunks: usize) -> Self {
        let files = files.into_iter().map(|(name, file)| (name, Arc::new(file))).collect();
        Self { files, chunks, opened: OnceLock::new() }
    }

    fn opened(&self) -> Result<&Opened, IndexError> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let within = |(name, file): (&String, &Arc<Paged>)| {
            Some((Path::new(name).strip_prefix(LEXICAL_DIR).ok()?.to_owned(), Arc::clone(file)))
        };
        let files = self.files.iter().filter_map(within).collect();
        let index = Index::open(ReadOnly::new(files)).map_err(IndexError::lexical)?;
        let segments = index.searchable_segments().map_err(IndexError::lexical)?;
        let [segment] = segments.as_slice() else {
            return Err(IndexError::damaged(LEXICAL_DIR, "it does not hold exactly one tantivy segment"));
        };
        let reader = SegmentReader::open(segment).map_err(IndexError::lexical)?;
        if reader.max_doc() as usize != self.chunks {
            return Err(IndexError::damaged(LEXICAL_DIR, "it has another number of chunks"));
        }
        let schema = index.schema();
        let fields =
            schema.fields().map(|(field, entry)| (entry.name().to_owned(), (field, OnceLock::new())));
        let opened = Opened { reader, fields: fields.collect() };
        Ok(self.opened.get_or_init(|| opened))
    }

    /// Where the chunks of a term stand.
    pub(crate) fn find(&self, field: &str, term: &str) -> Result<Option<Found<'_>>, IndexError> {
        let opened = self.opened()?;
        let Some((field, inverted)) = opened.fields.get(field) else { return Ok(None) };
        let inverted = opened.inverted(*field, inverted)?;
        let info =
            inverted.get_term_info(&Term::from_field_text(*field, term)).map_err(IndexError::lexical)?;
        Ok(info.map(|info| Found { inverted, info }))
    }

    /// Sums the frequencies of all terms for each chunk: its length in terms, as the inverted index knows it.
    pub(crate) fn lengths(&self) -> Result<Vec<u32>, IndexError> {
        let opened = self.opened()?;
        let mut lengths = vec![0_u32; self.chunks];
        for (field, inverted) in opened.fields.values() {
            let inverted = opened.inverted(*field, inverted)?;
            let mut terms = inverted.terms().stream().map_err(IndexError::lexical)?;
            while terms.advance() {
                Found { inverted, info: terms.value().clone() }.each(|document, frequency| {
                    if let Some(length) = lengths.get_mut(document as usize) {
                        *length += frequency;
                    }
                })?;
            }
        }
        Ok(lengths)
    }
}

impl Opened {
    fn inverted<'a>(
        &self,
        field: Field,
        known: &'a OnceLock<Arc<InvertedIndexReader>>,
    ) -> Result<&'a InvertedIndexReader, IndexError> {
        if let Some(inverted) = known.get() {
            return Ok(inverted);
        }
        let inverted = self.reader.inverted_index(field).map_err(IndexError::lexical)?;
        Ok(known.get_or_init(|| inverted))
    }
}

/// A term of the inverted index.
pub(crate) struct Found<'a> {
    inverted: &'a InvertedIndexReader,
    info: TermInfo,
}

impl Found<'_> {
    /// Chunks of the segment that hold the term, live or not.
    pub(crate) fn frequency(&self) -> u32 {
        self.info.doc_freq
    }

    /// Calls with each chunk's ordinal and how often the term stands in it, ascending.
    #[inline]
    pub(crate) fn each(&self, mut call: impl FnMut(u32, u32)) -> Result<(), IndexError> {
        let mut blocks = self.open(IndexRecordOption::WithFreqs)?;
        let mut left = self.info.doc_freq as usize;
        while left > 0 {
            let length = blocks.block_len();
            if length == 0 {
                return Err(IndexError::damaged(LEXICAL_DIR, "a posting list ends early"));
            }
            for (document, frequency) in blocks.docs().iter().zip(blocks.freqs()) {
                call(*document, *frequency);
            }
            left = left.saturating_sub(length);
            blocks.advance();
        }
        Ok(())
    }

    /// Calls with each chunk's ordinal.
    #[inline]
    pub(crate) fn each_chunk(&self, mut call: impl FnMut(u32)) -> Result<(), IndexError> {
        let mut blocks = self.open(IndexRecordOption::Basic)?;
        let mut left = self.info.doc_freq as usize;
        while left > 0 {
            let length = blocks.block_len();
            if length == 0 {
                return Err(IndexError::damaged(LEXICAL_DIR, "a posting list ends early"));
            }
            blocks.docs().iter().for_each(|document| call(*document));
            left = left.saturating_sub(length);
            blocks.advance();
        }
        Ok(())
    }

    fn open(&self, option: IndexRecordOption) -> Result<BlockSegmentPostings, IndexError> {
        self.inverted.read_block_postings_from_terminfo(&self.info, option).map_err(IndexError::lexical)
    }
}

/// Splits the buffer of analysed terms at its zero bytes.
#[derive(Clone, Default)]
struct Separated {
    token: Token,
}

struct SeparatedStream<'a> {
    rest: &'a str,
    token: &'a mut Token,
}

impl Tokenizer for Separated {
    type TokenStream<'a> = SeparatedStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> SeparatedStream<'a> {
        self.token.reset();
        SeparatedStream { rest: text, token: &mut self.token }
    }
}

impl TokenStream for SeparatedStream<'_> {
    fn advance(&mut self) -> bool {
        let Some((term, rest)) = self.rest.split_once('\0') else { return false };
        self.token.text.clear();
        self.token.text.push_str(term);
        self.token.position = self.token.position.wrapping_add(1);
        self.rest = rest;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
