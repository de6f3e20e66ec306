//! The graph: what it finds, with masks and with odd vectors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use common::{Random, by_id, input, query, shape, spec, write};
use haversack_index::{ChunkInput, GraphRule, Index, Segment, Tombstones};
use haversack_model::VectorSearch;

const DIMENSIONS: usize = 24;

fn clustered(count: usize) -> Vec<ChunkInput> {
    let mut random = Random(4);
    let centres: Vec<Vec<f32>> = (0..30).map(|_| random.unit(DIMENSIONS)).collect();
    (0..count)
        .map(|number| {
            let noise = random.unit(DIMENSIONS);
            let mut vector: Vec<f32> = centres[random.below(30)]
                .iter()
                .zip(&noise)
                .map(|(centre, noise)| centre + 0.7 * noise)
                .collect();
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            vector.iter_mut().for_each(|x| *x /= length);
            input(&format!("c/{number}"), 0, "text", None, Some(vector))
        })
        .collect()
}

fn open(dir: &std::path::Path, inputs: &[ChunkInput], graph: GraphRule) -> Index {
    write(dir, inputs, spec(inputs.first().map(|input| input.vector.as_ref().unwrap().len()), graph))
        .unwrap();
    Index::open(vec![(Arc::new(Segment::open(dir).unwrap()), Tombstones::none())]).unwrap()
}

#[test]
fn walks_find_what_exact_search_finds() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(&folder.path().join("a"), &clustered(1_800), GraphRule::Always);
    assert!(index.segments().all(|segment| segment.has_graph()));
    let third = by_id(&index, &|id| id.len() % 3 == 0);
    let few = by_id(&index, &|id| id.ends_with("77"));
    for (mask, least) in [(index.everything(), 97), (third, 97), (few, 100)] {
        let (mut shared, mut total) = (0, 0);
        for seed in 0..30 {
            let vector = Random(900 + seed).unit(DIMENSIONS);
            let mut query = query("", Some(&vector), &mask, 10);
            query.search = VectorSearch::Exact;
            let exact = index.search(&query).unwrap();
            query.search = VectorSearch::Hnsw;
            let walk = index.search(&query).unwrap();
            assert_eq!(walk.hits.len(), exact.hits.len());
            assert_eq!(shape(&walk), shape(&index.search(&query).unwrap()), "a walk repeats");
            total += exact.hits.len();
            for hit in walk.hits {
                shared += usize::from(
                    exact.hits.iter().any(|other| (other.id, other.dense) == (hit.id, hit.dense)),
                );
            }
        }
        assert!(shared * 100 >= total * least, "{shared} of {total}");
    }
}

#[test]
fn odd_sets_of_vectors_are_found_whole() {
    let folder = tempfile::tempdir().unwrap();
    let same: Vec<ChunkInput> =
        (0..300).map(|n| input(&format!("c/{n}"), 0, "same", None, Some(vec![0.6, 0.8]))).collect();
    let mut mostly = same.clone();
    mostly.push(input("c/other", 0, "other", None, Some(vec![-1.0, 0.0])));
    for (name, inputs) in
        [("one", same[..1].to_vec()), ("two", same[..2].to_vec()), ("same", same), ("mostly", mostly)]
    {
        let index = open(&folder.path().join(name), &inputs, GraphRule::Always);
        let mask = index.everything();
        let vector = inputs.last().unwrap().vector.clone().unwrap();
        let mut query = query("", Some(&vector), &mask, 5);
        query.search = VectorSearch::Hnsw;
        let found = index.search(&query).unwrap();
        assert_eq!(found.hits.len(), inputs.len().min(5), "{name}");
        let best = found.hits.iter().find(|hit| hit.dense_rank == Some(1)).unwrap();
        assert!(best.dense.unwrap() > 0.999, "{name}: identical vectors hide none");
    }
}

#[test]
fn segments_with_and_without_a_graph_are_searched_together() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = clustered(1_500);
    let part = |name: &str, inputs: &[ChunkInput], rule| {
        write(&folder.path().join(name), inputs, spec(Some(DIMENSIONS), rule)).unwrap();
        (Arc::new(Segment::open(folder.path().join(name)).unwrap()), Tombstones::none())
    };
    let parts =
        vec![part("a", &inputs[..1_000], GraphRule::Always), part("b", &inputs[1_000..], GraphRule::Auto)];
    let index = Index::open(parts).unwrap();
    assert_eq!(index.segments().map(|segment| segment.has_graph()).collect::<Vec<_>>(), [true, false]);
    let mask = index.everything();
    for input in inputs.iter().step_by(31) {
        let mut query = query("", input.vector.as_deref(), &mask, 3);
        query.search = VectorSearch::Hnsw;
        let found = index.search(&query).unwrap();
        assert_eq!(found.hits.iter().find(|hit| hit.dense_rank == Some(1)).unwrap().id, input.chunk.id);
    }
}
