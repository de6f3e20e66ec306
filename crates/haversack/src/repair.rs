use haversack_model::VersionId;
use serde::Serialize;

use crate::build::Published;
use crate::index_build::IndexBuild;
use crate::index_meta::IndexMeta;
use crate::{Error, Machine, Progress, Store, embedder};

/// The state of one version's index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// The version.
    pub version: VersionId,
    /// What is wrong with its index, if anything.
    pub problem: Option<String>,
    /// Whether it was built again.
    pub rebuilt: bool,
}

/// Reads the index of every version whole, and with `rebuild` builds the damaged ones again from documents.
///
/// # Errors
/// When the store cannot be listed, or another process writes while indexes are rebuilt.
pub fn repair(
    store: &Store,
    rebuild: bool,
    machine: &Machine,
    progress: &dyn Progress,
) -> Result<Vec<Repair>, Error> {
    let _lock = rebuild.then(|| store.inner.lock()).transpose()?;
    let mut repairs = Vec::new();
    for context in store.contexts()? {
        // A line that cannot be read is the check's to report.
        let Ok(line) = store.line(&context) else { continue };
        for version in line.versions() {
            let problem = inspect(store, version).err().map(|error| error.to_string());
            let mut rebuilt = false;
            if problem.is_some() && rebuild {
                rebuild_index(store, version, machine, progress)?;
                rebuilt = true;
            }
            repairs.push(Repair { version, problem, rebuilt });
        }
    }
    Ok(repairs)
}

/// Whether every byte of a version's index is as it was written, and every document of the version is in it.
fn inspect(store: &Store, version: VersionId) -> Result<(), Error> {
    let damaged = |reason: String| Error::IndexMissing { version, reason };
    let meta = IndexMeta::load(&store.inner, version)?;
    for part in &meta.parts {
        if let Some(problem) = part.open(&store.inner)?.verify()?.into_iter().next() {
            return Err(damaged(format!("{}: {}", problem.file, problem.detail)));
        }
    }
    let index = meta.open(&store.inner)?;
    let records = store.documents(version)?;
    for document in index.documents() {
        if records.binary_search_by(|record| record.id.cmp(document)).is_err() {
            return Err(damaged(format!("it holds `{document}`, which the version does not")));
        }
    }
    Ok(())
}

fn rebuild_index(
    store: &Store,
    version: VersionId,
    machine: &Machine,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let manifest = store.manifest(version)?;
    let embedder = embedder::open(&manifest.recipe.embedding.model, machine)?;
    let records = store.documents(version)?;
    let build = IndexBuild {
        store: &store.inner,
        texts: &std::collections::HashMap::new(),
        embedder: embedder.as_deref(),
        progress,
    };
    build.run(&manifest, records.iter(), &Published::default())?.meta.save(&store.inner, version)
}
