//! What versions cost: a full build, builds after an edit, opening, packing, bytes on disk.
//!
//! ```text
//! cargo bench --bench store -- [--documents N] [--embedder none|hash:384|minilm] [--corpus FOLDER] [--edits N]
//!     [--export FOLDER]
//! ```
//!
//! Without `--corpus` the documents are N (default 10,000) Markdown files of some 90 made-up words with Zipfian
//! frequencies. One JSON object is printed; times of the processor are those of all threads. `--export` writes chunks,
//! vectors and queries for `benches/peers/stores.py`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise and prints numbers"
)]

#[path = "common/words.rs"]
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use haversack::{BuildOptions, BuildReport, Request, Silent, Store, Workspace};
use haversack_index::{Index, Segment, Tombstones};
use serde_json::{Value, json};
use words::Random;

const QUERIES: usize = 200;

struct Arguments {
    documents: usize,
    embedder: String,
    corpus: Option<PathBuf>,
    edits: usize,
    export: Option<PathBuf>,
}

impl Arguments {
    fn read() -> Self {
        let mut read = Self {
            documents: 10_000,
            embedder: "hash:384".to_owned(),
            corpus: None,
            edits: 20,
            export: None,
        };
        let mut given = std::env::args().skip(1).filter(|argument| argument != "--bench");
        while let Some(name) = given.next() {
            let value = given.next().unwrap_or_default();
            match name.as_str() {
                "--documents" => read.documents = value.parse().unwrap(),
                "--embedder" => read.embedder = value,
                "--corpus" => read.corpus = Some(value.into()),
                "--edits" => read.edits = value.parse().unwrap(),
                "--export" => read.export = Some(value.into()),
                other => unreachable!("unknown option {other}"),
            }
        }
        read
    }
}

fn main() {
    let arguments = Arguments::read();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let mut random = Random(7);
    let docs = match &arguments.corpus {
        Some(corpus) => copy(corpus, &root.join("docs")),
        None => generate(&root.join("docs"), arguments.documents, &mut random),
    };
    fs::create_dir_all(root.join("contexts/docs")).unwrap();
    let recipe = format!(
        "name = \"docs\"\n[[corpus]]\nname = \"docs\"\npath = \"../../docs\"\non_unreadable = \"skip\"\n\
         [embedding]\nmodel = \"{}\"\n[packing]\nmin_score = 0\nmin_best = 0\n",
        arguments.embedder
    );
    fs::write(root.join("contexts/docs/recipe.toml"), recipe).unwrap();
    // Files that are younger than the system's clock tick would be read again.
    std::thread::sleep(std::time::Duration::from_millis(200));
    let full = build(root);
    let bytes = files(&root.join(".haversack")).values().map(|file| file.1).sum::<u64>();
    let unchanged = median((0..5).map(|_| build(root).cost).collect());
    let exported = arguments.export.as_deref().map(|export| Export::begin(export, root));

    let mut edits = Vec::new();
    for edit in 0..arguments.edits {
        let document = &docs[(random.next() % docs.len() as u64) as usize];
        edits.push(edited(
            root,
            document,
            &format!("\nEdited for the {edit}th time: {}.\n", random.words(6)),
        ));
        if let (0, Some(exported)) = (edit, &exported) {
            exported.edit(root, document);
        }
    }
    let (open_us, first_pack_us) = opened(root);
    let queries = queries(root, &mut random);
    let packs = packs(root, &queries);
    let ours = json!({
        "documents": docs.len(), "chunks": full.report.chunks.total, "embedder": arguments.embedder,
        "full_build": full.cost.json(), "bytes": bytes, "unchanged_build": unchanged.json(),
        "edit": summary(&edits, full.cost.cpu), "edits": edits.iter().map(|(cost, _)| cost.json()).collect::<Vec<_>>(),
        "edit_bytes": edits.iter().map(|(_, bytes)| *bytes).collect::<Vec<_>>(),
        "open_us": open_us, "first_pack_us": first_pack_us, "pack_us": packs,
    });
    if let Some(exported) = exported {
        exported.end(&queries, &ours);
    }
    println!("{ours}");
}

/// Seconds by the clock, and of the processor.
#[derive(Debug, Clone, Copy)]
struct Cost {
    wall: f64,
    cpu: f64,
}

impl Cost {
    fn json(self) -> Value {
        json!({"wall_s": self.wall, "cpu_s": self.cpu})
    }
}

fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    costs[costs.len() / 2]
}

struct Built {
    report: BuildReport,
    cost: Cost,
}

fn build(root: &Path) -> Built {
    let (began, before) = (Instant::now(), cpu());
    let report = haversack::build(&Workspace::at(root), "docs", &BuildOptions::default(), &Silent).unwrap();
    Built { report, cost: Cost { wall: began.elapsed().as_secs_f64(), cpu: cpu() - before } }
}

/// Processor seconds of this process so far, as Linux counts them (hundredths); 0 elsewhere.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Appends to a document and builds: what that costs, and the bytes that are new in the store.
fn edited(root: &Path, document: &Path, text: &str) -> (Cost, u64) {
    let mut whole = fs::read_to_string(document).unwrap();
    whole.push_str(text);
    fs::write(document, whole).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(100));
    let before = files(&root.join(".haversack"));
    let built = build(root);
    assert!(!built.report.unchanged);
    let after = files(&root.join(".haversack"));
    let new = after.iter().map(|(path, (inode, size))| match before.get(path) {
        // Grown in place, or not touched.
        Some((was, length)) if was == inode => size.saturating_sub(*length),
        _ => *size,
    });
    (built.cost, new.sum())
}

fn summary(edits: &[(Cost, u64)], full: f64) -> Value {
    if edits.is_empty() {
        return Value::Null;
    }
    let middle = median(edits.iter().map(|(cost, _)| *cost).collect());
    let mut bytes: Vec<u64> = edits.iter().map(|(_, bytes)| *bytes).collect();
    bytes.sort_unstable();
    json!({
        "median_cpu_s": middle.cpu, "share_of_full_cpu": middle.cpu / full,
        "first_bytes": edits[0].1, "median_bytes": bytes[bytes.len() / 2], "most_bytes": bytes[bytes.len() - 1],
    })
}

/// Inode and length of every file below a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, (u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let (mut found, mut stack) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(path) = stack.pop() {
        if path.is_dir() {
            stack.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let meta = fs::metadata(&path).unwrap();
            found.insert(path, (meta.ino(), meta.len()));
        }
    }
    found
}

fn generate(folder: &Path, documents: usize, random: &mut Random) -> Vec<PathBuf> {
    let one = |n: usize| {
        let path = folder.join(format!("d{:03}/p{n:06}.md", n / 1_000));
        if n.is_multiple_of(1_000) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
        }
        let text = format!("# Page {n}\n\n{}.\n\n{}.\n", random.words(45), random.words(45));
        fs::write(&path, text).unwrap();
        path
    };
    (0..documents).map(one).collect()
}

/// Copies the Markdown files below a folder.
fn copy(from: &Path, to: &Path) -> Vec<PathBuf> {
    let mut copied = Vec::new();
    for path in files(from).into_keys().filter(|path| path.extension().is_some_and(|e| e == "md")) {
        let target = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&path, &target).unwrap();
        copied.push(target);
    }
    copied
}

/// Microseconds of opening the latest version, and of its first pack; medians of nine.
fn opened(root: &Path) -> (f64, f64) {
    let (mut opens, mut packs) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        let began = Instant::now();
        let context = Store::open(root.join(".haversack")).unwrap().context("docs").unwrap();
        opens.push(began.elapsed().as_secs_f64() * 1e6);
        let began = Instant::now();
        context.pack(&Request::new("the first of all queries").budget(2_000)).unwrap();
        packs.push(began.elapsed().as_secs_f64() * 1e6);
    }
    opens.sort_by(f64::total_cmp);
    packs.sort_by(f64::total_cmp);
    (opens[4], packs[4])
}

/// Words that stand in a row in some chunk.
fn queries(root: &Path, random: &mut Random) -> Vec<String> {
    let index = index(root);
    let chunks: Vec<_> = index.chunks().collect();
    let one = |_| {
        let text = index.chunk(chunks[(random.next() % chunks.len() as u64) as usize]).unwrap().text;
        let words: Vec<&str> = text.split_whitespace().collect();
        let from = (random.next() % words.len().max(1) as u64) as usize;
        words[from..words.len().min(from + 8)].join(" ")
    };
    (0..QUERIES).map(one).collect()
}

/// Each query runs once to fill the cache of query vectors, then five times, of which the best counts.
fn packs(root: &Path, queries: &[String]) -> Value {
    let context = Store::open(root.join(".haversack")).unwrap().context("docs").unwrap();
    let mut best = Vec::new();
    for query in queries {
        let request = Request::new(query.clone()).budget(2_000);
        context.pack(&request).unwrap();
        best.push((0..5).map(|_| context.pack(&request).unwrap().timings_us.total).min().unwrap());
    }
    best.sort_unstable();
    json!({"p50": best[best.len() / 2], "p90": best[best.len() * 9 / 10], "p99": best[best.len() * 99 / 100]})
}

/// All segments of a store, nothing dead: the index of the first version, as long as there is no other.
fn index(root: &Path) -> Index {
    let folders = fs::read_dir(root.join(".haversack/segments")).unwrap().map(|entry| entry.unwrap().path());
    let segments: BTreeSet<PathBuf> = folders.collect();
    let open = |path: &PathBuf| (Arc::new(Segment::open(path).unwrap()), Tombstones::none());
    Index::open(segments.iter().map(open).collect()).unwrap()
}

/// What peers are given.
struct Export {
    folder: PathBuf,
    before: BTreeSet<PathBuf>,
}

impl Export {
    fn begin(folder: &Path, root: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let index = index(root);
        write(folder, "chunks.jsonl", "vectors.f32", &index, "");
        let before = fs::read_dir(root.join(".haversack/segments")).unwrap().map(|e| e.unwrap().path());
        Self { folder: folder.to_owned(), before: before.collect() }
    }

    /// The first edit: the chunks of the document before and after.
    fn edit(&self, root: &Path, document: &Path) {
        let id = format!("docs/{}", document.strip_prefix(root.join("docs")).unwrap().display());
        let ids = |paths: &BTreeSet<PathBuf>| {
            let mut found = Vec::new();
            for path in paths {
                let segment = Segment::open(path).unwrap();
                if segment.find(&id.parse().unwrap()).unwrap().is_some() {
                    found.push(Index::open(vec![(Arc::new(segment), Tombstones::none())]).unwrap());
                }
            }
            found
        };
        let all: BTreeSet<PathBuf> =
            fs::read_dir(root.join(".haversack/segments")).unwrap().map(|e| e.unwrap().path()).collect();
        let new: BTreeSet<PathBuf> = all.difference(&self.before).cloned().collect();
        let removed: Vec<String> = ids(&self.before)
            .iter()
            .flat_map(|index| {
                let at = index.find(&id.parse().unwrap()).unwrap().unwrap();
                index
                    .chunks_of(at)
                    .unwrap()
                    .map(|at| index.chunk_id(at).unwrap().to_string())
                    .collect::<Vec<_>>()
            })
            .collect();
        let added = ids(&new).remove(0);
        write(&self.folder, "edit.jsonl", "edit.f32", &added, &id);
        let rows = fs::read_to_string(self.folder.join("edit.jsonl")).unwrap();
        let rows: Vec<Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
        let edit = json!({"document": id, "removed": removed, "added": rows});
        fs::write(self.folder.join("edit.json"), edit.to_string()).unwrap();
    }

    fn end(&self, queries: &[String], ours: &Value) {
        let embedder = haversack_embed::open(&haversack_embed::EmbedderSpec {
            name: ours["embedder"].as_str().unwrap().to_owned(),
            threads: None,
            ort_library: None,
            models: None,
        });
        let embedder = embedder.unwrap().unwrap();
        let mut rows = BufWriter::new(fs::File::create(self.folder.join("queries.f32")).unwrap());
        let mut lines = String::new();
        for query in queries {
            lines.push_str(&format!("{}\n", json!({"text": query})));
            for x in embedder.embed_query(query).unwrap() {
                rows.write_all(&x.to_le_bytes()).unwrap();
            }
        }
        fs::write(self.folder.join("queries.jsonl"), lines).unwrap();
        let meta = json!({
            "dimensions": embedder.dimensions(), "chunks": ours["chunks"], "queries": queries.len(), "ours": ours
        });
        fs::write(self.folder.join("meta.json"), meta.to_string()).unwrap();
    }
}

/// Writes the chunks of an index, or of one document of it, with their vectors.
fn write(folder: &Path, texts: &str, vectors: &str, index: &Index, document: &str) {
    let mut lines = BufWriter::new(fs::File::create(folder.join(texts)).unwrap());
    let mut rows = BufWriter::new(fs::File::create(folder.join(vectors)).unwrap());
    for at in index.chunks() {
        let chunk = index.chunk(at).unwrap();
        if !document.is_empty() && chunk.document.as_str() != document {
            continue;
        }
        let line =
            json!({"id": chunk.id.to_string(), "document": chunk.document.as_str(), "text": chunk.text});
        writeln!(lines, "{line}").unwrap();
        for x in index.vector(at).unwrap().unwrap_or_default() {
            rows.write_all(&x.to_le_bytes()).unwrap();
        }
    }
}
