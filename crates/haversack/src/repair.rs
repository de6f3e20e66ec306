use std::collections::BTreeMap;

use haversack_corpus::CHUNKER_VERSION;
use haversack_model::{Digest, Manifest, VersionId};
use serde::Serialize;

use crate::build::{self, Published};
use crate::index_build::IndexBuild;
use crate::index_meta::IndexMeta;
use crate::{Error, Machine, Progress, Stage, Store, embedder};

/// The state of one version's index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// The version.
    pub version: VersionId,
    /// What is wrong with its index, if anything.
    pub problem: Option<String>,
    /// Whether it was built again.
    pub rebuilt: bool,
    /// Why it could not be.
    pub failure: Option<String>,
}

/// Reads the index of every version whole, and with `rebuild` builds the damaged ones again from documents. What cannot
/// be rebuilt is said in the answer and stops nothing else.
///
/// # Errors
/// When the store cannot be listed, `progress` asks to stop, or another process writes while indexes are rebuilt.
pub fn repair(
    store: &Store,
    rebuild: bool,
    machine: &Machine,
    progress: &dyn Progress,
) -> Result<Vec<Repair>, Error> {
    let _lock = rebuild.then(|| store.inner.lock()).transpose()?;
    let mut repairs = Vec::new();
    let mut seen = BTreeMap::new();
    for context in store.contexts()? {
        // A line that cannot be read is the check's to report.
        let Ok(line) = store.line(&context) else { continue };
        let mut before = Published::default();
        // Oldest first, so that a version that is rebuilt shares the segments of the one before it.
        for version in line.versions().into_iter().rev() {
            if progress.cancelled() {
                return Err(Error::Cancelled);
            }
            let problem = inspect(store, version, &mut seen).err().map(|error| error.to_string());
            let mut repair = Repair { version, problem, rebuilt: false, failure: None };
            if repair.problem.is_some() && rebuild {
                match rebuild_index(store, version, &before, machine, progress) {
                    Ok(()) => repair.rebuilt = true,
                    Err(Error::Cancelled) => return Err(Error::Cancelled),
                    Err(error) => repair.failure = Some(error.to_string()),
                }
                seen.clear();
            }
            before = Published::load(&store.inner, version).unwrap_or_default();
            repairs.push(repair);
        }
    }
    Ok(repairs)
}

/// What was found of segments that several versions share.
type Seen = BTreeMap<Digest, Result<(), String>>;

/// Whether every byte of a version's index is as it was written, and holds the chunks of the version's documents.
fn inspect(store: &Store, version: VersionId, seen: &mut Seen) -> Result<(), Error> {
    let damaged = |reason: String| Error::IndexMissing { version, reason };
    let meta = IndexMeta::load(&store.inner, version)?;
    for part in &meta.parts {
        let state = seen.entry(part.segment).or_insert_with(|| {
            let segment = part.open(&store.inner).map_err(|error| error.to_string())?;
            let problems = segment.verify().map_err(|error| error.to_string())?;
            problems.first().map_or(Ok(()), |problem| Err(format!("{}: {}", problem.file, problem.detail)))
        });
        state.clone().map_err(damaged)?;
    }
    let index = meta.open(&store.inner, version)?;
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
    before: &Published,
    machine: &Machine,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let manifest = store.manifest(version)?;
    let embedder = embedder::open(&manifest.recipe.embedding.model, machine)?;
    let tokenizers = store.tokenizers(&manifest.recipe.name);
    let chunker = tokenizers.mark(CHUNKER_VERSION, &manifest.recipe.chunking.tokenizer)?;
    same_stages(version, &manifest, &chunker, &embedder::fingerprint(embedder.as_deref()))?;
    let records = store.documents(version)?;
    progress.at(Stage::Chunk, 0, records.len() as u64);
    let build = IndexBuild {
        store: &store.inner,
        texts: &std::collections::HashMap::new(),
        embedder: embedder.as_deref(),
        tokenizers: &tokenizers,
        progress,
    };
    build.run(&manifest, records.iter(), before)?.meta.save(&store.inner, version)
}

/// An index made by other stages would be that of another version.
fn same_stages(version: VersionId, manifest: &Manifest, chunker: &str, embedder: &str) -> Result<(), Error> {
    let stages = &manifest.stages;
    let analyzer = build::analyzer(&manifest.recipe)?.version();
    let checks = [
        ("chunker", &stages.chunker, chunker),
        ("embedder", &stages.embedder, embedder),
        ("analyzer", &stages.analyzer, analyzer.as_str()),
    ];
    match checks.into_iter().find(|(_, built, here)| built != here) {
        Some((stage, built, here)) => {
            Err(Error::Stage { version, stage, built: built.clone(), here: here.to_owned() })
        }
        None => Ok(()),
    }
}
