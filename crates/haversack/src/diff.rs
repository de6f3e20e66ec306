use std::collections::{BTreeMap, BTreeSet};

use haversack_index::ChunkRef;
use haversack_model::{Chunk, ChunkId, DocumentId, DocumentRecord, Filter, Principal, Request, VersionId};
use haversack_store::SnapshotDiff;
use serde::Serialize;

use crate::changes::Changes;
use crate::mask;
use crate::pack_diff::{self, PackDiff};
use crate::recipe_diff::{FieldChange, recipe_diff};
use crate::{Context, Error, Store};

/// What besides two versions is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct DiffOptions {
    /// Queries whose packs are compared.
    pub queries: Vec<String>,
    /// Budget of those packs; by default each recipe's own.
    pub budget: Option<usize>,
    /// Who asks.
    pub principal: Principal,
    /// Which documents may be drawn on.
    pub filter: Filter,
}

impl Default for DiffOptions {
    fn default() -> Self {
        Self { queries: Vec::new(), budget: None, principal: Principal::anyone(), filter: Filter::default() }
    }
}

/// How two versions differ, layer by layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diff {
    /// The first version.
    pub a: VersionId,
    /// The second.
    pub b: VersionId,
    /// Documents.
    pub sources: SourceDiff,
    /// Fields of recipe and stages.
    pub recipe: Vec<FieldChange>,
    /// Chunks.
    pub chunks: ChunkDiff,
    /// Packs of the queries that were given.
    pub packs: Vec<PackDiff>,
}

/// Documents in which two versions differ.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SourceDiff {
    /// Only in the second.
    pub added: Vec<DocumentId>,
    /// Only in the first.
    pub removed: Vec<DocumentId>,
    /// In both, but not the same.
    pub changed: Vec<DocumentChange>,
}

/// A document that two versions have in two states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentChange {
    /// The document.
    pub document: DocumentId,
    /// What of it changed: `text`, `title`, `labels`, `trust`, `language`, `metadata`, `media`.
    pub what: Vec<&'static str>,
}

/// Chunks in which two versions differ. Chunks are compared by document and text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ChunkDiff {
    /// Only in the second.
    pub added: usize,
    /// Only in the first.
    pub removed: usize,
    /// In both at another place of the document, or under another breadcrumb.
    pub moved: usize,
    /// In both at the same place.
    pub unchanged: usize,
}

/// Compares two versions, named by their addresses.
///
/// # Errors
/// When an address names no version, or a version cannot be opened.
pub fn diff(store: &Store, a: &str, b: &str, options: &DiffOptions) -> Result<Diff, Error> {
    between(store, &store.context(a)?, &store.context(b)?, options)
}

/// Compares two versions that are open.
pub(crate) fn between(store: &Store, a: &Context, b: &Context, options: &DiffOptions) -> Result<Diff, Error> {
    let scope = Scope::new(options)?;
    let sources = source_diff(store, a, b, &scope)?;
    let recipe = recipe_diff(a.manifest(), b.manifest())?;
    let chunks = chunk_diff(store, a, b, &scope)?;
    let mut packs = Vec::new();
    for query in &options.queries {
        let mut request = Request::new(query.clone()).principal(options.principal.clone());
        request.filter = options.filter.clone();
        request.budget = options.budget;
        packs.push(pack_diff::compare(a, b, &request, &sources, &recipe)?);
    }
    Ok(Diff { a: a.version(), b: b.version(), sources, recipe, chunks, packs })
}

/// The documents that a diff may speak of: a principal does not learn from it of what it may not read.
struct Scope<'o> {
    options: &'o DiffOptions,
    paths: Option<globset::GlobSet>,
}

impl<'o> Scope<'o> {
    fn new(options: &'o DiffOptions) -> Result<Self, Error> {
        Ok(Self { options, paths: mask::compile(&options.filter.paths)? })
    }

    fn admits(&self, record: &DocumentRecord) -> bool {
        let (principal, filter) = (&self.options.principal, &self.options.filter);
        mask::admits(record, principal, filter, self.paths.as_ref())
    }
}

fn source_diff(store: &Store, a: &Context, b: &Context, scope: &Scope<'_>) -> Result<SourceDiff, Error> {
    let (left, right) = (&a.manifest().snapshots, &b.manifest().snapshots);
    let corpora: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let mut all = SourceDiff::default();
    for corpus in corpora {
        let id = |side: &BTreeMap<String, haversack_model::SnapshotRef>| side.get(corpus).map(|s| s.id);
        let SnapshotDiff { added, removed, changed } = store.inner.diff_snapshots(id(left), id(right))?;
        all.added.extend(added.into_iter().filter(|record| scope.admits(record)).map(|record| record.id));
        all.removed.extend(removed.into_iter().filter(|record| scope.admits(record)).map(|record| record.id));
        for (before, after) in changed {
            match (scope.admits(&before), scope.admits(&after)) {
                (true, true) => {
                    let what = what_changed(&before, &after);
                    all.changed.push(DocumentChange { document: after.id, what });
                }
                // What came into sight or went out of it looks as if it came or went.
                (false, true) => all.added.push(after.id),
                (true, false) => all.removed.push(before.id),
                (false, false) => {}
            }
        }
    }
    Ok(all)
}

fn what_changed(a: &DocumentRecord, b: &DocumentRecord) -> Vec<&'static str> {
    let facts = [
        ("text", a.text != b.text),
        ("title", a.title != b.title),
        ("labels", a.labels != b.labels),
        ("trust", a.trust != b.trust),
        ("language", a.language != b.language),
        ("metadata", a.metadata != b.metadata),
        ("media", a.media != b.media || (a.text == b.text && a.body != b.body)),
    ];
    facts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// Compares the chunks of documents that differ; those of all documents when the versions cut them in other ways.
fn chunk_diff(store: &Store, a: &Context, b: &Context, scope: &Scope<'_>) -> Result<ChunkDiff, Error> {
    let cut = |context: &Context| {
        let manifest = context.manifest();
        (manifest.recipe.chunking.clone(), manifest.stages.chunker.clone())
    };
    let all = cut(a) != cut(b);
    let changes = Changes::between(&store.inner, Some(a.manifest()), b.manifest())?;
    let (old, new): (BTreeSet<DocumentId>, BTreeSet<DocumentId>) = if all {
        (ids(a)?, ids(b)?)
    } else {
        (changes.before().cloned().collect(), changes.after().map(|record| record.id.clone()).collect())
    };
    let (left, right) = (Chunks::of(a, &old, scope)?, Chunks::of(b, &new, scope)?);
    let shared = if all { 0 } else { Chunks::count(a, scope)? - left.ids.len() };
    let gone = left.texts(a, &right)?;
    let mut come = right.texts(b, &left)?;
    let same = left.ids.keys().filter(|id| right.ids.contains_key(*id)).count();
    let mut diff = ChunkDiff { unchanged: shared + same, ..ChunkDiff::default() };
    for (key, n) in gone {
        let there = come.remove(&key).unwrap_or(0);
        diff.moved += n.min(there);
        diff.removed += n.saturating_sub(there);
        diff.added += there.saturating_sub(n);
    }
    diff.added += come.into_values().sum::<usize>();
    Ok(diff)
}

fn ids(context: &Context) -> Result<BTreeSet<DocumentId>, Error> {
    let index = context.index();
    index.live_documents().map(|at| Ok(index.document_id(at)?)).collect()
}

/// The chunks of some documents of a context that a diff may speak of.
struct Chunks {
    ids: BTreeMap<ChunkId, ChunkRef>,
}

impl Chunks {
    fn of(context: &Context, documents: &BTreeSet<DocumentId>, scope: &Scope<'_>) -> Result<Self, Error> {
        let index = context.index();
        let mut ids = BTreeMap::new();
        for document in documents {
            let Some(at) = index.find(document)? else { continue };
            if scope.admits(&index.record(at)?) {
                for at in index.chunks_of(at)? {
                    ids.insert(index.chunk_id(at)?, at);
                }
            }
        }
        Ok(Self { ids })
    }

    /// Chunks of a context that a diff may speak of.
    fn count(context: &Context, scope: &Scope<'_>) -> Result<usize, Error> {
        let options = scope.options;
        let trust = haversack_model::Trust::Untrusted;
        let mask = mask::Masks::default().get(context.index(), trust, &options.principal, &options.filter)?;
        Ok(mask.chunks())
    }

    /// How often each text of each document stands in the chunks that `other` lacks.
    fn texts(&self, context: &Context, other: &Self) -> Result<BTreeMap<(DocumentId, String), usize>, Error> {
        let mut counts = BTreeMap::new();
        for (_, at) in self.ids.iter().filter(|(id, _)| !other.ids.contains_key(*id)) {
            let Chunk { document, text, .. } = context.index().chunk(*at)?;
            *counts.entry((document, text)).or_default() += 1;
        }
        Ok(counts)
    }
}
