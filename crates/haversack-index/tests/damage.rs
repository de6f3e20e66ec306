//! Damaged, cut, missing and foreign files: an error or the right answer, never a panic and never a wrong answer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use common::{Random, corpus, query, shape, spec, write};
use haversack_index::{Admission, GraphRule, Index, IndexError, Segment, Tombstones};
use haversack_model::VectorSearch;

const DIMENSIONS: usize = 40;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("lexical")).unwrap();
    for name in Segment::open(from).unwrap().files() {
        fs::copy(from.join(&name), to.join(&name)).unwrap();
    }
}

/// Opens, searches in every way and reads every chunk.
fn use_all(dir: &Path) -> Result<Vec<common::Shape>, IndexError> {
    let index = Index::open(vec![(Arc::new(Segment::open(dir)?), Tombstones::none())])?;
    let mut answers = Vec::new();
    let mask = index.everything();
    for search in [VectorSearch::Exact, VectorSearch::Scan, VectorSearch::Hnsw] {
        for text in ["rotating key server BCN-1007", "Schlüssel 富士山 token budget"] {
            let vector = Random(9).unit(DIMENSIONS);
            let mut query = query(text, Some(&vector), &mask, 20);
            query.search = search;
            answers.push(shape(&index.search(&query)?));
        }
    }
    let class = |class: &haversack_index::Class| class.labels.is_empty();
    let record = |record: &haversack_model::DocumentRecord| !record.title.is_empty();
    let mask = index.mask(&Admission { class: &class, id: None, record: Some(&record) })?;
    answers.push(shape(&index.search(&query("rotating server key", None, &mask, 20))?));
    for at in index.chunks() {
        index.chunk(at)?;
        index.vector(at)?;
        index.tokens(at)?;
        index.document_of(at)?;
    }
    for at in index.live_documents() {
        index.record(at)?;
        index.class(at)?;
        index.find(&index.document_id(at)?)?;
    }
    Ok(answers)
}

#[test]
fn flipped_cut_and_missing_files_are_errors_or_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    write(&whole, &corpus(1, 700, DIMENSIONS), spec(Some(DIMENSIONS), GraphRule::Always)).unwrap();
    let expected = use_all(&whole).unwrap();
    let names = Segment::open(&whole).unwrap().files();
    let mut random = Random(77);
    let (mut found, mut tried) = (0, 0);
    for name in &names {
        let bytes = fs::read(whole.join(name)).unwrap();
        for round in 0..14 {
            let hurt = folder.path().join("hurt");
            copy(&whole, &hurt);
            let mut bad = bytes.clone();
            match round {
                0 => fs::remove_file(hurt.join(name)).unwrap(),
                1 => bad.truncate(random.below(bytes.len().max(1))),
                2 => bad.push(0),
                3 => bad.clear(),
                // Another file of the same segment in its place.
                4 | 5 => bad = fs::read(whole.join(&names[random.below(names.len())])).unwrap(),
                _ if bad.is_empty() => continue,
                _ => {
                    let at = random.below(bytes.len());
                    bad[at] ^= 1 << random.below(8);
                }
            }
            if round > 0 && bad == bytes {
                continue;
            }
            if round > 0 {
                fs::write(hurt.join(name), &bad).unwrap();
            }
            tried += 1;
            match use_all(&hurt) {
                Ok(answers) => assert_eq!(answers, expected, "{name}, round {round}: a wrong answer"),
                Err(_) => found += 1,
            }
            // What a search did not come across, verification finds.
            if let Ok(segment) = Segment::open(&hurt) {
                let problems = segment.verify().unwrap();
                assert!(
                    problems.problems.iter().any(|problem| problem.file == *name),
                    "{name}, round {round}"
                );
            }
            fs::remove_dir_all(&hurt).unwrap();
        }
    }
    assert!(tried > 100 && found * 10 > tried * 7, "{found} of {tried}");
}

#[test]
fn files_of_another_segment_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a"), folder.path().join("b"));
    write(&first, &corpus(1, 50, DIMENSIONS), spec(Some(DIMENSIONS), GraphRule::Never)).unwrap();
    write(&second, &corpus(2, 50, DIMENSIONS), spec(Some(DIMENSIONS), GraphRule::Never)).unwrap();
    // tantivy names its files at random: those of the second go by their endings.
    let ending = |name: &str| name.rsplit('.').next().unwrap().to_owned();
    let (names, others) = (Segment::open(&first).unwrap().files(), Segment::open(&second).unwrap().files());
    let expected = use_all(&first).unwrap();
    let mut wrong = 0;
    for name in names {
        let other = others.iter().find(|other| ending(other) == ending(&name)).unwrap();
        let bytes = fs::read(second.join(other)).unwrap();
        if bytes == fs::read(first.join(&name)).unwrap() {
            continue;
        }
        let mixed = folder.path().join("mixed");
        copy(&first, &mixed);
        fs::write(mixed.join(&name), bytes).unwrap();
        match use_all(&mixed) {
            Ok(answers) => assert_eq!(answers, expected, "{name}"),
            Err(_) => wrong += 1,
        }
        if let Ok(segment) = Segment::open(&mixed) {
            assert!(!segment.verify().unwrap().is_whole(), "{name}");
        }
        fs::remove_dir_all(&mixed).unwrap();
    }
    assert!(wrong > 8, "{wrong}");
}

#[test]
fn newer_and_older_segments_are_named_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("a");
    write(&dir, &corpus(1, 5, DIMENSIONS), spec(Some(DIMENSIONS), GraphRule::Never)).unwrap();
    let mut bytes = fs::read(dir.join("segment")).unwrap();
    bytes[8] = 99;
    fs::write(dir.join("segment"), &bytes).unwrap();
    let error = Segment::open(&dir).unwrap_err();
    let IndexError::Frame { source, .. } = &error else { panic!("{error}") };
    assert!(source.to_string().contains("newer"), "{source}");
    bytes[8] = 1;
    fs::write(dir.join("segment"), &bytes).unwrap();
    let IndexError::Frame { source, .. } = Segment::open(&dir).unwrap_err() else {
        panic!("a frame is older")
    };
    assert!(source.to_string().contains("older"), "{source}");
}

#[test]
fn a_dropped_builder_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut builder =
        haversack_index::SegmentBuilder::new(folder.path().join("a"), spec(None, GraphRule::Never)).unwrap();
    builder.document(&common::record(&common::document("c/a"))).unwrap();
    builder.push(&common::input("c/a", 0, "text", None, None)).unwrap();
    drop(builder);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
