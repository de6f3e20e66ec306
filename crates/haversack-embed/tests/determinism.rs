//! A text's vector does not depend on its neighbours, their order, or the number of threads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may")]

use std::num::NonZeroUsize;

use haversack_embed::{Embedder, HashEmbedder, MiniLm, ignore_progress};
use proptest::prelude::*;

fn bits(vector: &[f32]) -> Vec<u32> {
    vector.iter().map(|x| x.to_bits()).collect()
}

fn alone(embedder: &dyn Embedder, texts: &[String]) -> Vec<Vec<u32>> {
    texts.iter().map(|text| bits(&embedder.embed_query(text).unwrap())).collect()
}

fn together(embedder: &dyn Embedder, texts: &[&String]) -> Vec<Vec<u32>> {
    let texts: Vec<&str> = texts.iter().map(|text| text.as_str()).collect();
    let embedded = embedder.embed_passages(&texts, &ignore_progress).unwrap();
    embedded.vectors.chunks_exact(embedder.dimensions()).map(bits).collect()
}

/// Words, code, other scripts, and now and then a text of several windows.
fn texts() -> impl Strategy<Value = Vec<String>> {
    let text = prop_oneof![
        6 => "[a-zA-Z ,.]{0,120}",
        2 => "\\PC{0,60}",
        1 => ("[a-z]{1,8} ", 1usize..400).prop_map(|(word, times)| word.repeat(times)),
    ];
    prop::collection::vec(text, 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn minilm_vectors_stand_alone(texts in texts(), rotation in 0usize..8) {
        let one = MiniLm::new(NonZeroUsize::new(1));
        let expected = alone(&one, &texts);
        for threads in 1..=3 {
            let minilm = MiniLm::new(NonZeroUsize::new(threads));
            let mut order: Vec<usize> = (0..texts.len()).collect();
            order.rotate_left(rotation % texts.len());
            order.reverse();
            let shuffled: Vec<&String> = order.iter().map(|i| &texts[*i]).collect();
            let found = together(&minilm, &shuffled);
            for (i, vector) in order.iter().zip(found) {
                prop_assert_eq!(&vector, &expected[*i], "text {} on {} threads", i, threads);
            }
        }
    }

    #[test]
    fn hash_vectors_stand_alone(texts in texts()) {
        let hash = HashEmbedder::new(32);
        let all: Vec<&String> = texts.iter().collect();
        prop_assert_eq!(together(&hash, &all), alone(&hash, &texts));
    }
}

#[test]
fn callers_may_share_one_embedder() {
    let minilm = MiniLm::new(NonZeroUsize::new(2));
    let texts: Vec<String> = (0..8).map(|i| format!("note {i} about keys and bread")).collect();
    let expected = alone(&minilm, &texts);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(together(&minilm, &texts.iter().collect::<Vec<_>>()), expected));
        }
    });
}
