use std::collections::BTreeMap;

use haversack_corpus::CHUNKER_VERSION;
use haversack_model::{Digest, Manifest, VersionId};
use serde::Serialize;

use crate::build;
use crate::changes::Changes;
use crate::index_build::IndexBuild;
use crate::index_meta::IndexMeta;
use crate::{Error, Machine, Progress, Stage, Store, embedder, forget};

/// The state of one version's index.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Repair {
    /// The version.
    pub version: VersionId,
    /// Documents that its index holds.
    pub documents: u64,
    /// Chunks that its index holds, each with its text, its postings and, where there are vectors, its vector.
    pub chunks: u64,
    /// Recall at 10 of the graphs against an exact search, on a sample of vectors; none without graphs.
    pub graph_recall: Option<f32>,
    /// What is wrong with its index, if anything.
    pub problem: Option<String>,
    /// Whether it was built again.
    pub rebuilt: bool,
    /// Why it could not be.
    pub failure: Option<String>,
}

impl Repair {
    fn of(version: VersionId) -> Self {
        Self {
            version,
            documents: 0,
            chunks: 0,
            graph_recall: None,
            problem: None,
            rebuilt: false,
            failure: None,
        }
    }
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
    let lock = rebuild.then(|| store.inner.lock()).transpose()?;
    if let Some(lock) = &lock {
        forget::finish(store, lock, progress)?;
    }
    let mut repairs: Vec<Repair> = Vec::new();
    let mut seen = BTreeMap::new();
    for context in store.contexts()? {
        // A line that cannot be read is the check's to report.
        let Ok(line) = store.line(&context) else { continue };
        let mut before = None;
        // Oldest first, so that a version that is rebuilt shares the segments of the one before it.
        for version in line.versions().into_iter().rev() {
            if progress.cancelled() {
                return Err(Error::Cancelled);
            }
            if repairs.iter().any(|repair| repair.version == version) {
                continue;
            }
            let mut repair = Repair::of(version);
            repair.problem =
                inspect(store, version, &mut seen, &mut repair).err().map(|error| error.to_string());
            if repair.problem.is_some() && rebuild {
                match rebuild_index(store, version, before, machine, progress) {
                    Ok(()) => repair.rebuilt = true,
                    Err(Error::Cancelled) => return Err(Error::Cancelled),
                    Err(error) => repair.failure = Some(error.to_string()),
                }
                seen.clear();
            }
            if repair.failure.is_none() {
                before = Some(version);
            }
            repairs.push(repair);
        }
    }
    Ok(repairs)
}

/// Whether the index of a version is here and can be opened.
pub(crate) fn inspect_lightly(store: &Store, version: VersionId) -> Result<(), Error> {
    IndexMeta::load(&store.inner, version)?.open(&store.inner).map(drop)
}

/// Whether the index of a version is whole and its own.
pub(crate) fn inspect_whole(store: &Store, version: VersionId) -> Result<(), Error> {
    inspect(store, version, &mut Seen::new(), &mut Repair::of(version))
}

/// What was found of segments that several versions share: the recall of the graph, or what is wrong.
type Seen = BTreeMap<Digest, Result<Option<f32>, String>>;

/// Whether every byte of a version's index is as it was written, and it holds just the documents of the version.
fn inspect(store: &Store, version: VersionId, seen: &mut Seen, repair: &mut Repair) -> Result<(), Error> {
    let damaged = |reason: String| Error::IndexMissing { version, reason };
    let meta = IndexMeta::load(&store.inner, version)?;
    for part in &meta.parts {
        let state = seen.entry(part.segment).or_insert_with(|| {
            let segment = part.open(&store.inner).map_err(|error| error.to_string())?;
            let verified = segment.verify().map_err(|error| error.to_string())?;
            match verified.problems.first() {
                Some(problem) => {
                    Err(format!("segment {}: {}: {}", part.segment.short(), problem.file, problem.detail))
                }
                None => Ok(verified.graph_recall),
            }
        });
        let recall = state.clone().map_err(damaged)?;
        repair.graph_recall = match (repair.graph_recall, recall) {
            (Some(a), Some(b)) => Some(f32::min(a, b)),
            (a, b) => a.or(b),
        };
    }
    let index = meta.open(&store.inner)?;
    if let Some(problem) = index.verify()?.first() {
        return Err(damaged(format!("{}: {}", problem.file, problem.detail)));
    }
    let mut documents = 0;
    for snapshot in store.manifest(version)?.snapshots.values() {
        for record in store.inner.records(snapshot.id) {
            let record = record?;
            match index.find(&record.id)? {
                Some(at) if index.record(at)? == record => documents += 1,
                Some(_) => return Err(damaged(format!("it holds another state of `{}`", record.id))),
                None => return Err(damaged(format!("it lacks `{}`", record.id))),
            }
        }
    }
    if documents != meta.documents {
        let more = meta.documents.saturating_sub(documents);
        return Err(damaged(format!("it holds {more} documents that the version does not")));
    }
    (repair.documents, repair.chunks) = (meta.documents, meta.chunks);
    Ok(())
}

fn rebuild_index(
    store: &Store,
    version: VersionId,
    before: Option<VersionId>,
    machine: &Machine,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let manifest = store.manifest(version)?;
    let embedder = embedder::open(&manifest.recipe.embedding.model, machine)?;
    let tokenizers = store.tokenizers(&manifest.recipe.name);
    let chunker = tokenizers.mark(CHUNKER_VERSION, &manifest.recipe.chunking.tokenizer)?;
    same_stages(version, &manifest, &chunker, &embedder::fingerprint(embedder.as_deref()))?;
    progress.at(Stage::Chunk, 0, 0);
    let build =
        IndexBuild { store: &store.inner, embedder: embedder.as_deref(), tokenizers: &tokenizers, progress };
    let base = before.map(|version| store.manifest(version)).transpose()?;
    let changes = Changes::between(&store.inner, base.as_ref(), &manifest)?;
    build.run(&manifest, before, &changes)?.meta.save(&store.inner)
}

/// An index made by other stages would be that of another version.
fn same_stages(version: VersionId, manifest: &Manifest, chunker: &str, embedder: &str) -> Result<(), Error> {
    let stages = &manifest.stages;
    let analyzer = build::analyzer(&manifest.recipe)?.version();
    let checks = [
        ("chunker", stages.chunker.as_str(), chunker),
        ("embedder", stages.embedder.as_str(), embedder),
        ("analyzer", stages.analyzer.as_str(), analyzer.as_str()),
    ];
    build::check_stages(version, &checks)
}
