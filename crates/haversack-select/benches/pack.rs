//! Time of one pack: 200 candidates of some 800 characters into 2,000 tokens, and what it is made of.
//!
//! Texts are drawn from a fixed list of words by a fixed sequence: the same on every machine.
#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion's macros write undocumented functions; a bench may fail"
)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use haversack_model::{
    Candidate, Chunk, ChunkId, ChunkKind, Digest, DocumentId, Format, Fusion, FusionMethod, Lines, Order,
    Packing, Recipe, Scores, Span, TokenCounter, Trust,
};
use haversack_select::{FusionInput, PackOptions, Ranking, counter, fuse, pack, select};

const WORDS: &str = "the key of a signing service is rotated every May by whoever is on call and at once after a leak \
    incident report customer refund invoice deployment rollback latency cluster database replica quarterly review policy \
    `kubectl` 99.9% v2.14.0 https://status.example.com/incidents e.g. don't security@example.com (see below) therefore \
    authentication idempotent throughput configuration escalation on-call runbook 2026-03-17 NOTE: naive fiancé";

/// A multiplicative congruential sequence (Lehmer; constant of Steele and Vigna 2022).
struct Sequence(u64);

impl Sequence {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap_or_default() % below
    }
}

fn text(sequence: &mut Sequence, bytes: usize) -> String {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut out = String::new();
    while out.len() < bytes {
        out.push_str(words[sequence.next(words.len())]);
        out.push_str(match sequence.next(14) {
            0 => ".\n\n",
            1 => ". ",
            2 => ",\n",
            _ => " ",
        });
    }
    out.push('\n');
    out
}

/// 200 chunks of 50 documents, four that touch in each, with scores and unit vectors of 384 dimensions.
fn candidates(counter: &dyn TokenCounter) -> Vec<Candidate> {
    let mut sequence = Sequence(7);
    let mut all = Vec::new();
    for n in 0..50 {
        let document: DocumentId = format!("handbook/runbooks/page-{n}.md").parse().expect("a document id");
        let mut from = 0;
        for ordinal in 0..4 {
            let text = text(&mut sequence, 800);
            let span = Span::new(from, from + text.len());
            from = span.to;
            let breadcrumb = vec![format!("Runbook {n}"), format!("Section {ordinal}")];
            let vector: Vec<f32> = (0..384).map(|_| sequence.next(2_000) as f32 / 1_000.0 - 1.0).collect();
            let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            let fused = Some(sequence.next(10_000) as f32 / 10_000.0);
            all.push(Candidate {
                tokens: counter.count(&text),
                chunk: Chunk {
                    id: ChunkId::of(&document, span, &breadcrumb, &text),
                    document: document.clone(),
                    ordinal,
                    span,
                    lines: Lines { first: 1 + ordinal * 12, last: 12 + ordinal * 12 },
                    breadcrumb,
                    kind: ChunkKind::Prose,
                    text,
                },
                scores: Scores { fused, ..Scores::default() },
                trust: if n % 5 == 0 { Trust::Untrusted } else { Trust::Standard },
                vector: vector.into_iter().map(|x| x / norm).collect(),
            });
        }
    }
    all
}

fn options<'a>(
    budget: usize,
    format: Format,
    counter: &'a dyn TokenCounter,
    packing: &'a Packing,
) -> PackOptions<'a> {
    let version = Digest::of(b"bench");
    PackOptions { version, query: "how?", budget, counter, format, order: Order::Relevance, packing }
}

fn packs(c: &mut Criterion) {
    let standard = Packing { min_score: 0.0, min_best: 0.0, ..Recipe::standard("bench").packing };
    let diverse = Packing { diversity: 0.3, ..standard.clone() };
    let mut group = c.benchmark_group("pack");
    for (name, tokenizer, budget, format, packing, vectors) in [
        ("o200k_2000_markdown", "o200k_base", 2_000, Format::Markdown, &standard, true),
        ("cl100k_2000_markdown", "cl100k_base", 2_000, Format::Markdown, &standard, true),
        ("o200k_2000_json", "o200k_base", 2_000, Format::Json, &standard, true),
        ("o200k_2000_xml", "o200k_base", 2_000, Format::Xml, &standard, true),
        ("o200k_8000_markdown", "o200k_base", 8_000, Format::Markdown, &standard, true),
        ("o200k_2000_diverse", "o200k_base", 2_000, Format::Markdown, &diverse, true),
        ("o200k_2000_diverse_shingles", "o200k_base", 2_000, Format::Markdown, &diverse, false),
    ] {
        let counter = counter(tokenizer).expect("a bundled tokenizer");
        let options = options(budget, format, &*counter, packing);
        let mut candidates = candidates(&*counter);
        if !vectors {
            candidates.iter_mut().for_each(|candidate| candidate.vector.clear());
        }
        group.bench_function(name, |b| {
            b.iter_batched(
                || candidates.clone(),
                |candidates| pack(candidates, &options),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn parts(c: &mut Criterion) {
    let packing = Packing { min_score: 0.0, min_best: 0.0, ..Recipe::standard("bench").packing };
    let counter = counter("o200k_base").expect("a bundled tokenizer");
    let candidates = candidates(&*counter);
    let options = options(2_000, Format::Markdown, &*counter, &packing);
    let ranking = Ranking::new(candidates.clone());
    let text = pack(candidates.clone(), &options).text;
    let mut group = c.benchmark_group("part");
    group.bench_function("rank", |b| {
        b.iter_batched(|| candidates.clone(), Ranking::new, BatchSize::LargeInput);
    });
    group.bench_function("select", |b| b.iter(|| select(black_box(&ranking), &options).estimate()));
    group.bench_function("select_and_render", |b| b.iter(|| select(black_box(&ranking), &options).render()));
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("count_of_the_text", |b| b.iter(|| counter.count(black_box(&text))));
    group.finish();
}

fn fusion(c: &mut Criterion) {
    let mut sequence = Sequence(11);
    let hits: Vec<FusionInput> = (0..200_u8)
        .map(|n| FusionInput {
            id: ChunkId::from_bytes([n; 16]),
            lexical: Some(sequence.next(2_000) as f32 / 100.0),
            dense: Some(sequence.next(1_000) as f32 / 1_000.0),
            lexical_rank: Some(u32::from(n) + 1),
            dense_rank: Some(200 - u32::from(n)),
        })
        .collect();
    let mut group = c.benchmark_group("fuse");
    for method in [FusionMethod::Bound, FusionMethod::Rrf, FusionMethod::Zscore, FusionMethod::Minmax] {
        let fusion = Fusion { method, dense_weight: 0.7, rrf_k: 60.0 };
        group.bench_function(format!("{method:?}_200").to_lowercase(), |b| {
            b.iter(|| fuse(black_box(&hits), 30.0, &fusion))
        });
    }
    group.finish();
}

criterion_group!(benches, packs, parts, fusion);
criterion_main!(benches);
