//! fastembed with a real ONNX Runtime. Skipped unless the environment says where things are:
//!
//! - `HAVERSACK_TEST_ORT`: ONNX Runtime's library (`onnxruntime/capi/libonnxruntime.so.*` in the PyPI wheel);
//! - `HAVERSACK_TEST_ORT_MODEL`: folder of an f32 all-MiniLM-L6-v2, as `make_model.py --f32 FOLDER` writes it.
#![cfg(feature = "fastembed")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests may, and a skipped test says so"
)]

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use haversack_embed::{
    EmbedError, Embedded, Embedder, EmbedderSpec, FastEmbed, MiniLm, ignore_progress, open,
};

const TEXTS: [&str; 4] = [
    "How do I rotate the signing key?",
    "def mean(values): return sum(values) / len(values)",
    "Der Schlüssel wird alle neunzig Tage erneuert.",
    "",
];

fn places() -> Option<(PathBuf, PathBuf)> {
    let place = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let places = place("HAVERSACK_TEST_ORT").zip(place("HAVERSACK_TEST_ORT_MODEL"));
    if places.is_none() {
        eprintln!("skipped: HAVERSACK_TEST_ORT and HAVERSACK_TEST_ORT_MODEL are not set");
    }
    places
}

fn rows(embedded: &Embedded) -> Vec<&[f32]> {
    embedded.vectors.chunks_exact(384).collect()
}

#[test]
fn runs_a_local_model() {
    let Some((library, folder)) = places() else { return };
    let spec = EmbedderSpec {
        threads: NonZeroUsize::new(2),
        ort_library: Some(library),
        ..EmbedderSpec::new(format!("fastembed:{}", folder.display()))
    };
    let embedder = open(&spec).unwrap().unwrap();
    assert_eq!((embedder.id(), embedder.dimensions()), ("fastembed", 384));
    assert!(embedder.fingerprint().contains("pooling=Mean"));
    let long = "the signing key is rotated every ninety days . ".repeat(200);
    let mut texts = TEXTS.to_vec();
    texts.push(&long);
    let found = embedder.embed_passages(&texts, &ignore_progress).unwrap();
    let bundled = MiniLm::new(None).embed_passages(&texts, &ignore_progress).unwrap();
    for ((text, a), b) in texts.iter().zip(rows(&found)).zip(rows(&bundled)) {
        let cosine: f32 = a.iter().zip(b).map(|(x, y)| x * y).sum();
        eprintln!("cosine of ONNX Runtime f32 and rten int8: {cosine:.4} {:?}", &text[..text.len().min(40)]);
        assert!(cosine > 0.97, "{cosine} {text}");
    }
    assert_eq!(found.windowed(), 1);
}

#[test]
fn vectors_stand_alone() {
    let Some((library, folder)) = places() else { return };
    let one = FastEmbed::open(&folder, Some(&library), NonZeroUsize::new(1)).unwrap();
    let two = FastEmbed::open(&folder, Some(&library), NonZeroUsize::new(2)).unwrap();
    assert_eq!(one.fingerprint(), two.fingerprint());
    let forward = two.embed_passages(&TEXTS, &ignore_progress).unwrap();
    let mut reversed = TEXTS;
    reversed.reverse();
    let backward = one.embed_passages(&reversed, &ignore_progress).unwrap();
    let mut backward = rows(&backward);
    backward.reverse();
    assert_eq!(rows(&forward), backward);
    for (text, row) in TEXTS.iter().zip(rows(&forward)) {
        assert_eq!(one.embed_query(text).unwrap(), row);
    }
}

#[test]
fn says_what_is_missing() {
    let missing = FastEmbed::open(Path::new("nowhere"), None, None).unwrap_err();
    assert!(matches!(missing, EmbedError::Io { .. }), "{missing}");
}
