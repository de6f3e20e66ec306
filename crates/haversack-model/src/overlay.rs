//! Reading a recipe file: what a person wrote, laid over the standard recipe, with every key checked.

use toml::{Table, Value};

use crate::{CorpusRule, CorpusSource, Recipe};

/// Why a recipe was refused.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// The file is not TOML.
    #[error("recipe is not valid TOML: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A key that no recipe has.
    #[error("unknown key `{key}` in recipe{}", suggestion.as_ref().map_or(String::new(), |s| format!("; did you mean `{s}`?")))]
    UnknownKey {
        /// The dotted path of the key.
        key: String,
        /// The nearest known key, if one is near.
        suggestion: Option<String>,
    },
    /// A key that must be given is not.
    #[error("recipe lacks `{0}`")]
    Missing(&'static str),
    /// A value outside its range.
    #[error("`{key}` is {value}, but must be {expected}")]
    OutOfRange {
        /// The dotted path of the key.
        key: String,
        /// What was given.
        value: String,
        /// What is accepted.
        expected: &'static str,
    },
    /// A value of the wrong type or an unknown choice.
    #[error("recipe has a wrong value: {0}")]
    Value(String),
    /// The standard recipe could not be written as TOML, which is a bug.
    #[error("recipe cannot be written as TOML")]
    Write(#[from] toml::ser::Error),
}

/// Keys under which any name is allowed.
const FREE: [&str; 2] = ["corpus.metadata", "corpus.rule.metadata"];

/// Parses `text` and fills what it leaves out.
pub(crate) fn read(text: &str) -> Result<Recipe, RecipeError> {
    let given: Table = toml::from_str(text)?;
    let name = match given.get("name") {
        Some(Value::String(name)) => name.clone(),
        Some(other) => {
            return Err(RecipeError::Value(format!("`name` must be a string, not {}", other.type_str())));
        }
        None => return Err(RecipeError::Missing("name")),
    };
    let mut exemplar = Table::try_from(Recipe::standard(&name))?;
    let corpus = Table::try_from(CorpusSource::standard("", ""))?;
    let rule = Table::try_from(exemplar_rule())?;
    let corpora = match given.get("corpus") {
        None => return Err(RecipeError::Missing("[[corpus]]")),
        Some(Value::Array(items)) if items.is_empty() => return Err(RecipeError::Missing("[[corpus]]")),
        Some(Value::Array(items)) => {
            items.iter().map(|item| read_corpus(item, &corpus, &rule)).collect::<Result<Vec<_>, _>>()?
        }
        Some(_) => return Err(RecipeError::Value("`corpus` must be a list: write [[corpus]]".to_owned())),
    };
    let mut rest = given;
    rest.remove("corpus");
    exemplar.remove("corpus");
    check_keys(&rest, &exemplar, "", &["corpus"])?;
    merge(&mut exemplar, rest);
    exemplar.insert("corpus".to_owned(), Value::Array(corpora));
    Value::Table(exemplar)
        .try_into()
        .map_err(|error: toml::de::Error| RecipeError::Value(error.message().to_owned()))
}

fn exemplar_rule() -> CorpusRule {
    CorpusRule {
        path: String::new(),
        labels: std::collections::BTreeSet::new(),
        trust: Some(crate::Trust::Standard),
        language: Some(String::new()),
        metadata: std::collections::BTreeMap::new(),
    }
}

fn read_corpus(item: &Value, corpus: &Table, rule: &Table) -> Result<Value, RecipeError> {
    let Value::Table(given) = item else {
        return Err(RecipeError::Value("`corpus` must be a list of tables: write [[corpus]]".to_owned()));
    };
    for key in ["name", "path"] {
        if !given.contains_key(key) {
            return Err(RecipeError::Missing(if key == "name" { "corpus.name" } else { "corpus.path" }));
        }
    }
    check_keys(given, corpus, "corpus", &[])?;
    if let Some(Value::Array(rules)) = given.get("rule") {
        for item in rules {
            match item {
                Value::Table(table) if !table.contains_key("path") => {
                    return Err(RecipeError::Missing("corpus.rule.path"));
                }
                Value::Table(table) => check_keys(table, rule, "corpus.rule", &[])?,
                _ => {
                    return Err(RecipeError::Value(
                        "`corpus.rule` must be tables: write [[corpus.rule]]".into(),
                    ));
                }
            }
        }
    }
    let mut full = corpus.clone();
    merge(&mut full, given.clone());
    Ok(Value::Table(full))
}

fn check_keys(given: &Table, known: &Table, under: &str, also: &[&str]) -> Result<(), RecipeError> {
    for (key, value) in given {
        let path = if under.is_empty() { key.clone() } else { format!("{under}.{key}") };
        match (known.get(key), value) {
            (None, _) if also.contains(&key.as_str()) => {}
            (None, _) => {
                let names = known.keys().map(String::as_str).chain(also.iter().copied());
                let suggestion = nearest(key, names)
                    .map(|name| if under.is_empty() { name.to_owned() } else { format!("{under}.{name}") });
                return Err(RecipeError::UnknownKey { key: path, suggestion });
            }
            (Some(Value::Table(known)), Value::Table(given)) if !FREE.contains(&path.as_str()) => {
                check_keys(given, known, &path, &[])?;
            }
            (Some(_), _) => {}
        }
    }
    Ok(())
}

/// The nearest name, when it is near enough to be what was meant.
fn nearest<'a>(key: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (strsim::damerau_levenshtein(key, name), name))
        .filter(|(distance, name)| *distance <= 2.max(name.len() / 3))
        .min()
        .map(|(_, name)| name)
}

fn merge(onto: &mut Table, from: Table) {
    for (key, value) in from {
        match (onto.get_mut(&key), value) {
            (Some(Value::Table(onto)), Value::Table(from)) => merge(onto, from),
            // A whole number where a float is expected is what people write: `k1 = 1`.
            (Some(Value::Float(float)), Value::Integer(whole)) => *float = whole as f64,
            (_, value) => {
                onto.insert(key, value);
            }
        }
    }
}

/// Changes one field of a recipe outside its corpora.
pub(crate) fn with(recipe: &Recipe, key: &str, value: &str) -> Result<Recipe, RecipeError> {
    let mut full = Table::try_from(recipe)?;
    let value: Value = toml::from_str::<Table>(&format!("value = {value}"))
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(value.to_owned()));
    let given =
        key.rsplit('.').fold(value, |value, part| Value::Table(Table::from_iter([(part.to_owned(), value)])));
    let Value::Table(given) = given else { return Err(RecipeError::Missing("key")) };
    let mut known = full.clone();
    known.remove("corpus");
    check_keys(&given, &known, "", &[])?;
    merge(&mut full, given);
    Value::Table(full)
        .try_into()
        .map_err(|error: toml::de::Error| RecipeError::Value(error.message().to_owned()))
}

/// Checks what types alone cannot.
pub(crate) fn check(recipe: &Recipe) -> Result<(), RecipeError> {
    let bad = |key: &str, value: String, expected| {
        Err(RecipeError::OutOfRange { key: key.to_owned(), value, expected })
    };
    check_name("name", &recipe.name)?;
    let mut names = std::collections::BTreeSet::new();
    for corpus in &recipe.corpora {
        check_name("corpus.name", &corpus.name)?;
        if !names.insert(&corpus.name) {
            return bad("corpus.name", format!("`{}` twice", corpus.name), "different for each corpus");
        }
    }
    let (chunking, packing) = (&recipe.chunking, &recipe.packing);
    if !(16..=100_000).contains(&chunking.max_tokens) {
        return bad("chunking.max_tokens", chunking.max_tokens.to_string(), "in 16..=100000");
    }
    if chunking.target_tokens > chunking.max_tokens {
        return bad(
            "chunking.target_tokens",
            chunking.target_tokens.to_string(),
            "at most chunking.max_tokens",
        );
    }
    if !(1..=10_000).contains(&recipe.retrieval.candidates) {
        return bad("retrieval.candidates", recipe.retrieval.candidates.to_string(), "in 1..=10000");
    }
    if !(10..=10_000).contains(&recipe.retrieval.ef) {
        return bad("retrieval.ef", recipe.retrieval.ef.to_string(), "in 10..=10000");
    }
    if !(1..=1_000_000_000).contains(&packing.budget) {
        return bad("packing.budget", packing.budget.to_string(), "in 1..=1000000000");
    }
    if packing.max_per_document > 1_000_000_000 {
        return bad("packing.max_per_document", packing.max_per_document.to_string(), "at most 1000000000");
    }
    let ranges = [
        ("lexical.k1", recipe.lexical.k1, 0.0, 10.0, "in [0, 10]"),
        ("lexical.b", recipe.lexical.b, 0.0, 1.0, "in [0, 1]"),
        ("fusion.dense_weight", recipe.fusion.dense_weight, 0.0, 1.0, "in [0, 1]"),
        ("fusion.rrf_k", recipe.fusion.rrf_k, 1e-6, 1e6, "in (0, 1000000]"),
        ("packing.min_score", packing.min_score, 0.0, 1.0, "in [0, 1]"),
        ("packing.min_best", packing.min_best, 0.0, 1.0, "in [0, 1]"),
        ("packing.near_duplicate", packing.near_duplicate, 1e-6, 1.0, "in (0, 1]"),
        ("packing.diversity", packing.diversity, 0.0, 1.0, "in [0, 1]"),
        ("packing.length_penalty", packing.length_penalty, 0.0, 1.0, "in [0, 1]"),
    ];
    for (key, value, low, high, expected) in ranges {
        // Written so that NaN fails; a tiny positive value would have no canonical form.
        if !(low..=high).contains(&value) || (value != 0.0 && value < 1e-6) {
            return bad(key, value.to_string(), expected);
        }
    }
    Ok(())
}

fn check_name(key: &str, name: &str) -> Result<(), RecipeError> {
    let good = !name.is_empty()
        && name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if good {
        return Ok(());
    }
    Err(RecipeError::OutOfRange {
        key: key.to_owned(),
        value: format!("`{name}`"),
        expected: "1 to 100 letters, digits, `-`, `_` or `.`, beginning with a letter or digit",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "name = \"docs\"\n[[corpus]]\nname = \"docs\"\npath = \"docs\"\n";

    #[test]
    fn what_is_left_out_is_standard() {
        let recipe = Recipe::parse(SMALL).unwrap();
        assert_eq!(recipe.chunking, Recipe::standard("docs").chunking);
        assert_eq!(recipe.corpora[0], CorpusSource::standard("docs", "docs"));
        assert_eq!(Recipe::parse(&recipe.to_toml().unwrap()).unwrap(), recipe);
    }

    #[test]
    fn unknown_keys_are_refused_with_a_suggestion() {
        let cases = [
            ("[chunking]\nmax_token = 3", "chunking.max_token", Some("chunking.max_tokens")),
            ("[lexcal]\nk1 = 1", "lexcal", Some("lexical")),
            ("[[corpus.rule]]\npath = \"a\"\nlables = []", "corpus.rule.lables", Some("corpus.rule.labels")),
            ("[fusion]\nzzzzzzzzzz = 1", "fusion.zzzzzzzzzz", None),
        ];
        for (text, key, suggestion) in cases {
            match Recipe::parse(&format!("{SMALL}{text}")) {
                Err(RecipeError::UnknownKey { key: k, suggestion: s }) => {
                    assert_eq!((k.as_str(), s.as_deref()), (key, suggestion));
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn metadata_may_have_any_key_and_whole_numbers_are_floats() {
        let text = format!("{SMALL}[corpus.metadata]\nteam = \"sre\"\n[lexical]\nk1 = 1\n");
        let recipe = Recipe::parse(&text).unwrap();
        assert_eq!(recipe.corpora[0].metadata["team"], "sre");
        assert!((recipe.lexical.k1 - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for text in [
            "[packing]\nbudget = 0",
            "[lexical]\nb = 1.5",
            "[lexical]\nk1 = nan",
            "[retrieval]\ncandidates = 0",
            "[chunking]\nmax_tokens = 3",
            "[[corpus]]\nname = \"docs\"\npath = \"x\"",
        ] {
            let got = Recipe::parse(&format!("{SMALL}{text}"));
            assert!(matches!(got, Err(RecipeError::OutOfRange { .. })), "{text}: {got:?}");
        }
        assert!(matches!(
            Recipe::parse("name = \"../x\"\n[[corpus]]\nname=\"a\"\npath=\"b\""),
            Err(RecipeError::OutOfRange { .. })
        ));
    }
}
