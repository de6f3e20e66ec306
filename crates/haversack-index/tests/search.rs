//! What a search returns, against a reference that is written another way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;

use common::{by_id, corpus, dead, document, input, query, single, spec, write};
use haversack_index::{
    Analyzer, AnalyzerSpec, ChunkInput, GraphRule, Index, IndexError, Segment, Tombstones, VectorError,
};
use haversack_model::{ChunkId, VectorSearch};

/// BM25 in 64 bits, straight from the formula, for chunks of one language.
fn reference(inputs: &[ChunkInput], text: &str, k1: f64, b: f64) -> BTreeMap<ChunkId, f64> {
    let analyzer = Analyzer::new(AnalyzerSpec::default()).unwrap();
    let terms: Vec<Vec<String>> =
        inputs.iter().map(|input| analyzer.terms(&input.chunk.contextual_text(), Some("en"))).collect();
    let average = terms.iter().map(Vec::len).sum::<usize>() as f64 / inputs.len() as f64;
    let mut scores = BTreeMap::new();
    for wanted in analyzer.terms(text, Some("en")) {
        let holding = terms.iter().filter(|terms| terms.contains(&wanted)).count() as f64;
        let idf = (1.0 + (inputs.len() as f64 - holding + 0.5) / (holding + 0.5)).ln();
        for (input, terms) in inputs.iter().zip(&terms) {
            let tf = terms.iter().filter(|term| **term == wanted).count() as f64;
            let norm = k1 * (1.0 - b + b * terms.len() as f64 / average);
            let part = if tf > 0.0 { idf * tf / (tf + norm) } else { 0.0 };
            *scores.entry(input.chunk.id).or_insert(0.0) += part;
        }
    }
    scores
}

#[test]
fn lexical_scores_are_bm25() {
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = corpus(7, 60, 8);
    inputs.iter_mut().for_each(|input| input.language = Some("en".to_owned()));
    let index = single(&folder.path().join("s"), &inputs, Some(8));
    let mask = index.everything();
    for text in ["rotating the key", "BCN-1007 server key key", "富士山 naive unknownword"] {
        for (k1, b) in [(0.9, 0.4), (0.0, 0.0), (1.2, 0.75), (10.0, 1.0)] {
            let expected = reference(&inputs, text, k1, b);
            let mut query = query(text, None, &mask, 1_000);
            (query.k1, query.b) = (k1, b);
            let found = index.search(&query).unwrap();
            assert_eq!(found.hits.len(), expected.values().filter(|score| **score > 0.0).count());
            for hit in &found.hits {
                let score = hit.lexical.unwrap();
                assert!((f64::from(score) - expected[&hit.id]).abs() < 1e-4, "{text}: {score}");
                assert!(score <= found.lexical_bound);
            }
        }
    }
}

#[test]
fn every_hit_has_both_scores_and_its_ranks() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = corpus(3, 200, 16);
    let index = single(&folder.path().join("s"), &inputs, Some(16));
    let mask = index.everything();
    let vector = inputs[5].vector.clone().unwrap();
    let found = index.search(&query("rotate the server key", Some(&vector), &mask, 10)).unwrap();
    assert!(found.hits.is_sorted_by_key(|hit| hit.id));
    assert!(found.hits.iter().all(|hit| hit.lexical.is_some() && hit.dense.is_some()));
    for ranks in [|hit: &haversack_index::Hit| hit.lexical_rank, |hit: &haversack_index::Hit| hit.dense_rank]
    {
        let mut seen: Vec<u32> = found.hits.iter().filter_map(ranks).collect();
        seen.sort_unstable();
        assert_eq!(seen, (1..=10).collect::<Vec<_>>());
    }
    let first = found.hits.iter().find(|hit| hit.dense_rank == Some(1)).unwrap();
    assert_eq!(first.id, inputs[5].chunk.id);
    for hit in &found.hits {
        let input = inputs.iter().find(|input| input.chunk.id == hit.id).unwrap();
        let dot: f32 = input.vector.as_ref().unwrap().iter().zip(&vector).map(|(a, b)| a * b).sum();
        assert!((dot - hit.dense.unwrap()).abs() < 1e-5);
        assert_eq!(index.chunk(hit.at).unwrap(), input.chunk);
        assert_eq!(index.tokens(hit.at).unwrap(), input.tokens);
        let document = index.document_of(hit.at).unwrap();
        assert_eq!(index.document_id(document).unwrap(), input.chunk.document);
        assert!(index.chunks_of(document).unwrap().any(|at| at == hit.at));
        assert_eq!(index.vector(hit.at).unwrap(), input.vector);
    }
}

#[test]
fn scan_and_exact_agree_on_a_large_corpus() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = corpus(11, 11_500, 64);
    let index = single(&folder.path().join("s"), &inputs, Some(64));
    assert!(index.len() > 20_000, "large enough for the sign bits: {}", index.len());
    let half = by_id(&index, &|id| id.ends_with(['1', '3', '5', '7', '9', '0', '2', '4', '6']));
    for mask in [index.everything(), half] {
        let (mut shared, mut total) = (0, 0);
        for seed in 0..20 {
            let vector = common::Random(1_000 + seed).unit(64);
            let mut query = query("", Some(&vector), &mask, 10);
            query.search = VectorSearch::Exact;
            let exact = index.search(&query).unwrap();
            query.search = VectorSearch::Scan;
            let scan = index.search(&query).unwrap();
            total += exact.hits.len();
            shared +=
                scan.hits.iter().filter(|hit| exact.hits.iter().any(|other| other.id == hit.id)).count();
        }
        // Random vectors have no neighbours worth the name: the hardest case there is.
        assert!(shared * 100 >= total * 95, "{shared} of {total}");
    }
}

#[test]
fn no_chunk_and_one_chunk_work() {
    let folder = tempfile::tempdir().unwrap();
    let empty = single(&folder.path().join("empty"), &[], Some(4));
    let mask = empty.everything();
    let vector = [1.0, 0.0, 0.0, 0.0];
    let found = empty.search(&query("key", Some(&vector), &mask, 10)).unwrap();
    assert!(found.hits.is_empty() && empty.is_empty() && empty.documents() == 0);

    let none = Index::open(Vec::new()).unwrap();
    let mask = none.everything();
    assert!(none.search(&query("key", Some(&vector), &mask, 10)).unwrap().hits.is_empty());

    let one = single(&folder.path().join("one"), &[input("c/a", 0, "the key", None, None)], None);
    let mask = one.everything();
    let found = one.search(&query("keys", None, &mask, 10)).unwrap();
    assert_eq!((found.hits.len(), found.hits[0].dense, found.terms), (1, None, 1));
    assert!(matches!(
        one.search(&query("keys", Some(&vector), &mask, 10)),
        Err(IndexError::Vector(VectorError::Unexpected))
    ));
}

#[test]
fn odd_queries_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = corpus(5, 50, 4);
    let index = single(&folder.path().join("s"), &inputs, Some(4));
    let mask = by_id(&index, &|_| true);
    for text in ["", "  \n", "🦀🎉", "\u{301}", "...---..."] {
        let found = index.search(&query(text, None, &mask, 10)).unwrap();
        assert_eq!((found.terms, found.hits.len()), (0, 0), "{text:?}");
    }
    let english = by_id(&index, &|_| false);
    assert_eq!(index.search(&query("key", None, &english, 10)).unwrap().hits.len(), 0);

    let mut long = String::new();
    for number in 0..12_000 {
        long.push_str(&format!("word{number} key "));
    }
    assert!(long.len() > 100_000);
    let found = index.search(&query(&long, None, &mask, 10)).unwrap();
    assert_eq!(found.terms, 256);
    assert!(found.terms_left_out > 10_000);
    let zeros = index.search(&query("key", None, &mask, 0)).unwrap();
    assert!(zeros.hits.is_empty());
}

#[test]
fn stop_words_alone_find_nothing_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let inputs: Vec<_> =
        (0..5).map(|n| input(&format!("c/{n}"), 0, "to be or not to be", Some("en"), None)).collect();
    let index = single(&folder.path().join("s"), &inputs, None);
    let mask = index.everything();
    let found = index.search(&query("to be or not to be", None, &mask, 10)).unwrap();
    assert_eq!((found.terms, found.hits.len(), found.lexical_bound), (0, 0, 0.0));
}

#[test]
fn each_language_is_searched_in_its_own_way() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = [
        input("c/en", 0, "Rotating the signing keys", Some("en"), None),
        input("c/de", 0, "Die Schlüssel werden erneuert, siehe BCN-1007", Some("de"), None),
        input("c/ja", 0, "署名鍵の更新手順", Some("ja"), None),
    ];
    let index = single(&folder.path().join("s"), &inputs, None);
    let mask = index.everything();
    let first = |text: &str| {
        let found = index.search(&query(text, None, &mask, 10)).unwrap();
        let best = found.hits.iter().find(|hit| hit.lexical_rank == Some(1))?;
        Some(index.document_id(index.document_of(best.at).unwrap()).unwrap().to_string())
    };
    assert_eq!(first("rotate key").as_deref(), Some("c/en"));
    assert_eq!(first("schlussel").as_deref(), Some("c/de"));
    assert_eq!(first("bcn-1007").as_deref(), Some("c/de"));
    assert_eq!(first("1007").as_deref(), Some("c/de"));
    assert_eq!(first("鍵の更新").as_deref(), Some("c/ja"));
    assert_eq!(first("nothing"), None);
}

#[test]
fn identical_vectors_are_all_found_in_order_of_id() {
    let folder = tempfile::tempdir().unwrap();
    let inputs: Vec<_> =
        (0..3_000).map(|n| input(&format!("c/{n}"), 0, "same", None, Some(vec![0.6, 0.8]))).collect();
    let index = single(&folder.path().join("s"), &inputs, Some(2));
    let mask = index.everything();
    let found = index.search(&query("", Some(&[0.6, 0.8]), &mask, 50)).unwrap();
    let mut ids: Vec<ChunkId> = inputs.iter().map(|input| input.chunk.id).collect();
    ids.sort_unstable();
    assert_eq!(found.hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), ids[..50]);
}

#[test]
fn what_cannot_be_indexed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let chunk = input("c/a", 0, "text", None, Some(vec![1.0, 0.0]));
    let twice = [chunk.clone(), chunk.clone()];
    let result = write(&at("a"), &twice, spec(Some(2), GraphRule::Never));
    assert!(matches!(result, Err(IndexError::DuplicateChunk(id)) if id == chunk.chunk.id));
    for (vector, dimensions, expected) in [
        (Some(vec![0.0, 0.0]), Some(2), VectorError::NotUnit(0.0)),
        (Some(vec![f32::NAN, 0.0]), Some(2), VectorError::NotFinite(0)),
        (Some(vec![1.0]), Some(2), VectorError::Dimensions { expected: 2, found: 1 }),
        (None, Some(2), VectorError::Missing),
        (Some(vec![1.0, 0.0]), None, VectorError::Unexpected),
    ] {
        let input = ChunkInput { vector, ..chunk.clone() };
        let result = write(&at("b"), &[input], spec(dimensions, GraphRule::Never));
        assert!(matches!(result, Err(IndexError::Vector(error)) if error == expected));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a failed build leaves nothing");
    write(&at("c"), &[chunk], spec(Some(2), GraphRule::Never)).unwrap();
    assert!(matches!(write(&at("c"), &[], spec(None, GraphRule::Never)), Err(IndexError::Exists(_))));
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = common::segment(&folder.path().join("a"), &[input("c/a", 0, "one", None, None)], None);
    let again = common::segment(&folder.path().join("b"), &[input("c/a", 1, "two", None, None)], None);
    let open = |parts| Index::open(parts).map(|index| index.len());
    let both = vec![(first.clone(), Tombstones::none()), (again.clone(), Tombstones::none())];
    let problems = Index::open(both).unwrap().verify().unwrap();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].detail, "document `c/a` is live in two segments");
    let buried = dead(&first, &[document("c/a"), document("c/unknown")]);
    assert_eq!(open(vec![(first.clone(), buried), (again, Tombstones::none())]).unwrap(), 1);
    let unknown = vec![(first.clone(), [0, 1].into_iter().collect())];
    assert!(matches!(open(unknown), Err(IndexError::NoDocument { number: 1, documents: 1 })));

    let vectors =
        common::segment(&folder.path().join("c"), &[input("c/b", 0, "x", None, Some(vec![1.0]))], Some(1));
    let mixed = vec![(first.clone(), Tombstones::none()), (vectors, Tombstones::none())];
    assert!(matches!(open(mixed), Err(IndexError::Vector(_))));

    let index = Index::open(vec![(first, Tombstones::none())]).unwrap();
    let other = index.clone();
    assert!(other.search(&query("one", None, &index.everything(), 5)).is_ok(), "a clone is the same index");
    let foreign = Index::open(Vec::new()).unwrap().everything();
    assert!(matches!(index.search(&query("one", None, &foreign, 5)), Err(IndexError::ForeignMask)));
}

#[test]
fn segments_are_the_same_bytes_but_for_tantivy() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = corpus(21, 80, 12);
    let mut turned = inputs.clone();
    turned.reverse();
    let first = write(&folder.path().join("a"), &inputs, spec(Some(12), GraphRule::Always)).unwrap();
    let second = write(&folder.path().join("b"), &turned, spec(Some(12), GraphRule::Always)).unwrap();
    assert_eq!(first.id, second.id);
    for name in [
        "table",
        "texts",
        "documents",
        "names",
        "classes",
        "records",
        "rows",
        "quantised",
        "scales",
        "signs",
        "graph",
    ] {
        let bytes = |dir: &str| std::fs::read(folder.path().join(dir).join(name)).unwrap();
        assert_eq!(bytes("a"), bytes("b"), "{name}");
    }
    let segment = Segment::open(folder.path().join("a")).unwrap();
    let verified = segment.verify().unwrap();
    assert_eq!(verified.problems, []);
    let counts =
        (verified.documents, verified.chunks, verified.postings, verified.vectors, verified.searched);
    let chunks = inputs.len() as u64;
    assert_eq!(counts, (u64::from(segment.documents()), chunks, chunks, chunks, chunks));
    assert!(verified.graph_recall.unwrap() > 0.95, "{verified:?}");
    let mut files: Vec<String> = segment.files();
    files.retain(|name| !name.contains('/'));
    let mut there: Vec<String> = std::fs::read_dir(folder.path().join("a"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "lexical")
        .collect();
    there.sort();
    assert_eq!(files, there, "nothing else is left in the folder");
}
