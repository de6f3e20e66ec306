#![allow(dead_code, reason = "each test binary uses its own part")]

use std::path::Path;
use std::sync::Arc;

use haversack_index::{
    Admission, Analyzer, AnalyzerSpec, ChunkInput, GraphRule, Index, IndexError, Mask, Query, Retrieved,
    Segment, SegmentBuilder, SegmentSpec, SegmentSummary, Tombstones,
};
use haversack_model::{
    Chunk, ChunkId, ChunkKind, Digest, DocumentId, DocumentRecord, Lines, Media, Span, Trust, VectorSearch,
};

/// A small generator: the same numbers on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn unit(&mut self, dimensions: usize) -> Vec<f32> {
        let mut vector: Vec<f32> =
            (0..dimensions).map(|_| (self.next() >> 40) as f32 / (1_u64 << 23) as f32 - 1.0).collect();
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|x| *x /= length);
        vector
    }
}

pub fn document(name: &str) -> DocumentId {
    name.parse().unwrap()
}

pub fn input(
    name: &str,
    ordinal: u32,
    text: &str,
    language: Option<&str>,
    vector: Option<Vec<f32>>,
) -> ChunkInput {
    let document = document(name);
    let span = Span::new(ordinal as usize * 1_000, ordinal as usize * 1_000 + text.len());
    let breadcrumb = vec!["Guide".to_owned()];
    ChunkInput {
        chunk: Chunk {
            id: ChunkId::of(&document, span, &breadcrumb, text),
            document,
            ordinal,
            span,
            lines: Lines { first: 1 + ordinal, last: 2 + ordinal },
            breadcrumb,
            kind: ChunkKind::Prose,
            text: text.to_owned(),
        },
        language: language.map(str::to_owned),
        tokens: [text.len() as u32 / 4, ordinal],
        vector,
    }
}

pub const WORDS: [&str; 24] = [
    "key",
    "keys",
    "rotate",
    "rotating",
    "Schlüssel",
    "server",
    "the",
    "die",
    "error",
    "BCN-1007",
    "clé",
    "naïve",
    "signing_key",
    "富士山",
    "token",
    "budget",
    "index",
    "context",
    "chunk",
    "a",
    "of",
    "v2.1",
    "привет",
    "retry",
];

/// Random chunks of random documents in three languages.
pub fn corpus(seed: u64, documents: usize, dimensions: usize) -> Vec<ChunkInput> {
    let mut random = Random(seed);
    let mut all = Vec::new();
    for number in 0..documents {
        let language = [Some("en"), Some("de"), Some("ja"), None][random.below(4)];
        for ordinal in 0..1 + random.below(3) {
            let length = random.below(14);
            // Early words are much more frequent, as in language.
            let words: Vec<&str> = (0..length)
                .map(|_| {
                    let widest = 1 + random.below(WORDS.len());
                    WORDS[random.below(widest)]
                })
                .collect();
            let vector = random.unit(dimensions);
            all.push(input(
                &format!("c/d{number}"),
                ordinal as u32,
                &words.join(" "),
                language,
                Some(vector),
            ));
        }
    }
    all
}

pub fn spec(dimensions: Option<usize>, graph: GraphRule) -> SegmentSpec {
    SegmentSpec { analyzer: Analyzer::new(AnalyzerSpec::default()).unwrap(), dimensions, graph }
}

/// What is known of a document; its class follows from its id.
pub fn record(document: &DocumentId) -> DocumentRecord {
    let hash = fold(document.as_str());
    let labels = [("staff", 3), ("legal", 7)].into_iter().filter(|(_, every)| hash.is_multiple_of(*every));
    DocumentRecord {
        id: document.clone(),
        text: Digest::of(document.as_str().as_bytes()),
        bytes: hash as u64 % 10_000,
        body: 0,
        media: Media::Markdown,
        title: format!("About {document}"),
        language: [None, Some("en".to_owned())][hash / 2 % 2].clone(),
        labels: labels.map(|(label, _)| label.to_owned()).collect(),
        trust: [Trust::Standard, Trust::Trusted, Trust::Untrusted][hash / 5 % 3],
        metadata: [("owner".to_owned(), format!("team {}", hash % 4))].into(),
    }
}

/// A small hash.
pub fn fold(text: &str) -> usize {
    text.bytes().fold(7, |hash: usize, byte| hash.wrapping_mul(31).wrapping_add(usize::from(byte))) >> 3
}

/// Writes chunks, document by document in the order in which documents first come.
pub fn write(dir: &Path, inputs: &[ChunkInput], spec: SegmentSpec) -> Result<SegmentSummary, IndexError> {
    write_with(dir, inputs, &[], spec)
}

/// The same with documents that have no chunk.
pub fn write_with(
    dir: &Path,
    inputs: &[ChunkInput],
    empty: &[&str],
    spec: SegmentSpec,
) -> Result<SegmentSummary, IndexError> {
    let mut builder = SegmentBuilder::new(dir, spec)?;
    let mut documents: Vec<(&DocumentId, Vec<&ChunkInput>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for input in inputs {
        let document = &input.chunk.document;
        let at = *places.entry(document).or_insert(documents.len());
        if at == documents.len() {
            documents.push((document, Vec::new()));
        }
        documents[at].1.push(input);
    }
    for name in empty {
        builder.document(&record(&document(name)))?;
    }
    for (document, chunks) in documents {
        builder.document(&record(document))?;
        for input in chunks {
            builder.push(input)?;
        }
    }
    builder.finish()
}

/// The mask of the documents whose ids are admitted.
pub fn by_id(index: &Index, admit: &dyn Fn(&str) -> bool) -> Mask {
    index.mask(&Admission { class: &|_| true, id: Some(admit), record: None }).unwrap()
}

/// Numbers of documents in a segment; names that it does not know are left out.
pub fn dead<'a>(segment: &Segment, names: impl IntoIterator<Item = &'a DocumentId>) -> Tombstones {
    names.into_iter().filter_map(|name| segment.find(name).unwrap()).collect()
}

/// Ids of all live documents, ascending.
pub fn documents(index: &Index) -> Vec<DocumentId> {
    let mut ids: Vec<DocumentId> = index.live_documents().map(|at| index.document_id(at).unwrap()).collect();
    ids.sort();
    ids
}

pub fn segment(dir: &Path, inputs: &[ChunkInput], dimensions: Option<usize>) -> Arc<Segment> {
    write(dir, inputs, spec(dimensions, GraphRule::Never)).unwrap();
    Arc::new(Segment::open(dir).unwrap())
}

pub fn single(dir: &Path, inputs: &[ChunkInput], dimensions: Option<usize>) -> Index {
    Index::open(vec![(segment(dir, inputs, dimensions), Tombstones::none())]).unwrap()
}

pub fn query<'a>(text: &'a str, vector: Option<&'a [f32]>, mask: &'a Mask, candidates: usize) -> Query<'a> {
    Query { text, vector, mask, candidates, k1: 0.9, b: 0.4, search: VectorSearch::Auto, ef: 64 }
}

/// Everything of a search that must not depend on segments: ids, score bits, ranks, bound, terms.
pub type Shape = (Vec<(ChunkId, Option<u32>, Option<u32>, Option<u32>, Option<u32>)>, u32, usize);

pub fn shape(found: &Retrieved) -> Shape {
    let hits = found
        .hits
        .iter()
        .map(|hit| {
            (
                hit.id,
                hit.lexical.map(f32::to_bits),
                hit.dense.map(f32::to_bits),
                hit.lexical_rank,
                hit.dense_rank,
            )
        })
        .collect();
    (hits, found.lexical_bound.to_bits(), found.terms)
}
