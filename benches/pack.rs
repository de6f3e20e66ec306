//! How long a pack takes in process, all stages but the embedding of the query, and what a build costs.
//!
//! `cargo bench --bench pack -- [CHUNKS ...]` (default 10000 100000) prints one JSON line per size. Texts are made of words
//! with Zipfian frequencies, one record one chunk; vectors have 384 dimensions and come from the hash embedder. One thread
//! answers queries. Each query runs once to fill the query cache, then five times; its best run counts, since the machines
//! that this runs on are shared.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise and prints numbers"
)]

#[path = "common/words.rs"]
mod words;

use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use haversack::{BuildOptions, Request, Silent, Store, Workspace};
use words::Random;

const QUERIES: usize = 200;
const RECIPE: &str = "name = \"bench\"\n[[corpus]]\nname = \"bench\"\npath = \"../../corpus.jsonl\"\nlanguage = \"en\"\n\
    max_bytes = 4000000000\n[embedding]\nmodel = \"hash:384\"\n[packing]\nmin_score = 0\nmin_best = 0\n";

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![10_000, 100_000] } else { sizes };
    for size in sizes {
        println!("{}", measure(size));
    }
}

fn measure(chunks: usize) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(7);
    let mut corpus = String::new();
    for n in 0..chunks {
        let words = 40 + (random.next() % 60) as usize;
        writeln!(corpus, "{{\"_id\":\"{n}\",\"title\":\"Page {n}\",\"text\":\"{}\"}}", random.words(words))
            .unwrap();
    }
    fs::write(folder.path().join("corpus.jsonl"), &corpus).unwrap();
    fs::create_dir_all(folder.path().join("contexts/bench")).unwrap();
    fs::write(folder.path().join("contexts/bench/recipe.toml"), RECIPE).unwrap();
    let workspace = Workspace::at(folder.path());
    let built = haversack::build(&workspace, "bench", &BuildOptions::default(), &Silent).unwrap();
    let again = haversack::build(&workspace, "bench", &BuildOptions::default(), &Silent).unwrap();

    let began = Instant::now();
    let context = Store::open(workspace.store_path()).unwrap().context("bench").unwrap();
    let open_ms = began.elapsed().as_secs_f64() * 1e3;
    let (mut totals, mut stages) = (Vec::new(), [0_u64; 5]);
    for _ in 0..QUERIES {
        let words = 6 + (random.next() % 6) as usize;
        let request = Request::new(random.words(words)).budget(2_000);
        context.pack(&request).unwrap();
        let runs = (0..5).map(|_| context.pack(&request).unwrap().timings_us);
        let best = runs.min_by_key(|timings| timings.total).unwrap();
        totals.push(best.total);
        let parts = [best.lexical, best.dense, best.fuse, best.select, best.render];
        stages.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
    }
    totals.sort_unstable();
    let mean = stages.map(|sum| sum / QUERIES as u64);
    format!(
        "{{\"chunks\":{},\"corpus_bytes\":{},\"build_ms\":{},\"unchanged_build_ms\":{},\"open_ms\":{open_ms:.1},\
         \"pack_us\":{{\"p50\":{},\"p90\":{},\"p99\":{}}},\"mean_us\":{{\"lexical\":{},\"dense\":{},\"fuse\":{},\
         \"select\":{},\"render\":{}}}}}",
        built.chunks.total,
        corpus.len(),
        built.elapsed_ms,
        again.elapsed_ms,
        totals[QUERIES / 2],
        totals[QUERIES * 9 / 10],
        totals[QUERIES * 99 / 100],
        mean[0],
        mean[1],
        mean[2],
        mean[3],
        mean[4],
    )
}
