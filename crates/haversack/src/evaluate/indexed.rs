use haversack_index::{Index, Tombstones};
use haversack_model::{DocumentRecord, Manifest, Recipe};

use crate::index_build::IndexBuild;
use crate::index_meta::IndexMeta;
use crate::segments::Kept;
use crate::{Context, Error, Progress, Store, build, embedder};

/// An index of some documents, made as a version's is. Its segments belong to no version: what is open stays readable when
/// garbage is collected.
pub(super) fn indexed(
    store: &Store,
    manifest: &Manifest,
    records: Vec<DocumentRecord>,
    progress: &dyn Progress,
) -> Result<Index, Error> {
    let _lock = store.inner.lock()?;
    let embedder = embedder::open(&manifest.recipe.embedding.model, &store.machine)?;
    let tokenizers = store.tokenizers(&manifest.recipe.name);
    // Documents must be cut and embedded as the version was built, or nothing could be said of it.
    let snapshots = manifest.snapshots.clone();
    let here = build::manifest(manifest.recipe.clone(), snapshots, embedder.as_deref(), &tokenizers)?.stages;
    let stages = [
        ("chunker", manifest.stages.chunker.as_str(), here.chunker.as_str()),
        ("embedder", manifest.stages.embedder.as_str(), here.embedder.as_str()),
    ];
    build::check_stages(manifest.version()?, &stages)?;
    let build =
        IndexBuild { store: &store.inner, embedder: embedder.as_deref(), tokenizers: &tokenizers, progress };
    let open = |kept: Kept| (kept.segment, Tombstones::none());
    Ok(Index::open(build.segments(manifest, records)?.into_iter().map(open).collect())?)
}

/// The documents of a version under another recipe: what a build would make of them, without a new version.
pub(crate) fn rebuilt(
    store: &Store,
    context: &Context,
    recipe: &Recipe,
    progress: &dyn Progress,
) -> Result<Context, Error> {
    let before = context.manifest();
    let embedder = embedder::open(&recipe.embedding.model, &store.machine)?;
    let tokenizers = store.tokenizers(&recipe.name);
    let manifest =
        build::manifest(recipe.clone(), before.snapshots.clone(), embedder.as_deref(), &tokenizers)?;
    if IndexMeta::key(&manifest)? == IndexMeta::key(before)? {
        return Ok(context.with_recipe(recipe.clone()));
    }
    let index = context.index();
    let records =
        index.live_documents().map(|at| Ok(index.record(at)?)).collect::<Result<Vec<_>, Error>>()?;
    let index = indexed(store, &manifest, records, progress)?;
    Ok(context.with_manifest(store, manifest, index))
}
