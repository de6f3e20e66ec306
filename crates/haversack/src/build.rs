//! `build`: sources to a published version.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use haversack_corpus::{CHUNKER_VERSION, READER_VERSION};
use haversack_embed::Embedder;
use haversack_index::{Analyzer, AnalyzerSpec};
use haversack_model::{Digest, DocumentRecord, Manifest, Recipe, StageVersions, VersionId};
use haversack_select::SELECTOR_VERSION;
use haversack_store::{Action, Entry, Line, Store, StoreError};
use serde::Serialize;

use crate::embedder::{self, Machine};
use crate::index_build::{ChunkCounts, IndexBuild};
use crate::index_meta::IndexMeta;
use crate::ingest::{Ingest, Ingested, SkippedSource};
use crate::lockfile::Lockfile;
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
    let mut line = match store.line(context) {
        Err(StoreError::NoContext(_)) => Line::default(),
        line => line?,
    };
    let parent = line.latest();
    let mut warnings = Vec::new();
    let before = parent.map_or_else(Published::default, |version| {
        Published::load(&store, version).unwrap_or_else(|error| {
            // Everything is read and indexed again, which writes again what is damaged.
            warnings.push(format!(
                "the latest version {} cannot be read ({error}); nothing of it is reused",
                version.short()
            ));
            Published::default()
        })
    });
    let heal = options.reread || !warnings.is_empty();

    let batch = store.batch().healing(heal);
    let ingest = Ingest {
        folder: &workspace.context_path(context),
        batch: Some(&batch),
        cache: (!heal).then(|| store.derived("cache").join("scan").join(context)),
        held: &before.texts,
        progress,
    };
    let ingested = ingest.run(&recipe)?;
    if ingested.records().next().is_none() {
        return Err(Error::Empty { skipped: ingested.skipped.len() });
    }
    let manifest = manifest(recipe, &ingested, embedder.as_deref(), &tokenizers)?;
    let version = manifest.version()?;
    let documents = before.count(&ingested);

    let index = IndexBuild {
        store: &store,
        texts: &ingested.texts,
        embedder: embedder.as_deref(),
        tokenizers: &tokenizers,
        progress,
    };
    let made = index.run(&manifest, ingested.records(), &before)?;
    if progress.cancelled() {
        return Err(Error::Cancelled);
    }
    progress.at(Stage::Publish, 0, 1);
    for corpus in ingested.corpora.values() {
        batch.put_snapshot(corpus.records.clone())?;
    }
    batch.put_manifest(&manifest)?;
    batch.commit()?;
    made.meta.save(&store, version)?;
    let unchanged = parent == Some(version);
    if !unchanged {
        let message = options.message.clone();
        line.entries.push(Entry { version, parent, at: options.now, action: Action::Build, message });
        store.set_line(&lock, context, &line)?;
    }
    // The version is published; a lock file that cannot be written is said, and `verify` says it too.
    if let Err(error) = Lockfile::of(manifest)?.write(&workspace.lock_path(context)) {
        warnings.push(format!("the lock file was not written: {error}"));
    }
    warnings.extend(made.warnings);
    progress.at(Stage::Publish, 1, 1);
    Ok(BuildReport {
        context: context.to_owned(),
        version,
        parent: if unchanged { line.entries.last().and_then(|entry| entry.parent) } else { parent },
        unchanged,
        documents,
        chunks: made.counts,
        skipped: ingested.skipped,
        warnings,
        elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// What a manifest says of the stages of this program for a recipe.
pub(crate) fn manifest(
    recipe: Recipe,
    ingested: &Ingested,
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
    Ok(Manifest { snapshots: ingested.snapshots()?, recipe, stages })
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

/// The version that a build starts from.
#[derive(Debug, Default)]
pub(crate) struct Published {
    /// Its documents by id.
    pub records: BTreeMap<String, DocumentRecord>,
    /// Digests of their texts.
    pub texts: BTreeSet<Digest>,
    /// Its index, if there is one.
    pub index: Option<IndexMeta>,
}

impl Published {
    pub fn load(store: &Store, version: VersionId) -> Result<Self, Error> {
        let manifest = store.manifest(version)?;
        let mut published = Self { index: IndexMeta::load(store, version).ok(), ..Self::default() };
        for snapshot in manifest.snapshots.values() {
            for record in store.snapshot(snapshot.id)? {
                // A text that was lost is read from its source again.
                if store.has(record.text) {
                    published.texts.insert(record.text);
                }
                published.records.insert(record.id.to_string(), record);
            }
        }
        Ok(published)
    }

    fn count(&self, ingested: &Ingested) -> DocumentCounts {
        let mut counts = DocumentCounts::default();
        let mut kept = 0;
        for record in ingested.records() {
            counts.total += 1;
            match self.records.get(record.id.as_str()) {
                None => counts.added += 1,
                Some(before) => {
                    kept += 1;
                    counts.changed += u64::from(before != record);
                }
            }
        }
        counts.removed = self.records.len() as u64 - kept;
        counts
    }
}
