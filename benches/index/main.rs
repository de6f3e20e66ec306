//! Build time, memory, open time, latency and recall of an index.
//!
//! `cargo bench -p haversack-index --bench index -- --chunks 100000 [--segments 1] [--queries 500] [--graph] [--bare]
//! [--verify] [--folder DIR]` prints one JSON object. With `--folder` the segments stay there and are used again; `--bare`
//! also times tantivy alone on the same texts, `--verify` the check of all segments.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    reason = "a bench reports and stops"
)]

mod build;
mod corpus;
mod measure;
mod process;

use std::path::PathBuf;

use corpus::Generator;
use haversack_index::{GraphRule, Segment};

/// Of the corpus; queries have another.
const SEED: u64 = 20_261_101;
const QUERY_SEED: u64 = 7;

/// What is reported, as JSON.
pub type Lines = Vec<(String, String)>;

/// What to measure.
pub struct Plan {
    pub folder: PathBuf,
    pub chunks: usize,
    pub segments: usize,
    pub queries: usize,
    pub graph: GraphRule,
    pub bare: bool,
    pub verify: bool,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let text = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1))
    };
    let value =
        |name: &str, default: usize| text(name).and_then(|value| value.parse().ok()).unwrap_or(default);
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    let scratch = std::env::temp_dir().join(format!("haversack-bench-{}", std::process::id()));
    let plan = Plan {
        folder: text("--folder").map_or_else(|| scratch.clone(), PathBuf::from),
        chunks: value("--chunks", 10_000),
        segments: value("--segments", 1),
        queries: value("--queries", 500),
        graph: if flag("--graph") { GraphRule::Always } else { GraphRule::Never },
        bare: flag("--bare"),
        verify: flag("--verify"),
    };
    std::fs::create_dir_all(&plan.folder).unwrap();

    let mut lines: Lines = Vec::new();
    for (name, number) in [("chunks", plan.chunks), ("segments", plan.segments), ("queries", plan.queries)] {
        lines.push((name.to_owned(), number.to_string()));
    }
    lines.push(("seed".to_owned(), SEED.to_string()));
    lines.push(("dimensions".to_owned(), corpus::DIMENSIONS.to_string()));
    lines.push(("graph".to_owned(), (plan.graph == GraphRule::Always).to_string()));
    let threads = std::env::var("RAYON_NUM_THREADS").unwrap_or_else(|_| "null".to_owned());
    lines.push(("rayon_num_threads".to_owned(), threads));
    lines.push(("load_before".to_owned(), process::load()));
    let mut generator = Generator::new(SEED);
    if !plan.folder.join("0").exists() {
        build::build(&plan, &mut generator, &mut lines);
    }
    lines.push(("content".to_owned(), format!("\"{}\"", content(&plan))));
    generator.random = corpus::Random(QUERY_SEED);
    if plan.queries > 0 {
        measure::measure(&plan, &mut generator, &mut lines);
    }
    lines.push(("load_after".to_owned(), process::load()));
    if scratch.exists() {
        std::fs::remove_dir_all(&scratch).unwrap();
    }
    let body: Vec<String> = lines.iter().map(|(name, value)| format!("  \"{name}\": {value}")).collect();
    println!("{{\n{}\n}}", body.join(",\n"));
}

/// Identity of what was indexed: a hash over the ids of the segments, which follow from their content.
fn content(plan: &Plan) -> String {
    let mut hasher = blake3::Hasher::new();
    for segment in 0..plan.segments {
        let segment = Segment::open(plan.folder.join(segment.to_string())).unwrap();
        hasher.update(segment.id().as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
