//! Embedders by the name that a recipe gives them.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use haversack_embed::{Embedder, EmbedderSpec};

use crate::Error;

/// What opening an embedder needs to know of the machine. Libraries do not read the environment: programs do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Machine {
    /// Threads to embed with; by default one per core.
    pub threads: Option<NonZeroUsize>,
    /// ONNX Runtime's native library, for `fastembed:` models.
    pub onnx_runtime: Option<PathBuf>,
    /// Folder in which the names of `fastembed:` models are looked up.
    pub models: Option<PathBuf>,
}

/// The embedder of a recipe; `None` for a lexical-only context. Models load at their first text.
pub(crate) fn open(model: &str, machine: &Machine) -> Result<Option<Arc<dyn Embedder>>, Error> {
    let spec = EmbedderSpec {
        name: model.to_owned(),
        threads: machine.threads,
        ort_library: machine.onnx_runtime.clone(),
        models: machine.models.clone(),
    };
    Ok(haversack_embed::open(&spec)?)
}

/// What stands in a manifest for an embedder.
pub(crate) fn fingerprint(embedder: Option<&dyn Embedder>) -> String {
    embedder.map_or_else(|| "none".to_owned(), |embedder| embedder.fingerprint().to_owned())
}

/// Loads an embedder, embeds a text with it, and returns its fingerprint: whether it works on this machine.
///
/// # Errors
/// When there is no such embedder, or it cannot be loaded or run.
pub fn try_embedder(model: &str, machine: &Machine) -> Result<String, Error> {
    let embedder = open(model, machine)?;
    if let Some(embedder) = &embedder {
        embedder.embed_query("does it work here?")?;
    }
    Ok(fingerprint(embedder.as_deref()))
}

/// Refuses a name that no embedder has, or one whose files or libraries are not here.
///
/// # Errors
/// When there is no such embedder.
pub fn check_embedder(model: &str, machine: &Machine) -> Result<(), Error> {
    open(model, machine).map(drop)
}
