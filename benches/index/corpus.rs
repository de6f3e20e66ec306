//! Seeded text and vectors that behave like those of a knowledge base.

use haversack_index::ChunkInput;
use haversack_model::{
    Chunk, ChunkId, ChunkKind, Digest, DocumentId, DocumentRecord, Lines, Media, Span, Trust,
};

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Sum of uniform numbers: near enough to a normal one.
    pub fn normal(&mut self) -> f32 {
        ((0..12).map(|_| self.uniform()).sum::<f64>() - 6.0) as f32
    }
}

pub const DIMENSIONS: usize = 384;
const VOCABULARY: usize = 60_000;
const LATENT: usize = 40;
const TOPICS: usize = 400;

/// Words by rank with frequency proportional to 1 / (rank + 2.7), chunks of 60 to 240 words on one of 400 topics;
/// vectors of 40 latent dimensions around their topic, embedded in 384 with noise.
pub struct Generator {
    pub random: Random,
    cumulative: Vec<f64>,
    words: Vec<String>,
    embedding: Vec<f32>,
    centres: Vec<Vec<f32>>,
}

impl Generator {
    pub fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let mut total = 0.0;
        let cumulative = (0..VOCABULARY)
            .map(|rank| {
                total += 1.0 / (rank as f64 + 2.7);
                total
            })
            .collect();
        let words = (0..VOCABULARY).map(|rank| word(rank, &mut random)).collect();
        let embedding = (0..DIMENSIONS * LATENT).map(|_| random.normal()).collect();
        let centres = (0..TOPICS).map(|_| (0..LATENT).map(|_| random.normal()).collect()).collect();
        Self { random, cumulative, words, embedding, centres }
    }

    fn rank(&mut self) -> usize {
        let at = self.random.uniform() * self.cumulative[VOCABULARY - 1];
        self.cumulative.partition_point(|sum| *sum < at).min(VOCABULARY - 1)
    }

    /// A word; every third is one of the topic's own.
    fn word(&mut self, topic: usize) -> usize {
        if self.random.next().is_multiple_of(3) {
            500 + (topic * 131 + self.rank() % 130) % (VOCABULARY - 500)
        } else {
            self.rank()
        }
    }

    pub fn text(&mut self, topic: usize, words: usize) -> String {
        let mut text = String::new();
        for at in 0..words {
            let word = self.word(topic);
            text.push_str(&self.words[word]);
            text.push_str(if at % 12 == 11 { ". " } else { " " });
        }
        text
    }

    pub fn vector(&mut self, topic: usize) -> Vec<f32> {
        let latent: Vec<f32> =
            (0..LATENT).map(|at| self.centres[topic][at] + 0.8 * self.random.normal()).collect();
        let mut vector: Vec<f32> = (0..DIMENSIONS)
            .map(|row| {
                let dot: f32 =
                    self.embedding[row * LATENT..][..LATENT].iter().zip(&latent).map(|(a, b)| a * b).sum();
                dot + 2.0 * self.random.normal()
            })
            .collect();
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|x| *x /= length);
        vector
    }

    pub fn topic(&mut self) -> usize {
        (self.random.next() % TOPICS as u64) as usize
    }

    pub fn chunk(&mut self, number: usize) -> ChunkInput {
        let topic = self.topic();
        let words = 60 + (self.random.next() % 181) as usize;
        let text = self.text(topic, words);
        let document = id(number);
        let ordinal = (number % CHUNKS) as u32;
        let span = Span::new(ordinal as usize * 2_000, ordinal as usize * 2_000 + text.len());
        let breadcrumb = vec![format!("Page {}", number / CHUNKS), "Section".to_owned()];
        ChunkInput {
            chunk: Chunk {
                id: ChunkId::of(&document, span, &breadcrumb, &text),
                document,
                ordinal,
                span,
                lines: Lines { first: 1, last: 9 },
                breadcrumb,
                kind: ChunkKind::Prose,
                text,
            },
            language: Some("en".to_owned()),
            tokens: [words as u32, words as u32],
            vector: Some(self.vector(topic)),
        }
    }
}

/// Chunks of a document.
pub const CHUNKS: usize = 8;

/// The document of a chunk: one in ten bears a label, one in seven is not trusted.
pub fn document(number: usize) -> DocumentRecord {
    let page = number / CHUNKS;
    let id = id(number);
    DocumentRecord {
        text: Digest::of(id.as_str().as_bytes()),
        id,
        bytes: 8_000,
        body: 0,
        media: Media::Markdown,
        title: format!("Page {page}"),
        language: Some("en".to_owned()),
        labels: (page % 10 == 3).then(|| "staff".to_owned()).into_iter().collect(),
        trust: if page % 7 == 5 { Trust::Untrusted } else { Trust::Standard },
        metadata: [("owner".to_owned(), format!("team {}", page % 40))].into(),
    }
}

fn id(number: usize) -> DocumentId {
    let path = format!("folder{:06}/page{:07}.md", number / (80 * CHUNKS), number / CHUNKS);
    DocumentId::new("bench", &path).unwrap()
}

/// Frequent words are short, and the very first are English stop words, as in language.
fn word(rank: usize, random: &mut Random) -> String {
    const STOP: [&str; 20] = [
        "the", "of", "and", "to", "in", "a", "is", "that", "for", "it", "as", "with", "on", "be", "at", "by",
        "this", "not", "are", "or",
    ];
    if let Some(stop) = STOP.get(rank) {
        return (*stop).to_owned();
    }
    let syllables = 1 + (rank > 60) as usize + (rank > 1_500) as usize + (random.next() % 2) as usize;
    let mut word = String::new();
    for _ in 0..syllables {
        let (onset, vowel) = (random.next() as usize, random.next() as usize);
        word.push_str(
            ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "ch"][onset % 16],
        );
        word.push_str(["a", "e", "i", "o", "u", "ai", "ou", "an", "er", "in"][vowel % 10]);
    }
    word
}
