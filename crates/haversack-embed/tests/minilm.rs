//! The bundled model against the f32 reference, and its handling of unusual texts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may")]

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use haversack_embed::{EmbedError, Embedder, HfTokenCounter, MiniLm, ignore_progress};
use serde_json::Value;

const REFERENCE: &str = include_str!("../models/all-MiniLM-L6-v2/reference.json");
const CHECK: &[u8] = include_bytes!("../models/all-MiniLM-L6-v2/check.f32");

struct Reference {
    text: String,
    tokens: usize,
    vector: Vec<f32>,
}

fn references() -> Vec<Reference> {
    let body: Value = serde_json::from_str(REFERENCE).unwrap();
    let entry = |e: &Value| Reference {
        text: e["text"].as_str().unwrap().to_owned(),
        tokens: e["tokens"].as_u64().unwrap() as usize,
        vector: e["vector"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect(),
    };
    body["texts"].as_array().unwrap().iter().map(entry).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[test]
fn agrees_with_the_f32_model() {
    let minilm = MiniLm::new(None);
    let references = references();
    let texts: Vec<&str> = references.iter().map(|r| r.text.as_str()).collect();
    let embedded = minilm.embed_passages(&texts, &ignore_progress).unwrap();
    let cosines: Vec<f32> =
        embedded.vectors.chunks_exact(384).zip(&references).map(|(row, r)| dot(row, &r.vector)).collect();
    let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
    assert!(mean >= 0.985, "mean cosine {mean}: {cosines:?}");
    assert!(cosines.iter().all(|c| *c >= 0.97), "{cosines:?}");
}

#[test]
fn counts_tokens_as_the_reference_does() {
    let counter = HfTokenCounter::minilm().unwrap();
    for reference in references() {
        assert_eq!(counter.count(&reference.text) + 2, reference.tokens, "{:?}", reference.text);
    }
}

#[test]
fn check_vectors_are_the_first_references() {
    let rows: Vec<f32> = references().into_iter().take(3).flat_map(|r| r.vector).collect();
    let check: Vec<f32> = CHECK.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    assert_eq!(check, rows);
}

#[test]
fn an_empty_text_has_a_vector_of_its_own() {
    let minilm = MiniLm::new(None);
    let empty = minilm.embed_query("").unwrap();
    assert_eq!(empty, minilm.embed_query(" \n\t").unwrap());
    assert_eq!(minilm.embed_passages(&[""], &ignore_progress).unwrap().vectors, empty);
    assert!((dot(&empty, &empty) - 1.0).abs() < 1e-3);
    assert!(minilm.embed_passages(&[], &ignore_progress).unwrap().vectors.is_empty());
}

#[test]
fn what_stands_past_the_limit_counts() {
    let minilm = MiniLm::new(None);
    let filler = "the committee met on tuesday and discussed the weather at length . ".repeat(30);
    let tail = "rotate the signing key every ninety days . ".repeat(20);
    let long = format!("{filler}{tail}");
    let embedded = minilm.embed_passages(&[&filler[..200], &long], &ignore_progress).unwrap();
    assert_eq!(embedded.windows[0], 1);
    assert!(embedded.windows[1] > 2);
    assert_eq!(embedded.windowed(), 1);
    let query = minilm.embed_query("how often is the signing key rotated?").unwrap();
    let without = minilm.embed_query(&filler).unwrap();
    assert!(dot(&query, &embedded.vectors[384..]) > dot(&query, &without) + 0.1);
}

#[test]
fn a_window_is_full_at_256_tokens() {
    let minilm = MiniLm::new(None);
    let words = |n: usize| "key ".repeat(n);
    let (full, over) = (words(254), words(255));
    let embedded = minilm.embed_passages(&[&full, &over], &ignore_progress).unwrap();
    assert_eq!(embedded.windows, [1, 2]);
}

#[test]
fn progress_reaches_the_total() {
    let minilm = MiniLm::new(NonZeroUsize::new(2));
    let (most, calls) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let texts = vec!["a short text"; 20];
    minilm
        .embed_passages(&texts, &|p| {
            assert_eq!(p.total, 20);
            most.fetch_max(p.done, Ordering::Relaxed);
            calls.fetch_add(1, Ordering::Relaxed);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(most.into_inner(), 20);
    assert!(calls.into_inner() >= 20);
}

#[test]
fn stops_when_asked() {
    let minilm = MiniLm::new(NonZeroUsize::new(2));
    minilm.load().unwrap();
    // One text of thousands of windows must stop as well as many texts.
    let huge = "a very long line about nothing in particular ".repeat(40_000);
    for texts in [vec![huge.as_str()], vec!["short"; 100_000]] {
        let started = Instant::now();
        let stop_after = Duration::from_millis(50);
        let stopped = minilm.embed_passages(&texts, &|_| match started.elapsed() > stop_after {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        });
        assert!(matches!(stopped, Err(EmbedError::Cancelled)));
        assert!(started.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn fingerprint_names_what_changes_a_vector() {
    let fingerprint = MiniLm::new(None).fingerprint().to_owned();
    for part in ["minilm/", "model=", "tokenizer=", "pooling=mean", "window=256", "grid=2^-16", "rten="] {
        assert!(fingerprint.contains(part), "{fingerprint}");
    }
    assert_eq!(fingerprint, MiniLm::new(NonZeroUsize::new(3)).fingerprint());
}
