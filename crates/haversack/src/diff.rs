use std::collections::{BTreeMap, BTreeSet};

use haversack_index::ChunkRef;
use haversack_model::{Chunk, ChunkId, DocumentId, DocumentRecord, Filter, Principal, Request, VersionId};
use haversack_store::SnapshotDiff;
use serde::Serialize;

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
    let (a, b) = (store.context(a)?, store.context(b)?);
    let scope = Scope::new(options)?;
    let sources = source_diff(store, &a, &b, &scope)?;
    let recipe = recipe_diff(a.manifest(), b.manifest())?;
    let chunks = chunk_diff(&a, &b, &scope)?;
    let mut packs = Vec::new();
    for query in &options.queries {
        let mut request = Request::new(query.clone()).principal(options.principal.clone());
        request.filter = options.filter.clone();
        request.budget = options.budget;
        packs.push(pack_diff::compare(&a, &b, &request, &sources, &recipe)?);
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

fn chunk_diff(a: &Context, b: &Context, scope: &Scope<'_>) -> Result<ChunkDiff, Error> {
    let ids = |context: &Context| -> BTreeSet<ChunkId> {
        let admitted = |at: &ChunkRef| {
            let document = context.index().document(*at).and_then(|id| context.documents().get(id));
            document.is_some_and(|record| scope.admits(record))
        };
        context.index().chunks().filter(admitted).filter_map(|at| context.index().chunk_id(at)).collect()
    };
    let (left, right) = (ids(a), ids(b));
    let gone = texts(a, &left, &right)?;
    let mut come = texts(b, &right, &left)?;
    let mut diff = ChunkDiff { unchanged: left.intersection(&right).count(), ..ChunkDiff::default() };
    for (key, n) in gone {
        let there = come.remove(&key).unwrap_or(0);
        diff.moved += n.min(there);
        diff.removed += n.saturating_sub(there);
        diff.added += there.saturating_sub(n);
    }
    diff.added += come.into_values().sum::<usize>();
    Ok(diff)
}

/// How often each text of each document stands in the chunks of a context that `other` lacks.
fn texts(
    context: &Context,
    own: &BTreeSet<ChunkId>,
    other: &BTreeSet<ChunkId>,
) -> Result<BTreeMap<(DocumentId, String), usize>, Error> {
    let mut counts = BTreeMap::new();
    for at in context.index().chunks() {
        if context.index().chunk_id(at).is_some_and(|id| own.contains(&id) && !other.contains(&id)) {
            let Chunk { document, text, .. } = context.index().chunk(at)?;
            *counts.entry((document, text)).or_default() += 1;
        }
    }
    Ok(counts)
}
