//! Choosing an embedder by name.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use crate::{EmbedError, Embedder, HashEmbedder, MiniLm};

/// Dimensions of the embedder called `hash`.
const HASH_DIMENSIONS: usize = 64;

/// Every name [`open`] knows.
const KNOWN: [&str; 4] = ["none", "minilm", "hash", "fastembed:<folder or model name>"];

/// Which embedder, and what of this machine it may use.
///
/// Only `name` is part of what an index *is*; the rest changes no vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbedderSpec {
    /// `none`, `minilm`, `hash`, or `fastembed:` and a folder or model name.
    pub name: String,
    /// Threads for passages; by default one per core.
    pub threads: Option<NonZeroUsize>,
    /// ONNX Runtime's library, for `fastembed:`; by default whatever the system's loader finds.
    pub ort_library: Option<PathBuf>,
    /// Folder of models, for `fastembed:`: a name is looked up in it.
    pub models: Option<PathBuf>,
}

impl EmbedderSpec {
    /// The embedder called `name`, with every default.
    #[must_use]
    pub fn new(name: impl Into<String>) -> EmbedderSpec {
        EmbedderSpec { name: name.into(), threads: None, ort_library: None, models: None }
    }
}

/// Opens an embedder; `None` for the name `none`.
///
/// # Errors
/// [`EmbedError::UnknownEmbedder`] with the known names; [`EmbedError::FeatureMissing`] for
/// `fastembed:` in a build without it; for `fastembed:` also what loading the model gave. `minilm` is
/// loaded at the first text and reports its errors there.
///
/// ```
/// use haversack_embed::{EmbedderSpec, open};
///
/// assert!(open(&EmbedderSpec::new("none"))?.is_none());
/// let minilm = open(&EmbedderSpec::new("minilm"))?.expect("an embedder");
/// assert_eq!(minilm.dimensions(), 384);
/// let unknown = open(&EmbedderSpec::new("word2vec"));
/// assert!(unknown.is_err_and(|e| e.to_string().contains("known are none, minilm")));
/// # Ok::<(), haversack_embed::EmbedError>(())
/// ```
pub fn open(spec: &EmbedderSpec) -> Result<Option<Arc<dyn Embedder>>, EmbedError> {
    match spec.name.as_str() {
        "none" => Ok(None),
        "minilm" => Ok(Some(Arc::new(MiniLm::new(spec.threads)))),
        "hash" => Ok(Some(Arc::new(HashEmbedder::new(HASH_DIMENSIONS)))),
        name if hash_dimensions(name).is_some() => {
            Ok(Some(Arc::new(HashEmbedder::new(hash_dimensions(name).unwrap_or(HASH_DIMENSIONS)))))
        }
        name => match name.strip_prefix("fastembed:") {
            Some(model) if !model.is_empty() => open_fastembed(spec, model).map(Some),
            _ => Err(EmbedError::UnknownEmbedder { name: name.to_owned(), known: KNOWN.to_vec() }),
        },
    }
}

/// The dimensions in `hash:384`, for benches that need the shape of a real model.
fn hash_dimensions(name: &str) -> Option<usize> {
    name.strip_prefix("hash:")?.parse().ok().filter(|dimensions| (1..=4_096).contains(dimensions))
}

#[cfg(feature = "fastembed")]
fn open_fastembed(spec: &EmbedderSpec, model: &str) -> Result<Arc<dyn Embedder>, EmbedError> {
    let folder = match &spec.models {
        Some(models) if !std::path::Path::new(model).exists() => models.join(model),
        _ => PathBuf::from(model),
    };
    Ok(Arc::new(crate::FastEmbed::open(&folder, spec.ort_library.as_deref(), spec.threads)?))
}

#[cfg(not(feature = "fastembed"))]
fn open_fastembed(spec: &EmbedderSpec, _model: &str) -> Result<Arc<dyn Embedder>, EmbedError> {
    Err(EmbedError::FeatureMissing { name: spec.name.clone(), feature: "fastembed" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact() {
        for name in ["", "MiniLM", "minilm ", "fastembed:", "none,hash"] {
            assert!(
                matches!(open(&EmbedderSpec::new(name)), Err(EmbedError::UnknownEmbedder { .. })),
                "{name}"
            );
        }
        assert_eq!(open(&EmbedderSpec::new("hash")).unwrap().unwrap().dimensions(), HASH_DIMENSIONS);
    }

    #[cfg(not(feature = "fastembed"))]
    #[test]
    fn says_which_feature_is_missing() {
        let error = open(&EmbedderSpec::new("fastembed:models/x")).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("feature `fastembed`"));
    }
}
