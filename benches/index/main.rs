//! Build time, open time, latency and recall of one segment, on one core.
//!
//! `cargo bench -p haversack-index --bench index -- --chunks 100000 [--queries 500] [--graph]` prints one JSON object.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    reason = "a bench reports and stops"
)]

mod corpus;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use corpus::{DIMENSIONS, Generator};
use haversack_index::{
    Analyzer, AnalyzerSpec, GraphRule, Index, Mask, Query, Retrieved, Segment, SegmentBuilder, SegmentSpec,
    Tombstones,
};
use haversack_model::{ChunkId, VectorSearch};

const SEED: u64 = 20_261_101;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str, default: usize| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)).and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let (chunks, queries) = (value("--chunks", 10_000), value("--queries", 500));
    let graph = if arguments.iter().any(|argument| argument == "--graph") {
        GraphRule::Always
    } else {
        GraphRule::Never
    };
    let folder = std::env::temp_dir().join(format!("haversack-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();

    let mut generator = Generator::new(SEED);
    let mut lines =
        vec![("chunks", chunks.to_string()), ("queries", queries.to_string()), ("seed", SEED.to_string())];
    lines.push(("dimensions", DIMENSIONS.to_string()));
    build(&folder, &mut generator, chunks, graph, &mut lines);
    let wanted: Vec<(String, Vec<f32>)> = (0..queries)
        .map(|_| {
            let topic = generator.topic();
            (generator.text(topic, 10), generator.vector(topic))
        })
        .collect();
    measure(&folder.join("segment"), &wanted, graph, &mut lines);
    std::fs::remove_dir_all(&folder).unwrap();
    let body: Vec<String> = lines.iter().map(|(name, value)| format!("  \"{name}\": {value}")).collect();
    println!("{{\n{}\n}}", body.join(",\n"));
}

type Lines = Vec<(&'static str, String)>;

fn build(folder: &Path, generator: &mut Generator, chunks: usize, graph: GraphRule, lines: &mut Lines) {
    let analyzer = Analyzer::new(AnalyzerSpec::default()).unwrap();
    let spec = SegmentSpec { analyzer, dimensions: Some(DIMENSIONS), graph };
    let mut builder = SegmentBuilder::new(folder.join("segment"), spec).unwrap();
    let (mut push, mut texts, mut bytes) = (0.0, Vec::new(), 0);
    for number in 0..chunks {
        let input = generator.chunk(number);
        bytes += input.chunk.text.len();
        let start = Instant::now();
        builder.push(&input).unwrap();
        push += start.elapsed().as_secs_f64();
        if texts.len() < 100_000 {
            texts.push(input.chunk.contextual_text());
        }
    }
    let start = Instant::now();
    let summary = builder.finish().unwrap();
    let finish = start.elapsed().as_secs_f64();
    let bare = bare_tantivy(&texts) * chunks as f64 / texts.len() as f64;
    lines.push(("text_bytes", bytes.to_string()));
    lines.push(("segment_bytes", summary.bytes.to_string()));
    lines.push(("build_s", format!("{:.2}", push + finish)));
    lines.push(("bare_tantivy_s", format!("{bare:.2}")));
    lines.push(("build_over_bare", format!("{:.2}", (push + finish) / bare)));
    lines.push(("graph", (graph == GraphRule::Always).to_string()));
}

/// The same texts into tantivy alone: its English analyzer, frequencies, no positions, no store, one thread.
fn bare_tantivy(texts: &[String]) -> f64 {
    use tantivy::schema::{IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
    let indexing =
        TextFieldIndexing::default().set_tokenizer("en_stem").set_index_option(IndexRecordOption::WithFreqs);
    let mut schema = Schema::builder();
    let field = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
    let index = tantivy::Index::create_in_ram(schema.build());
    let start = Instant::now();
    let mut writer: tantivy::IndexWriter = index.writer_with_num_threads(1, 512 << 20).unwrap();
    for text in texts {
        let mut document = tantivy::TantivyDocument::new();
        document.add_text(field, text);
        writer.add_document(document).unwrap();
    }
    writer.commit().unwrap();
    start.elapsed().as_secs_f64()
}

fn measure(dir: &Path, wanted: &[(String, Vec<f32>)], graph: GraphRule, lines: &mut Lines) {
    let start = Instant::now();
    let segment = Arc::new(Segment::open(dir).unwrap());
    lines.push(("segment_open_ms", format!("{:.2}", start.elapsed().as_secs_f64() * 1e3)));
    let index = Index::open(vec![(segment, Tombstones::none())]).unwrap();
    lines.push(("open_ms", format!("{:.2}", start.elapsed().as_secs_f64() * 1e3)));
    let all = index.everything();
    let start = Instant::now();
    let half = index.mask(&|id| id.as_str().len() % 2 == 0);
    lines.push(("mask_ms", format!("{:.3}", start.elapsed().as_secs_f64() * 1e3)));
    lines.push(("mask_chunks", half.chunks().to_string()));

    let mut names = vec![("exact", VectorSearch::Exact, &all, 64), ("scan", VectorSearch::Scan, &all, 64)];
    names.push(("scan_half", VectorSearch::Scan, &half, 64));
    if graph == GraphRule::Always {
        names.extend([("hnsw64", VectorSearch::Hnsw, &all, 64), ("hnsw128", VectorSearch::Hnsw, &all, 128)]);
        names.extend([
            ("hnsw512", VectorSearch::Hnsw, &all, 512),
            ("hnsw128_half", VectorSearch::Hnsw, &half, 128),
        ]);
    }
    for candidates in [10, 100] {
        let mut truth: Vec<Vec<Vec<ChunkId>>> = Vec::new();
        for mask in [&all, &half] {
            truth.push(
                wanted
                    .iter()
                    .map(|query| dense(&run(&index, mask, query, VectorSearch::Exact, 64, candidates)))
                    .collect(),
            );
        }
        for (name, search, mask, ef) in &names {
            let truth = &truth[usize::from(mask.chunks() != all.chunks())];
            round(&index, mask, wanted, (name, *search, *ef, candidates), truth, lines);
        }
    }
    let found = run(&index, &all, &wanted[0], VectorSearch::Scan, 64, 100);
    let start = Instant::now();
    for hit in &found.hits {
        std::hint::black_box(index.chunk(hit.at).unwrap());
    }
    let micros = start.elapsed().as_secs_f64() * 1e6 / found.hits.len() as f64;
    lines.push(("read_chunk_first_us", format!("{micros:.2}")));
    let start = Instant::now();
    for _ in 0..20 {
        for hit in &found.hits {
            std::hint::black_box(index.chunk(hit.at).unwrap());
        }
    }
    let micros = start.elapsed().as_secs_f64() * 1e6 / (20 * found.hits.len()) as f64;
    lines.push(("read_chunk_us", format!("{micros:.2}")));
}

type Way<'a> = (&'a str, VectorSearch, usize, usize);

fn round(
    index: &Index,
    mask: &Mask,
    wanted: &[(String, Vec<f32>)],
    way: Way<'_>,
    truth: &[Vec<ChunkId>],
    lines: &mut Lines,
) {
    let (name, search, ef, candidates) = way;
    let (mut lexical, mut nearest, mut total, mut terms) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let (mut shared, mut sum) = (0, 0);
    for (query, truth) in wanted.iter().zip(truth) {
        // The best of five runs after one to warm up: other programs share the machine.
        let mut found = run(index, mask, query, search, ef, candidates);
        let mut least = (u64::MAX, u64::MAX, u64::MAX);
        for _ in 0..5 {
            let start = Instant::now();
            found = run(index, mask, query, search, ef, candidates);
            let elapsed = start.elapsed().as_micros() as u64;
            least =
                (least.0.min(found.lexical_micros), least.1.min(found.dense_micros), least.2.min(elapsed));
        }
        lexical.push(least.0);
        nearest.push(least.1);
        total.push(least.2);
        terms += found.terms;
        let found: HashSet<ChunkId> = dense(&found).into_iter().collect();
        shared += truth.iter().filter(|id| found.contains(id)).count();
        sum += truth.len();
    }
    let quantiles = |values: &mut Vec<u64>| {
        values.sort_unstable();
        format!("[{}, {}]", values[values.len() / 2], values[values.len() * 99 / 100])
    };
    let line = format!(
        "{{\"way\": \"{name}\", \"candidates\": {candidates}, \"terms\": {:.1}, \"lexical_us_p50_p99\": {}, \"dense_us_p50_p99\": {}, \"total_us_p50_p99\": {}, \"recall\": {:.4}}}",
        terms as f64 / wanted.len() as f64,
        quantiles(&mut lexical),
        quantiles(&mut nearest),
        quantiles(&mut total),
        shared as f64 / sum as f64
    );
    lines.push((Box::leak(format!("{name}@{candidates}").into_boxed_str()), line));
}

fn run(
    index: &Index,
    mask: &Mask,
    query: &(String, Vec<f32>),
    search: VectorSearch,
    ef: usize,
    candidates: usize,
) -> Retrieved {
    let query =
        Query { text: &query.0, vector: Some(&query.1), mask, candidates, k1: 0.9, b: 0.4, search, ef };
    index.search(&query).unwrap()
}

/// Ids of the dense head.
fn dense(found: &Retrieved) -> Vec<ChunkId> {
    found.hits.iter().filter(|hit| hit.dense_rank.is_some()).map(|hit| hit.id).collect()
}
