//! The contract of filtered search: under any mask at least 99 % of the 10 nearest permitted chunks are found.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
#[allow(dead_code, reason = "of the corpus only vectors are used")]
#[path = "../../../benches/index/corpus.rs"]
mod corpus;

use std::path::Path;
use std::sync::Arc;

use common::{Random, fold, input, query, record, spec};
use corpus::{DIMENSIONS, Generator};
use haversack_index::{Admission, Class, GraphRule, Index, Mask, Segment, SegmentBuilder, Tombstones};
use haversack_model::{ChunkId, VectorSearch};

const QUERIES: usize = 25;
/// Topics of the generator.
const TOPICS: usize = 400;

/// One chunk a document, whose only label is its topic, in two segments.
fn build(folder: &Path, generator: &mut Generator, chunks: usize, graph: GraphRule) -> Index {
    let parts = (0..2).map(|part| {
        let dir = folder.join(format!("{graph:?}{part}"));
        let mut builder = SegmentBuilder::new(&dir, spec(Some(DIMENSIONS), graph)).unwrap();
        for number in (part..chunks).step_by(2) {
            let topic = generator.topic();
            let name = format!("c/{number}");
            let chunk = input(&name, 0, "text", None, Some(generator.vector(topic)));
            let mut record = record(&chunk.chunk.document);
            record.labels = [format!("topic{topic}")].into();
            builder.document(&record).unwrap();
            builder.push(&chunk).unwrap();
        }
        builder.finish().unwrap();
        (Arc::new(Segment::open(&dir).unwrap()), Tombstones::none())
    });
    Index::open(parts.collect()).unwrap()
}

/// Masks of about a share of the chunks: any documents, or those of some topics.
fn masks(index: &Index, per_mille: usize) -> [(&'static str, Mask); 2] {
    let id = |id: &str| Random(fold(id) as u64).below(1_000) < per_mille;
    let random = Admission { class: &|_| true, id: Some(&id), record: None };
    let topics = (TOPICS * per_mille).div_ceil(1_000);
    let topic = |class: &Class| {
        class.labels.iter().any(|label| label.trim_start_matches("topic").parse::<usize>().unwrap() < topics)
    };
    let correlated = Admission { class: &topic, id: None, record: None };
    [("random", index.mask(&random).unwrap()), ("correlated", index.mask(&correlated).unwrap())]
}

fn found(index: &Index, mask: &Mask, vector: &[f32], search: VectorSearch) -> Vec<ChunkId> {
    let mut query = query("", Some(vector), mask, 10);
    query.search = search;
    index.search(&query).unwrap().hits.into_iter().map(|hit| hit.id).collect()
}

/// Queries of any topic: under a mask of topics most are of none that is permitted.
fn contract(index: &Index, generator: &mut Generator, name: &str) {
    let queries: Vec<Vec<f32>> = (0..QUERIES)
        .map(|_| {
            let topic = generator.topic();
            generator.vector(topic)
        })
        .collect();
    for per_mille in [1, 10, 100, 500] {
        for (kind, mask) in masks(index, per_mille) {
            assert!(mask.chunks() > 0 && mask.chunks() < index.len());
            let (mut shared, mut wanted) = ([0; 3], 0);
            for vector in &queries {
                let exact = found(index, &mask, vector, VectorSearch::Exact);
                assert_eq!(exact.len(), mask.chunks().min(10));
                wanted += exact.len();
                let ways = [VectorSearch::Auto, VectorSearch::Scan, VectorSearch::Hnsw];
                for (shared, search) in shared.iter_mut().zip(ways) {
                    let found = found(index, &mask, vector, search);
                    *shared += exact.iter().filter(|id| found.contains(id)).count();
                }
            }
            for shared in shared {
                assert!(
                    shared * 100 >= wanted * 99,
                    "{name}, {per_mille} of 1,000, {kind}: {shared} of {wanted}"
                );
            }
        }
    }
}

#[test]
fn scans_find_what_is_permitted() {
    let folder = tempfile::tempdir().unwrap();
    let mut generator = Generator::new(17);
    let index = build(folder.path(), &mut generator, 50_000, GraphRule::Never);
    contract(&index, &mut generator, "scan");
    let everything = index.everything();
    for topic in 0..QUERIES {
        let vector = generator.vector(topic);
        let exact = found(&index, &everything, &vector, VectorSearch::Exact);
        assert_eq!(found(&index, &everything, &vector, VectorSearch::Auto), exact);
    }
}

#[test]
fn segments_with_graphs_find_what_is_permitted() {
    let folder = tempfile::tempdir().unwrap();
    let mut generator = Generator::new(18);
    let index = build(folder.path(), &mut generator, 6_000, GraphRule::Always);
    contract(&index, &mut generator, "graph");
}
