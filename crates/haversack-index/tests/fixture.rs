//! A segment of format 2 that is kept for ever: it opens, is whole, and answers as it did when it was written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::{Random, corpus, document, input, query, record, shape, spec, write, write_with};
use haversack_index::{ChunkInput, GraphRule, Index, Segment, SegmentSummary, Tombstones};
use haversack_model::VectorSearch;
use haversack_model::frame::{self, Kind};

const DIMENSIONS: usize = 8;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn build(dir: &Path) -> SegmentSummary {
    let spec = spec(Some(DIMENSIONS), GraphRule::Always);
    write_with(dir, &corpus(2_026, 14, DIMENSIONS), &["a/empty", "z/empty"], spec).unwrap()
}

/// Everything that a reader can learn, as text.
fn transcript(dir: &Path) -> String {
    let segment = Arc::new(Segment::open(dir).unwrap());
    let mut lines = vec![format!("segment {}", segment.id())];
    let dead: Tombstones = [2, 5].into_iter().collect();
    let index = Index::open(vec![(segment, dead)]).unwrap();
    for at in index.live_documents() {
        lines.push(format!("{:?} {:?}", index.class(at).unwrap(), index.record(at).unwrap()));
        for chunk in index.chunks_of(at).unwrap() {
            lines.push(format!("  {:?} {:?}", index.chunk(chunk).unwrap(), index.tokens(chunk).unwrap()));
        }
    }
    let mask = index.everything();
    for search in [VectorSearch::Exact, VectorSearch::Scan, VectorSearch::Hnsw] {
        for text in ["rotating key server BCN-1007", "Schlüssel 富士山 token budget"] {
            let vector = Random(text.len() as u64).unit(DIMENSIONS);
            let mut query = query(text, Some(&vector), &mask, 5);
            query.search = search;
            lines.push(format!("{text} {search:?} {:?}", shape(&index.search(&query).unwrap())));
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn the_kept_segment_answers_as_it_did() {
    let dir = fixtures().join("v2");
    assert_eq!(Segment::open(dir.join("segment")).unwrap().verify().unwrap().problems, []);
    assert_eq!(transcript(&dir.join("segment")), fs::read_to_string(dir.join("transcript.txt")).unwrap());
}

/// When this fails, segments that are written now differ from those written before: that is another format.
#[test]
fn the_same_segment_is_written_today() {
    let folder = tempfile::tempdir().unwrap();
    let (kept, new) = (fixtures().join("v2/segment"), folder.path().join("segment"));
    let summary = build(&new);
    assert_eq!(summary.id, Segment::open(&kept).unwrap().id());
    for name in Segment::open(&kept).unwrap().files() {
        // tantivy names its files at random, and what names or covers them differs.
        if !name.starts_with("lexical") && name != "pages" && name != "segment" {
            assert_eq!(fs::read(kept.join(&name)).unwrap(), fs::read(new.join(&name)).unwrap(), "{name}");
        }
    }
}

/// `cargo test -p haversack-index --test fixture -- --ignored`, once for each new format, in a folder of its own.
#[test]
#[ignore = "writes the fixture"]
fn write_the_fixture() {
    let dir = fixtures().join("v2");
    if !dir.exists() {
        fs::create_dir_all(&dir).unwrap();
        build(&dir.join("segment"));
        fs::write(dir.join("transcript.txt"), transcript(&dir.join("segment"))).unwrap();
    }
    write_seeds(&dir.join("segment"));
}

fn write_seeds(segment: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let circle: Vec<ChunkInput> = (0..8)
        .map(|at| {
            let (sin, cos) = (at as f32).sin_cos();
            input(&format!("c/{at}"), 0, "text", None, Some(vec![cos, sin]))
        })
        .collect();
    write(&folder.path().join("circle"), &circle, spec(Some(2), GraphRule::Always)).unwrap();
    let read = |path: PathBuf| fs::read(path).unwrap();
    let chunk = circle[0].chunk.clone();
    let number = |path: &str| read(segment.join(path)).len();
    let count = (number("documents") - 8) / 24;
    let names = read(segment.join("names"));
    let padding = vec![0; (count * 8).saturating_sub(names.len())];
    let seeds: [(&str, Vec<u8>); 9] = [
        ("segment", read(segment.join("segment"))),
        ("classes", read(segment.join("classes"))),
        ("chunk", frame::encode(Kind::new(*b"CHNK", 2), &chunk).unwrap()),
        ("record", frame::encode(Kind::new(*b"DOCR", 2), &record(&document("c/a"))).unwrap()),
        ("tombstones", Vec::from([0, 3, 400, 70_000].into_iter().collect::<Tombstones>())),
        ("blocks", [&[1, 0, 0, 0, 0, 0, 150, 0][..], &read(segment.join("texts"))].concat()),
        ("documents", [vec![count as u8], read(segment.join("documents")), names, padding].concat()),
        ("graph", read(folder.path().join("circle/graph"))),
        ("graph", vec![0; 64]),
    ];
    for (at, (name, bytes)) in seeds.into_iter().enumerate() {
        let dir = fixtures().join("seeds").join(name);
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join(at.to_string()), bytes).unwrap();
    }
}
