use std::collections::BTreeSet;

use haversack_eval::{Factor, Subset};
use haversack_model::{DocumentId, DocumentRecord, Manifest, Recipe};

use super::indexed::indexed;
use super::world::World;
use crate::changes::Changes;
use crate::index_meta::IndexMeta;
use crate::recipe_diff::{FieldChange, recipe_diff};
use crate::{Context, Error, Progress, Store};

/// Every context between two versions: each document and each field of the recipe in which they differ is as in the one
/// or as in the other.
///
/// A context between two versions packs what a build of the same documents under the same recipe would pack, byte for
/// byte, and making it costs milliseconds: it is an index over segments that are there. Fields that decide how documents
/// are cut, embedded or analysed are one factor together, since no segment can hold a mixture; where they differ, the
/// documents that changed are indexed once in the other way.
pub struct Between {
    factors: Vec<Factor>,
    /// How many of the factors are documents; they come first.
    documents: usize,
    /// Fields that work when a query is answered, each a factor.
    fields: Vec<FieldChange>,
    a: Recipe,
    b: Recipe,
    /// As A is indexed.
    before: World,
    /// As B is indexed, where that differs: then it is the last factor.
    after: Option<World>,
}

impl Between {
    /// The contexts between two versions of a store.
    ///
    /// # Errors
    /// When an object is missing or damaged, or documents that changed cannot be indexed in the other way.
    pub fn new(store: &Store, a: &Context, b: &Context, progress: &dyn Progress) -> Result<Self, Error> {
        let changes = Changes::between(&store.inner, Some(a.manifest()), b.manifest())?;
        let (before, after): (BTreeSet<DocumentId>, BTreeSet<DocumentId>) =
            (changes.before().cloned().collect(), changes.after().map(|record| record.id.clone()).collect());
        let changed: Vec<DocumentId> = before.union(&after).cloned().collect();
        let factor = |document: &DocumentId| match (before.contains(document), after.contains(document)) {
            (true, true) => Factor::Changed { document: document.clone() },
            (true, false) => Factor::Removed { document: document.clone() },
            _ => Factor::Added { document: document.clone() },
        };
        let mut factors: Vec<Factor> = changed.iter().map(factor).collect();
        let documents = factors.len();
        let same_index = IndexMeta::key(a.manifest())? == IndexMeta::key(b.manifest())?;
        let (fields, build_fields) = fields(a.manifest(), b.manifest(), same_index)?;
        factors.extend(fields.iter().map(|change| Factor::Field { field: change.field.clone() }));
        let (of_b, after) = if same_index {
            (b.index().clone(), None)
        } else {
            factors.push(Factor::Field { field: build_fields.join(", ") });
            // Each version's changed documents, indexed as the other one is.
            let of_a = indexed(store, b.manifest(), records(a, &before)?, progress)?;
            let world = World::new(b.clone(), Some(&of_a), &changed, true)?;
            (indexed(store, a.manifest(), records(b, &after)?, progress)?, Some(world))
        };
        let before = World::new(a.clone(), Some(&of_b), &changed, false)?;
        let (a, b) = (a.recipe().clone(), b.recipe().clone());
        Ok(Self { factors, documents, fields, a, b, before, after })
    }

    /// The contexts of one version without some of its documents: each of `documents` is a factor, made where it is
    /// present.
    ///
    /// # Errors
    /// When the index is damaged.
    pub fn without(context: &Context, documents: &[DocumentId]) -> Result<Self, Error> {
        let factors =
            documents.iter().map(|document| Factor::Present { document: document.clone() }).collect();
        let recipe = context.recipe().clone();
        let before = World::new(context.clone(), None, documents, true)?;
        let (a, b, fields) = (recipe.clone(), recipe, Vec::new());
        Ok(Self { factors, documents: documents.len(), fields, a, b, before, after: None })
    }

    /// What differs: documents in the order of their ids, then fields of the recipe.
    #[must_use]
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// The context in which the factors of a subset are as in B, all others as in A.
    ///
    /// # Errors
    /// When the index is damaged, or fields make no valid recipe without one another.
    pub fn context(&self, made: &Subset) -> Result<Context, Error> {
        let mut recipe = self.a.clone();
        let all_fields = (self.documents..self.documents + self.fields.len()).all(|factor| made.has(factor));
        if all_fields {
            // Not field by field: together they are valid whatever their order.
            recipe = self.b.clone();
        } else {
            for (number, change) in self.fields.iter().enumerate() {
                if made.has(self.documents + number)
                    && let Some(value) = &change.b
                {
                    let changed = recipe.with(&change.field, &value.to_string());
                    recipe = changed.map_err(|source| Error::Between { source: Box::new(source) })?;
                }
            }
        }
        match &self.after {
            Some(after) if made.has(self.factors.len() - 1) => after.context(made, recipe),
            _ => self.before.context(made, recipe),
        }
    }
}

/// The fields in which two recipes differ: those that work at query time, and names of those that decide the index. What
/// a recipe says of corpora shows in the documents.
fn fields(a: &Manifest, b: &Manifest, same_index: bool) -> Result<(Vec<FieldChange>, Vec<String>), Error> {
    let all = recipe_diff(a, b)?.into_iter().filter(|change| {
        let section = change.field.split('.').next().unwrap_or_default();
        // Stages follow from the recipe, unless another program built one of the versions.
        !matches!(section, "name" | "description" | "corpus") && (section != "stages" || !same_index)
    });
    let query_time = |change: &FieldChange| {
        // Whether there are graphs is decided by how vectors are searched.
        Recipe::at_query_time(&change.field) && (same_index || change.field != "retrieval.search")
    };
    let (at_query, at_build): (Vec<_>, Vec<_>) = all.partition(query_time);
    Ok((at_query, at_build.into_iter().map(|change| change.field).collect()))
}

fn records(context: &Context, documents: &BTreeSet<DocumentId>) -> Result<Vec<DocumentRecord>, Error> {
    let records = documents.iter().filter_map(|document| context.document(document).transpose());
    records.collect()
}
