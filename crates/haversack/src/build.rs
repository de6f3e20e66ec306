//! `build`: sources to a published version.

use std::collections::BTreeMap;
use std::time::Instant;

use haversack_corpus::{CHUNKER_VERSION, READER_VERSION};
use haversack_embed::Embedder;
use haversack_index::{Analyzer, AnalyzerSpec};
use haversack_model::{Manifest, Recipe, SnapshotRef, StageVersions, VersionId};
use haversack_select::SELECTOR_VERSION;
use haversack_store::{Action, Entry, Line, Store, StoreError, WriteLock};
use serde::Serialize;

use crate::changes::Changes;
use crate::embedder::{self, Machine};
use crate::erased::Erased;
use crate::index_build::{ChunkCounts, IndexBuild};
use crate::ingest::{Ingest, SkippedSource};
use crate::lockfile::Lockfile;
use crate::scan_cache::ScanCache;
use crate::tokenizer::Tokenizers;
use crate::{Error, Progress, Stage, Workspace};

/// What a build is told besides its context.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildOptions {
    /// What to say of the version in the log.
    pub message: String,
    /// Seconds since 1970, for the log.
    pub now: u64,
    /// Read every source, even those that seem unchanged.
    pub reread: bool,
    /// The machine's native libraries.
    pub machine: Machine,
}

/// What a build did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BuildReport {
    /// Name of the context.
    pub context: String,
    /// The version that is the latest now.
    pub version: VersionId,
    /// The latest version before.
    pub parent: Option<VersionId>,
    /// Whether nothing changed, so that no version was made.
    pub unchanged: bool,
    /// Documents against the parent.
    pub documents: DocumentCounts,
    /// Chunks.
    pub chunks: ChunkCounts,
    /// Sources that were left out.
    pub skipped: Vec<SkippedSource>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// Milliseconds from start to publication.
    pub elapsed_ms: u64,
}

/// Documents of a version against those of its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct DocumentCounts {
    /// Not in the parent.
    pub added: u64,
    /// In both, but not the same.
    pub changed: u64,
    /// Only in the parent.
    pub removed: u64,
    /// In the version.
    pub total: u64,
}

/// Builds a context: reads what changed in its sources, indexes what changed in its documents, and publishes a new
/// version unless nothing did.
///
/// # Errors
/// When the recipe is wrong, sources are lost, another process writes, or the disk refuses. The store then is as it
/// was before.
pub fn build(
    workspace: &Workspace,
    context: &str,
    options: &BuildOptions,
    progress: &dyn Progress,
) -> Result<BuildReport, Error> {
    match options.machine.threads {
        None => build_here(workspace, context, options, progress),
        // More threads than this only cost memory.
        Some(threads) => rayon::ThreadPoolBuilder::new()
            .num_threads(threads.get().min(256))
            .build()
            .map_err(|error| Error::Threads(error.to_string()))?
            .install(|| build_here(workspace, context, options, progress)),
    }
}

fn build_here(
    workspace: &Workspace,
    context: &str,
    options: &BuildOptions,
    progress: &dyn Progress,
) -> Result<BuildReport, Error> {
    let began = Instant::now();
    let recipe = workspace.recipe(context)?;
    let embedder = embedder::open(&recipe.embedding.model, &options.machine)?;
    // A tokenizer that is not there should fail here, not at every pack.
    let tokenizers = Tokenizers::new(workspace.context_path(context));
    tokenizers.get(&recipe.packing.tokenizer)?;
    let store = Store::create(&workspace.store_path())?;
    let lock = store.lock()?;
    let line = match store.line(context) {
        Err(StoreError::NoContext(_)) => Line::default(),
        line => line?,
    };
    let job = Job { workspace, context, options, progress, store, lock, embedder, tokenizers, line };
    let made = match job.run(recipe.clone(), options.reread) {
        Err(Error::Store(damage @ (StoreError::Damaged { .. } | StoreError::Missing(_))))
            if !options.reread =>
        {
            // Everything is read and indexed again, which writes again what is damaged.
            let mut made = job.run(recipe, true)?;
            made.warnings
                .push(format!("the latest version cannot be read ({damage}); nothing of it was reused"));
            made
        }
        made => made?,
    };
    let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(BuildReport { elapsed_ms, ..made })
}

/// A build whose inputs are open and whose store is locked.
struct Job<'a> {
    workspace: &'a Workspace,
    context: &'a str,
    options: &'a BuildOptions,
    progress: &'a dyn Progress,
    store: Store,
    lock: WriteLock,
    embedder: Option<std::sync::Arc<dyn Embedder>>,
    tokenizers: Tokenizers,
    line: Line,
}

impl Job<'_> {
    /// Builds and publishes; with `heal` nothing of the parent is trusted.
    fn run(&self, recipe: Recipe, heal: bool) -> Result<BuildReport, Error> {
        let store = &self.store;
        let parent = self.line.latest();
        let before = match parent {
            Some(version) if !heal => Some(store.manifest(version)?),
            _ => None,
        };
        let batch = store.batch().healing(heal);
        let ingest = Ingest {
            folder: &self.workspace.context_path(self.context),
            batch: Some(&batch),
            cache: Some(ScanCache::folder(store, self.context)),
            parent: before.as_ref().map(|manifest| (manifest, store)),
            erased: &Erased::of(store)?,
            progress: self.progress,
        };
        let mut ingested = ingest.run(&recipe)?;
        let snapshots = ingested.snapshots(|corpus| {
            let (read, gone) = (std::mem::take(&mut corpus.read), std::mem::take(&mut corpus.gone));
            Ok(batch.edit_snapshot(corpus.base, read, gone)?)
        })?;
        let skipped = std::mem::take(&mut ingested.skipped);
        if snapshots.values().all(|snapshot| snapshot.documents == 0) {
            return Err(Error::Empty { skipped: skipped.len() });
        }
        let manifest = manifest(recipe, snapshots, self.embedder.as_deref(), &self.tokenizers)?;
        let version = batch.put_manifest(&manifest)?;
        // Nothing names them yet: a build that ends here has lost time, and the next one finds them.
        batch.commit()?;

        let changes = Changes::between(store, before.as_ref(), &manifest)?;
        let index = IndexBuild {
            store,
            embedder: self.embedder.as_deref(),
            tokenizers: &self.tokenizers,
            progress: self.progress,
        };
        let made = index.run(&manifest, parent, &changes)?;
        if self.progress.cancelled() {
            return Err(Error::Cancelled);
        }
        self.progress.at(Stage::Publish, 0, 1);
        made.meta.save(store)?;
        ingested.remember(&manifest.snapshots)?;
        let unchanged = parent == Some(version);
        if !unchanged {
            self.publish(version)?;
        }
        let documents = changes.count(&manifest);
        let mut warnings = made.warnings;
        // The version is published; a lock file that cannot be written is said, and `verify` says it too.
        if let Err(error) = Lockfile::of(manifest)?.write(&self.workspace.lock_path(self.context)) {
            warnings.push(format!("the lock file was not written: {error}"));
        }
        self.progress.at(Stage::Publish, 1, 1);
        let parent = if unchanged { self.line.entries.last().and_then(|entry| entry.parent) } else { parent };
        Ok(BuildReport {
            context: self.context.to_owned(),
            version,
            parent,
            unchanged,
            documents,
            chunks: made.counts,
            skipped,
            warnings,
            elapsed_ms: 0,
        })
    }

    fn publish(&self, version: VersionId) -> Result<(), Error> {
        let (parent, message) = (self.line.latest(), self.options.message.clone());
        let mut line = self.line.clone();
        line.pruned.remove(&version);
        line.entries.push(Entry { version, parent, at: self.options.now, action: Action::Build, message });
        Ok(self.store.set_line(&self.lock, self.context, &line)?)
    }
}

/// What a manifest says of the stages of this program for a recipe.
pub(crate) fn manifest(
    recipe: Recipe,
    snapshots: BTreeMap<String, SnapshotRef>,
    embedder: Option<&dyn Embedder>,
    tokenizers: &Tokenizers,
) -> Result<Manifest, Error> {
    let stages = StageVersions {
        reader: READER_VERSION.to_owned(),
        chunker: tokenizers.mark(CHUNKER_VERSION, &recipe.chunking.tokenizer)?,
        embedder: embedder::fingerprint(embedder),
        analyzer: analyzer(&recipe)?.version(),
        retriever: RETRIEVER_VERSION.to_owned(),
        selector: tokenizers.mark(SELECTOR_VERSION, &recipe.packing.tokenizer)?,
    };
    Ok(Manifest { snapshots, recipe, stages })
}

/// The identity of query to candidates: it changes whenever the same query over the same index could find others.
pub(crate) const RETRIEVER_VERSION: &str = "retrieve-1";

/// The analyzer of a recipe.
pub(crate) fn analyzer(recipe: &Recipe) -> Result<Analyzer, Error> {
    let lexical = &recipe.lexical;
    let spec = AnalyzerSpec {
        language: lexical.language.clone(),
        stem: lexical.stem,
        stop_words: lexical.stop_words,
    };
    Ok(Analyzer::new(spec)?)
}

/// Refuses a version of which a stage, given by name, what built it and what is here, is not this program's.
pub(crate) fn check_stages(version: VersionId, stages: &[(&'static str, &str, &str)]) -> Result<(), Error> {
    match stages.iter().find(|(_, built, here)| built != here) {
        Some((stage, built, here)) => {
            Err(Error::Stage { version, stage, built: (*built).to_owned(), here: (*here).to_owned() })
        }
        None => Ok(()),
    }
}
