//! How the packs of two versions for one request differ, and what made them differ.

use std::collections::{BTreeMap, BTreeSet};

use haversack_model::{DocumentId, Pack, Passage, Recipe, Request};
use serde::Serialize;

use crate::diff::SourceDiff;
use crate::recipe_diff::FieldChange;
use crate::{Context, Error};

/// The packs of two versions for one query.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PackDiff {
    /// The query.
    pub query: String,
    /// Whether the two packs are the same bytes.
    pub same: bool,
    /// Passages only in the second.
    pub entered: Vec<PassageChange>,
    /// Passages only in the first.
    pub left: Vec<PassageChange>,
    /// Passages in both, at another position.
    pub moved: Vec<PassageChange>,
    /// Tokens of the first pack and of the second.
    pub tokens: (usize, usize),
}

/// A passage that is not in both packs, or not at the same position.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PassageChange {
    /// How the pack cites it.
    pub citation: String,
    /// Its document.
    pub document: DocumentId,
    /// Its position in the first pack, from 1.
    pub a: Option<usize>,
    /// Its position in the second pack.
    pub b: Option<usize>,
    /// What is responsible.
    pub because: Cause,
}

/// What is responsible for a change of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    /// The passage's own document was added.
    DocumentAdded,
    /// The passage's own document was removed.
    DocumentRemoved,
    /// The passage's own document changed.
    DocumentChanged {
        /// What of it.
        what: Vec<&'static str>,
    },
    /// These fields of the recipe. Each alone makes the difference if `alone`, else they differ and may.
    Recipe {
        /// Dotted paths.
        fields: Vec<String>,
        /// Whether a trial of each field by itself made the difference.
        alone: bool,
    },
    /// Other documents changed, and with them ranking and room.
    Displaced {
        /// Changed documents whose passages entered or left; all changed documents when none did.
        documents: Vec<DocumentId>,
    },
}

/// What tells passages of two packs apart: the document and the text.
type Key = (DocumentId, String);

fn keys(pack: &Pack) -> BTreeMap<Key, (usize, &Passage)> {
    let numbered = pack.passages.iter().enumerate();
    numbered
        .map(|(i, passage)| ((passage.document.clone(), passage.text.clone()), (i + 1, passage)))
        .collect()
}

/// Packs the request with both versions and compares.
pub(crate) fn compare(
    a: &Context,
    b: &Context,
    request: &Request,
    sources: &SourceDiff,
    recipe: &[FieldChange],
) -> Result<PackDiff, Error> {
    let (pack_a, pack_b) = (a.pack(request)?, b.pack(request)?);
    let (keys_a, keys_b) = (keys(&pack_a), keys(&pack_b));
    let suspects = Suspects::new(a, request, sources, recipe, &keys_a, &keys_b)?;
    let change = |key: &Key, a: Option<usize>, b: Option<usize>, passage: &Passage| PassageChange {
        citation: passage.citation.clone(),
        document: key.0.clone(),
        a,
        b,
        because: suspects.cause(key, a.is_some() && b.is_some()),
    };
    let mut diff = PackDiff {
        query: request.query.clone(),
        same: pack_a.pack_id == pack_b.pack_id,
        entered: Vec::new(),
        left: Vec::new(),
        moved: Vec::new(),
        tokens: (pack_a.tokens, pack_b.tokens),
    };
    for (key, (at, passage)) in &keys_b {
        match keys_a.get(key) {
            None => diff.entered.push(change(key, None, Some(*at), passage)),
            Some((before, _)) if before != at => {
                diff.moved.push(change(key, Some(*before), Some(*at), passage))
            }
            Some(_) => {}
        }
    }
    for (key, (at, passage)) in &keys_a {
        if !keys_b.contains_key(key) {
            diff.left.push(change(key, Some(*at), None, passage));
        }
    }
    diff.entered.sort_by_key(|change| change.b);
    diff.moved.sort_by_key(|change| change.b);
    diff.left.sort_by_key(|change| change.a);
    Ok(diff)
}

/// Everything that differs between the versions, and which of it was seen to change this pack.
struct Suspects<'d> {
    sources: &'d SourceDiff,
    /// Every field that differs.
    fields: Vec<String>,
    /// Query-time fields that change the first version's pack by themselves, with the passages that they change.
    trials: Vec<(String, BTreeSet<Key>)>,
    /// Changed documents among the passages that entered or left.
    culprits: Vec<DocumentId>,
}

impl<'d> Suspects<'d> {
    fn new(
        a: &Context,
        request: &Request,
        sources: &'d SourceDiff,
        recipe: &[FieldChange],
        keys_a: &BTreeMap<Key, (usize, &Passage)>,
        keys_b: &BTreeMap<Key, (usize, &Passage)>,
    ) -> Result<Self, Error> {
        let mut trials = Vec::new();
        for change in recipe {
            if let Some(recipe) = with_field(a.recipe(), change) {
                let pack = a.with_recipe(recipe).pack(request)?;
                let tried = keys(&pack);
                let differs = keys_a.keys().filter(|key| !tried.contains_key(*key));
                let differs = differs.chain(tried.keys().filter(|key| !keys_a.contains_key(*key)));
                trials.push((change.field.clone(), differs.cloned().collect::<BTreeSet<_>>()));
            }
        }
        let changed: BTreeSet<&DocumentId> = sources
            .added
            .iter()
            .chain(&sources.removed)
            .chain(sources.changed.iter().map(|change| &change.document))
            .collect();
        let one_sided = keys_a
            .keys()
            .filter(|key| !keys_b.contains_key(*key))
            .chain(keys_b.keys().filter(|key| !keys_a.contains_key(*key)));
        let seen: BTreeSet<DocumentId> =
            one_sided.map(|key| key.0.clone()).filter(|document| changed.contains(document)).collect();
        let culprits: Vec<DocumentId> =
            if seen.is_empty() { changed.into_iter().cloned().collect() } else { seen.into_iter().collect() };
        // A field that was tried and changed no passage is none that may; neither is a name.
        let tried: BTreeSet<&String> = trials.iter().map(|(field, _)| field).collect();
        let may = |field: &String| !tried.contains(field) && field != "name" && field != "description";
        let fields = recipe.iter().map(|change| change.field.clone()).filter(may).collect();
        Ok(Self { sources, fields, trials, culprits })
    }

    fn cause(&self, key: &Key, only_moved: bool) -> Cause {
        let document = &key.0;
        // A passage with the same text in both packs did not move because of its own document.
        if !only_moved {
            if self.sources.added.contains(document) {
                return Cause::DocumentAdded;
            }
            if self.sources.removed.contains(document) {
                return Cause::DocumentRemoved;
            }
            if let Some(change) = self.sources.changed.iter().find(|change| change.document == *document) {
                return Cause::DocumentChanged { what: change.what.clone() };
            }
        }
        let alone: Vec<String> = self
            .trials
            .iter()
            .filter(|(_, keys)| keys.contains(key))
            .map(|(field, _)| field.clone())
            .collect();
        if !alone.is_empty() {
            return Cause::Recipe { fields: alone, alone: true };
        }
        if self.fields.is_empty() {
            Cause::Displaced { documents: self.culprits.clone() }
        } else {
            Cause::Recipe { fields: self.fields.clone(), alone: false }
        }
    }
}

/// The recipe with one field of another, if the field works at query time.
fn with_field(recipe: &Recipe, change: &FieldChange) -> Option<Recipe> {
    let value = change.b.as_ref().filter(|_| Recipe::at_query_time(&change.field))?;
    recipe.with(&change.field, &value.to_string()).ok()
}
