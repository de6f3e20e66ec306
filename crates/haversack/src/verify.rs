use haversack_model::{Manifest, VersionId};
use haversack_store::Snapshot;
use serde::Serialize;

use crate::erased::Erased;
use crate::ingest::Ingest;
use crate::lockfile::Lockfile;
use crate::recipe_diff::recipe_diff;
use crate::tokenizer::Tokenizers;
use crate::{Error, Machine, Progress, Store, Workspace, build, embedder};

/// Whether a lock file, the sources and the store agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// The context.
    pub context: String,
    /// The version in the lock file.
    pub lock: VersionId,
    /// The version that the sources would give now.
    pub sources: VersionId,
    /// Whether the store holds the version of the lock file, whole.
    pub stored: bool,
    /// Whether all three agree.
    pub ok: bool,
    /// What does not, in words.
    pub differences: Vec<String>,
}

/// Reads every source again and says whether the lock file matches sources and store. Nothing is written.
///
/// # Errors
/// When recipe, lock file or sources cannot be read.
pub fn verify(
    workspace: &Workspace,
    context: &str,
    machine: &Machine,
    progress: &dyn Progress,
) -> Result<Verification, Error> {
    let recipe = workspace.recipe(context)?;
    let lock = Lockfile::read(&workspace.lock_path(context))?;
    let embedder = embedder::open(&recipe.embedding.model, machine)?;
    let store = Store::open(workspace.store_path());
    let erased = store.as_ref().map_or_else(|_| Ok(Erased::default()), |store| Erased::of(&store.inner))?;
    let ingest = Ingest {
        folder: &workspace.context_path(context),
        batch: None,
        cache: None,
        parent: None,
        erased: &erased,
        progress,
    };
    let mut ingested = ingest.run(&recipe)?;
    let tokenizers = Tokenizers::new(workspace.context_path(context));
    let snapshots = ingested.snapshots(|corpus| {
        let read = std::mem::take(&mut corpus.read);
        let (documents, bytes) = (read.len() as u64, read.iter().map(|record| record.bytes).sum());
        Ok(Snapshot { id: haversack_store::snapshot_id(read)?, documents, bytes })
    })?;
    let now = build::manifest(recipe, snapshots, embedder.as_deref(), &tokenizers)?;
    let sources = now.version()?;
    let mut differences = against_sources(&lock.manifest, &now)?;
    let stored = match store.and_then(|store| in_store(&store, lock.version)) {
        Ok(()) => true,
        Err(error) => {
            differences.push(format!("store: {error}"));
            false
        }
    };
    let ok = lock.version == sources && stored;
    Ok(Verification { context: context.to_owned(), lock: lock.version, sources, stored, ok, differences })
}

fn against_sources(lock: &Manifest, now: &Manifest) -> Result<Vec<String>, Error> {
    let mut differences = Vec::new();
    for change in recipe_diff(lock, now)? {
        let show =
            |value: &Option<toml::Value>| value.as_ref().map_or("nothing".to_owned(), ToString::to_string);
        differences.push(format!("{}: locked {}, now {}", change.field, show(&change.a), show(&change.b)));
    }
    for (name, locked) in &lock.snapshots {
        match now.snapshots.get(name) {
            Some(here) if here == locked => {}
            Some(here) if here.id == locked.id => {
                differences.push(format!("corpus {name}: the same documents, but other sources are skipped"));
            }
            Some(here) => differences.push(format!(
                "corpus {name}: locked {} ({} documents), now {} ({} documents)",
                locked.id.short(),
                locked.documents,
                here.id.short(),
                here.documents
            )),
            None => differences.push(format!("corpus {name}: locked, but not in the recipe")),
        }
    }
    let new = now.snapshots.keys().filter(|name| !lock.snapshots.contains_key(*name));
    differences.extend(new.map(|name| format!("corpus {name}: in the recipe, but not locked")));
    Ok(differences)
}

fn in_store(store: &Store, version: VersionId) -> Result<(), Error> {
    for snapshot in store.manifest(version)?.snapshots.values() {
        for record in store.inner.records(snapshot.id) {
            store.inner.text(record?.text)?;
        }
    }
    Ok(())
}
