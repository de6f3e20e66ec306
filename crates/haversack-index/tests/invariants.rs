//! The promises of the crate, on random corpora.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Random, Shape, WORDS, by_id, corpus, dead, documents, fold, input, query, segment, shape, single,
};
use haversack_index::{ChunkInput, Index};
use haversack_model::{DocumentId, VectorSearch};
use proptest::prelude::*;

const DIMENSIONS: usize = 12;

fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for at in (1..items.len()).rev() {
        items.swap(at, random.below(at + 1));
    }
}

/// Divides chunks by document into segments; some documents also stand, in an older text, in an earlier segment, where
/// they are dead.
fn split(folder: &std::path::Path, inputs: &[ChunkInput], parts: usize, random: &mut Random) -> Index {
    let mut piles: Vec<(Vec<ChunkInput>, BTreeSet<DocumentId>)> = vec![Default::default(); parts];
    let mut documents: BTreeMap<DocumentId, Vec<ChunkInput>> = BTreeMap::new();
    for input in inputs {
        documents.entry(input.chunk.document.clone()).or_default().push(input.clone());
    }
    for (document, chunks) in documents {
        let home = random.below(parts);
        piles[home].0.extend(chunks);
        let grave = random.below(parts);
        if grave != home {
            let old = input(
                document.as_str(),
                9,
                "key server rotate the old text",
                None,
                Some(random.unit(DIMENSIONS)),
            );
            piles[grave].0.push(old);
            piles[grave].1.insert(document.clone());
        }
    }
    // A document that was removed altogether.
    piles[0].0.push(input("c/removed", 0, "key key Schlüssel", Some("de"), Some(random.unit(DIMENSIONS))));
    piles[0].1.insert("c/removed".parse().unwrap());
    shuffle(&mut piles, random);
    let segments = piles.into_iter().enumerate().map(|(number, (mut chunks, buried))| {
        shuffle(&mut chunks, random);
        let segment = segment(&folder.join(format!("part{number}")), &chunks, Some(DIMENSIONS));
        let dead = dead(&segment, &buried);
        (segment, dead)
    });
    Index::open(segments.collect()).unwrap()
}

fn answers(index: &Index, admit: &dyn Fn(&str) -> bool, seed: u64) -> Vec<Shape> {
    let mut random = Random(seed);
    let mask = by_id(index, admit);
    let mut all = Vec::new();
    for search in [VectorSearch::Auto, VectorSearch::Exact, VectorSearch::Scan] {
        for candidates in [1, 3, 20, 500] {
            let text: Vec<&str> = (0..random.below(9)).map(|_| WORDS[random.below(WORDS.len())]).collect();
            let vector = random.unit(DIMENSIONS);
            let mut query = query("", Some(&vector), &mask, candidates);
            let text = text.join(" ");
            (query.text, query.search) = (&text, search);
            all.push(shape(&index.search(&query).unwrap()));
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn rankings_do_not_depend_on_segments(seed in any::<u64>(), count in 0..60_usize, parts in 1..6_usize) {
        let folder = tempfile::tempdir().unwrap();
        let inputs = corpus(seed, count, DIMENSIONS);
        let fresh = single(&folder.path().join("fresh"), &inputs, Some(DIMENSIONS));
        let history = split(folder.path(), &inputs, parts, &mut Random(seed ^ 1));
        prop_assert_eq!(fresh.len(), history.len());
        prop_assert_eq!(documents(&fresh), documents(&history));
        prop_assert_eq!(history.verify().unwrap(), []);
        prop_assert_eq!(answers(&fresh, &|_| true, seed), answers(&history, &|_| true, seed));
    }

    #[test]
    fn hidden_documents_leave_no_trace(seed in any::<u64>(), documents in 0..60_usize, parts in 1..4_usize, share in 1..6_usize) {
        let folder = tempfile::tempdir().unwrap();
        let inputs = corpus(seed, documents, DIMENSIONS);
        let admit = |id: &str| fold(id) % 6 < share;
        let visible: Vec<ChunkInput> = inputs.iter().filter(|input| admit(input.chunk.document.as_str())).cloned().collect();
        let alone = single(&folder.path().join("alone"), &visible, Some(DIMENSIONS));
        let masked = split(folder.path(), &inputs, parts, &mut Random(seed ^ 2));
        prop_assert_eq!(by_id(&masked, &admit).chunks(), alone.len());
        prop_assert_eq!(answers(&alone, &|_| true, seed), answers(&masked, &admit, seed));
    }
}

/// Enough chunks for every step of the scan, with and without a mask, in one segment and in four.
#[test]
fn the_scan_does_not_depend_on_segments_either() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = corpus(42, 13_000, DIMENSIONS);
    let admit = |id: &str| fold(id) % 11 != 3;
    let fresh = single(&folder.path().join("fresh"), &inputs, Some(DIMENSIONS));
    let history = split(folder.path(), &inputs, 4, &mut Random(5));
    let visible: Vec<ChunkInput> =
        inputs.iter().filter(|input| admit(input.chunk.document.as_str())).cloned().collect();
    let alone = single(&folder.path().join("alone"), &visible, Some(DIMENSIONS));
    assert!(alone.len() > 22_000, "{}", alone.len());
    let expected = answers(&fresh, &|_| true, 1);
    assert_eq!(expected, answers(&history, &|_| true, 1));
    let masked = answers(&alone, &|_| true, 2);
    assert_eq!(masked, answers(&fresh, &admit, 2));
    assert_eq!(masked, answers(&history, &admit, 2));

    // The same from many threads at once.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(expected, answers(&history, &|_| true, 1)));
        }
    });
}

/// Above 100,000 chunks a search runs on all cores.
#[test]
fn answers_do_not_depend_on_threads() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(6);
    let mut part = |name: &str, count: usize| {
        let inputs: Vec<ChunkInput> = (0..count)
            .map(|at| {
                let text = [WORDS[random.below(WORDS.len())], WORDS[random.below(6)]].join(" ");
                input(&format!("c/{name}{}", at / 50), at as u32, &text, None, Some(random.unit(DIMENSIONS)))
            })
            .collect();
        (segment(&folder.path().join(name), &inputs, Some(DIMENSIONS)), [1, 7].into_iter().collect())
    };
    let index = Index::open(vec![part("a", 70_000), part("b", 45_000)]).unwrap();
    let admit = |id: &str| fold(id) % 50 != 3;
    assert!(by_id(&index, &admit).chunks() > 100_000 && !by_id(&index, &admit).is_unrestricted());
    let all = [1, 4].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| (answers(&index, &|_| true, 3), answers(&index, &admit, 3)))
    });
    assert_eq!(all[0], all[1]);
}
