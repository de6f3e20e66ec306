//! Measures the bundled MiniLM: load time, query latency, and passages per second.
//!
//! ```text
//! cargo run --release -p haversack-embed --example throughput
//! ```
//!
//! Prints one JSON object per measurement. `per_second` is by the clock; `per_cpu_second` by the
//! processor time the process was charged (Linux only), which suffers less from a busy machine. The
//! peer on the same model file and texts is `benches/embed_vs_onnxruntime/run.py`.
#![allow(clippy::print_stdout, reason = "an example that reports measurements")]

use std::num::NonZeroUsize;
use std::time::Instant;

use haversack_embed::{EmbedError, Embedder, MiniLm, ignore_progress};

/// Each word is one token of the model; `run.py` has the same.
const WORDS: &str = "the reader can tell at once whether what it fetched is what was written and a version shares storage with others";
const REPEATS: usize = 5;

fn main() -> Result<(), EmbedError> {
    let one = MiniLm::new(NonZeroUsize::new(1));
    let started = Instant::now();
    one.load()?;
    println!("{{\"measure\":\"load\",\"ms\":{:.1},\"rss_mb\":{}}}", ms(started), rss_mb());
    queries(&one)?;
    for tokens in [128, 256] {
        for threads in [1, 2] {
            passages(tokens, threads)?;
        }
    }
    println!("{{\"measure\":\"end\",\"rss_mb\":{}}}", rss_mb());
    Ok(())
}

fn queries(minilm: &MiniLm) -> Result<(), EmbedError> {
    let query = text(12, 0);
    let mut times = Vec::new();
    for _ in 0..500 {
        let started = Instant::now();
        minilm.embed_query(&query)?;
        times.push(ms(started));
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{{\"measure\":\"query\",\"tokens\":12,\"ms_p50\":{:.3},\"ms_p10\":{:.3},\"ms_p99\":{:.3}}}",
        times[250], times[50], times[495]
    );
    Ok(())
}

fn passages(tokens: usize, threads: usize) -> Result<(), EmbedError> {
    let minilm = MiniLm::new(NonZeroUsize::new(threads));
    let texts: Vec<String> = (0..16_384 / tokens).map(|i| text(tokens, i)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    minilm.embed_passages(&texts, &ignore_progress)?;
    for _ in 0..REPEATS {
        let (started, cpu) = (Instant::now(), cpu_seconds());
        minilm.embed_passages(&texts, &ignore_progress)?;
        let (wall, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        let count = texts.len() as f64;
        println!(
            "{{\"measure\":\"passages\",\"tokens\":{tokens},\"threads\":{threads},\"per_second\":{:.1},\"per_cpu_second\":{:.1}}}",
            count / wall,
            count / cpu
        );
    }
    Ok(())
}

/// A text of `tokens` tokens, special tokens included; `shift` tells texts apart.
fn text(tokens: usize, shift: usize) -> String {
    let words: Vec<&str> = WORDS.split(' ').cycle().skip(shift).take(tokens - 2).collect();
    words.join(" ")
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// User and system time of this process, from /proc; NaN elsewhere.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = |field: usize| -> Option<f64> {
        stat.rsplit(')').next()?.split_whitespace().nth(field)?.parse().ok()
    };
    ticks(11).zip(ticks(12)).map_or(f64::NAN, |(user, system)| (user + system) / 100.0)
}

/// Memory in use, in megabytes, from /proc; 0 elsewhere.
fn rss_mb() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: Option<u64> = statm.split_whitespace().nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0) * 4096 / 1_000_000
}
