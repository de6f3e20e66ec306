//! The vector cache: what it keeps, and what it must never serve.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may")]

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use haversack_embed::{
    EmbedError, Embedder, HashEmbedder, VectorCache, embed_passages_cached, ignore_progress, text_hash,
};
use proptest::prelude::*;

const DIMENSIONS: usize = 8;
/// Hash, windows, vector, checksum.
const RECORD: usize = 32 + 4 + 4 * DIMENSIONS + 8;

fn embedder() -> HashEmbedder {
    HashEmbedder::new(DIMENSIONS)
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("text number {i}")).collect()
}

fn fill(folder: &Path, texts: &[String]) -> (usize, usize, Vec<f32>) {
    let cache = VectorCache::open(folder, &embedder()).unwrap();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let batch = embed_passages_cached(&embedder(), &cache, &texts, &ignore_progress).unwrap();
    (batch.cached, batch.computed, batch.vectors)
}

fn log(folder: &Path) -> std::path::PathBuf {
    VectorCache::open(folder, &embedder()).unwrap().path().to_owned()
}

fn direct(texts: &[String]) -> Vec<f32> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    embedder().embed_passages(&texts, &ignore_progress).unwrap().vectors
}

#[test]
fn second_build_computes_only_the_edit() {
    let folder = tempfile::tempdir().unwrap();
    let mut texts = names(600);
    assert_eq!(fill(folder.path(), &texts), (0, 600, direct(&texts)));
    texts[17] = "edited".into();
    assert_eq!(fill(folder.path(), &texts), (599, 1, direct(&texts)));
}

#[test]
fn equal_texts_are_embedded_once() {
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<String> = ["a", "b", "a", "a"].map(String::from).to_vec();
    assert_eq!(fill(folder.path(), &texts), (0, 2, direct(&texts)));
}

#[test]
fn embedders_do_not_share() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), &names(3));
    let other = HashEmbedder::new(16);
    let cache = VectorCache::open(folder.path(), &other).unwrap();
    assert!(cache.is_empty());
    assert!(matches!(
        embed_passages_cached(&embedder(), &cache, &["x"], &ignore_progress),
        Err(EmbedError::Dimensions { expected: 8, found: 16 })
    ));
}

#[test]
fn a_torn_tail_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let texts = names(10);
    fill(folder.path(), &texts);
    let path = log(folder.path());
    let whole = fs::read(&path).unwrap();
    for lost in 1..RECORD {
        fs::write(&path, &whole[..whole.len() - lost]).unwrap();
        assert_eq!(fill(folder.path(), &texts), (9, 1, direct(&texts)), "{lost} bytes lost");
        assert_eq!(fs::read(&path).unwrap().len(), whole.len());
    }
}

#[test]
fn a_damaged_header_empties_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let texts = names(5);
    fill(folder.path(), &texts);
    let path = log(folder.path());
    let mut bytes = fs::read(&path).unwrap();
    bytes[9] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(VectorCache::open(folder.path(), &embedder()).unwrap().was_reset());
    assert_eq!(fill(folder.path(), &texts), (0, 5, direct(&texts)));
}

#[test]
fn two_writers_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let texts = names(900);
    std::thread::scope(|scope| {
        for part in texts.chunks(300) {
            scope.spawn(|| fill(folder.path(), part));
        }
    });
    assert_eq!(fill(folder.path(), &texts), (900, 0, direct(&texts)));
}

#[test]
fn sees_what_others_append_after_a_refresh() {
    let folder = tempfile::tempdir().unwrap();
    let cache = VectorCache::open(folder.path(), &embedder()).unwrap();
    fill(folder.path(), &names(4));
    assert_eq!(cache.len(), 0);
    cache.insert([(text_hash("mine"), direct(&["mine".into()]).as_slice(), 1)]).unwrap();
    cache.refresh().unwrap();
    assert_eq!(cache.len(), 5);
    assert_eq!(cache.get(&text_hash("mine")).unwrap().unwrap().0, direct(&["mine".into()]));
}

#[test]
fn a_cancelled_build_keeps_what_it_computed() {
    let folder = tempfile::tempdir().unwrap();
    let texts = names(1_000);
    let cache = VectorCache::open(folder.path(), &embedder()).unwrap();
    let all: Vec<&str> = texts.iter().map(String::as_str).collect();
    let stopped = embed_passages_cached(&embedder(), &cache, &all, &|p| {
        if p.done > 700 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(stopped, Err(EmbedError::Cancelled)));
    let (cached, computed, vectors) = fill(folder.path(), &texts);
    assert_eq!((cached, computed), (512, 488));
    assert_eq!(vectors, direct(&texts));
}

#[test]
fn refuses_vectors_that_are_not_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let cache = VectorCache::open(folder.path(), &embedder()).unwrap();
    let bad = [f32::NAN; DIMENSIONS];
    let inserted = cache.insert([(text_hash("x"), &bad[..], 1)]);
    assert!(matches!(inserted, Err(EmbedError::NotFinite { index: 0 })));
    assert!(matches!(
        cache.insert([(text_hash("x"), &bad[..3], 1)]),
        Err(EmbedError::Dimensions { expected: 8, found: 3 })
    ));
    assert_eq!(cache.len(), 0);
}

#[test]
fn remembers_windows() {
    let folder = tempfile::tempdir().unwrap();
    let vector = direct(&["x".into()]);
    let cache = VectorCache::open(folder.path(), &embedder()).unwrap();
    cache.insert([(text_hash("x"), vector.as_slice(), 3)]).unwrap();
    let batch = embed_passages_cached(&embedder(), &cache, &["x", "y"], &ignore_progress).unwrap();
    assert_eq!((batch.windows.as_slice(), batch.windowed()), (&[3, 1][..], 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever bytes are flipped, added or lost, what is served is right.
    #[test]
    fn damage_is_recomputed_never_served(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..6),
        cut in 0usize..200,
        junk in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let texts = names(20);
        let right = direct(&texts);
        fill(folder.path(), &texts);
        let path = log(folder.path());
        let mut bytes = fs::read(&path).unwrap();
        for (index, mask) in flips {
            let at = index.index(bytes.len());
            bytes[at] ^= mask;
        }
        bytes.truncate(bytes.len() - cut);
        bytes.extend(junk);
        fs::write(&path, bytes).unwrap();
        prop_assert_eq!(fill(folder.path(), &texts).2, right.clone());
        prop_assert_eq!(fill(folder.path(), &texts), (20, 0, right));
    }
}
