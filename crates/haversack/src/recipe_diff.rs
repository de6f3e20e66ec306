use std::collections::BTreeMap;

use haversack_model::Manifest;
use serde::Serialize;
use toml::Value;

use crate::Error;

/// A field in which two manifests differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// Dotted path: `packing.min_score`, `corpus.docs.trust`, `stages.chunker`.
    pub field: String,
    /// In the first; absent when the field is not there.
    pub a: Option<Value>,
    /// In the second.
    pub b: Option<Value>,
}

/// Fields of recipe and stages in which two manifests differ, in the order of their paths.
pub(crate) fn recipe_diff(a: &Manifest, b: &Manifest) -> Result<Vec<FieldChange>, Error> {
    let (mut left, mut right) = (fields(a)?, fields(b)?);
    let mut paths: Vec<String> = left.keys().chain(right.keys()).cloned().collect();
    paths.sort();
    paths.dedup();
    let changes = paths.into_iter().map(|field| {
        let (a, b) = (left.remove(&field), right.remove(&field));
        FieldChange { field, a, b }
    });
    Ok(changes.filter(|change| change.a != change.b).collect())
}

fn fields(manifest: &Manifest) -> Result<BTreeMap<String, Value>, Error> {
    let write =
        |error: toml::ser::Error| Error::Lockfile { path: "recipe".into(), reason: error.to_string() };
    let mut flat = BTreeMap::new();
    flatten("", Value::try_from(&manifest.recipe).map_err(write)?, &mut flat);
    flatten("stages", Value::try_from(&manifest.stages).map_err(write)?, &mut flat);
    Ok(flat)
}

fn flatten(path: &str, value: Value, flat: &mut BTreeMap<String, Value>) {
    let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Table(table) => table.into_iter().for_each(|(key, value)| flatten(&join(&key), value, flat)),
        // Corpora are told apart by name, not by position.
        Value::Array(items) if path == "corpus" => {
            for item in items {
                let name = item.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
                flatten(&join(&name), item, flat);
            }
        }
        other => {
            flat.insert(path.to_owned(), other);
        }
    }
}
