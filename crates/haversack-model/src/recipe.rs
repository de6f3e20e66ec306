use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::overlay::{self, RecipeError};
use crate::{Label, Trust};

/// What a person asks for: the effective recipe, with every field written out.
///
/// People write only what differs from [`Recipe::standard`]; [`Recipe::parse`] lays their file over it, so that
/// the recipe of a version never depends on the defaults of the program that reads it later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Name of the context.
    pub name: String,
    /// One line on what it is for.
    pub description: String,
    /// Where knowledge comes from.
    #[serde(rename = "corpus")]
    pub corpora: Vec<CorpusSource>,
    /// Documents to chunks.
    pub chunking: Chunking,
    /// Chunks to vectors.
    pub embedding: Embedding,
    /// Chunks to terms, and their scoring.
    pub lexical: Lexical,
    /// Query to candidates.
    pub retrieval: Retrieval,
    /// Two rankings into one.
    pub fusion: Fusion,
    /// Candidates to pack.
    pub packing: Packing,
    /// What is kept out.
    pub guard: Guard,
}

/// A folder of sources and what is known of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusSource {
    /// Name of the corpus; the first part of its documents' ids.
    pub name: String,
    /// Folder (or one file), relative to the recipe's folder.
    pub path: String,
    /// Globs of paths to take; empty takes all.
    pub include: Vec<String>,
    /// Globs of paths to leave.
    pub exclude: Vec<String>,
    /// Whether to read hidden files.
    pub hidden: bool,
    /// Whether to obey .gitignore and .ignore files.
    pub gitignore: bool,
    /// Whether to follow symbolic links (loops are detected).
    pub follow_links: bool,
    /// Largest source file in bytes; larger ones are listed as skipped.
    pub max_bytes: u64,
    /// What a source that should have been read and could not be does to a build.
    pub on_unreadable: OnUnreadable,
    /// ISO 639-1 language of the documents, or `auto`.
    pub language: String,
    /// Labels of every document.
    pub labels: BTreeSet<Label>,
    /// Trust of every document that says nothing of its own.
    pub trust: Trust,
    /// Metadata of every document.
    pub metadata: BTreeMap<String, String>,
    /// How tables (CSV, TSV, JSONL) become documents.
    pub records: Records,
    /// Labels, trust and metadata by path; all matching rules apply, later ones win.
    #[serde(rename = "rule")]
    pub rules: Vec<CorpusRule>,
}

/// What a lost document does to a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUnreadable {
    /// The build fails.
    Fail,
    /// The build goes on and lists it in the manifest.
    Skip,
}

/// How rows become documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Records {
    /// Column that names the record; empty, or missing in a row, means the row's number.
    pub id: String,
    /// Column of the title; empty for none.
    pub title: String,
    /// Columns that make the text; empty means all that are not id, title, labels or metadata.
    pub text: Vec<String>,
    /// Columns kept as metadata; `*` keeps all scalars.
    pub metadata: Vec<String>,
    /// Column of labels (a list, or names separated by commas); empty for none.
    pub labels: String,
}

/// What is known of the documents under some paths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusRule {
    /// Glob over paths within the corpus.
    pub path: String,
    /// Labels to add.
    #[serde(default)]
    pub labels: BTreeSet<Label>,
    /// Trust to set; it wins over front matter when it is lower.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<Trust>,
    /// Language to set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Metadata to add.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// Documents to chunks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chunking {
    /// Most tokens of a chunk, breadcrumb included; at least 16.
    pub max_tokens: usize,
    /// Neighbours under one heading are joined while they stay under this many tokens.
    pub target_tokens: usize,
    /// The tokenizer that counts: `embedder` (the embedder's own), `o200k_base`, `cl100k_base`, or a tokenizer.json.
    pub tokenizer: String,
    /// Whether title and headings are embedded and searched with the text.
    pub breadcrumb: bool,
}

/// Chunks to vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embedding {
    /// `minilm` (bundled), `none`, or `fastembed:<model name or folder>`.
    pub model: String,
}

/// Chunks to terms, and their scoring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lexical {
    /// Analyzer's language by ISO 639-1 code, `auto` (each document's own, else English), or `none` (no stems, no stop words).
    pub language: String,
    /// Whether terms are stemmed (Snowball).
    pub stem: bool,
    /// Whether stop words are left out.
    pub stop_words: bool,
    /// BM25 term saturation, in [0, 10].
    pub k1: f64,
    /// BM25 length normalisation, in [0, 1].
    pub b: f64,
}

/// How vectors are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VectorSearch {
    /// Quantised scan while it is the faster, a graph above.
    Auto,
    /// Full-precision scan of every vector.
    Exact,
    /// Quantised prefilter, then full precision.
    Scan,
    /// HNSW graph.
    Hnsw,
}

/// Query to candidates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retrieval {
    /// Candidates taken from each of the two rankings, in [1, 10000].
    pub candidates: usize,
    /// How vectors are searched.
    pub search: VectorSearch,
    /// Width of a graph walk, in [10, 10000].
    pub ef: usize,
}

/// How two rankings become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FusionMethod {
    /// Each score over its theoretical bound, weighted.
    Bound,
    /// Reciprocal rank, weighted.
    Rrf,
    /// Standard scores over the candidates, weighted.
    Zscore,
    /// Minimum to maximum over the candidates, weighted.
    Minmax,
    /// Each score over the best of its ranking, weighted: minimum to maximum with the theoretical minimum 0.
    Max,
}

/// Two rankings into one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fusion {
    /// The method.
    pub method: FusionMethod,
    /// Weight of the dense ranking in [0, 1]; the lexical one has the rest.
    pub dense_weight: f64,
    /// The constant k of reciprocal rank fusion.
    pub rrf_k: f64,
}

/// How passages follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Best first.
    Relevance,
    /// As in their documents.
    Document,
    /// Best at both ends, weakest in the middle.
    Edges,
}

/// How a pack is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Markdown.
    Markdown,
    /// XML elements, text escaped.
    Xml,
    /// A JSON array.
    Json,
    /// Plain text.
    Plain,
}

/// Candidates to pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packing {
    /// Budget in tokens where a request names none.
    pub budget: usize,
    /// Tokenizer where a request names none: `o200k_base`, `cl100k_base`, or a tokenizer.json.
    pub tokenizer: String,
    /// Format where a request names none.
    pub format: Format,
    /// Order where a request names none.
    pub order: Order,
    /// Candidates with a lower [relevance](crate::Scores::relevance) are dropped; 0 keeps all.
    pub min_score: f64,
    /// Where no candidate has this relevance, all are dropped: the query is not about what the context knows. 0 keeps all.
    pub min_best: f64,
    /// Word-shingle similarity from which two chunks are duplicates, in (0, 1].
    pub near_duplicate: f64,
    /// Weight of novelty against relevance, in [0, 1]; 0 is pure relevance.
    pub diversity: f64,
    /// Strength of preferring cheap candidates: value is score / tokens^length_penalty, in [0, 1].
    pub length_penalty: f64,
    /// Whether adjacent chunks become one passage.
    pub merge: bool,
    /// Most chunks of one document; 0 is no limit.
    pub max_per_document: usize,
}

/// What is kept out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// Documents of lower trust are not retrieved.
    pub min_trust: Trust,
}

impl Recipe {
    /// The standard recipe, without corpora. Its constants are justified in ARCHITECTURE.md.
    #[must_use]
    pub fn standard(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            description: String::new(),
            corpora: Vec::new(),
            chunking: Chunking {
                max_tokens: 240,
                target_tokens: 180,
                tokenizer: "embedder".to_owned(),
                breadcrumb: true,
            },
            embedding: Embedding { model: "minilm".to_owned() },
            lexical: Lexical { language: "auto".to_owned(), stem: true, stop_words: true, k1: 0.9, b: 0.4 },
            retrieval: Retrieval { candidates: 100, search: VectorSearch::Auto, ef: 128 },
            fusion: Fusion { method: FusionMethod::Max, dense_weight: 0.55, rrf_k: 60.0 },
            packing: Packing {
                budget: 2_000,
                tokenizer: "o200k_base".to_owned(),
                format: Format::Markdown,
                order: Order::Relevance,
                min_score: 0.18,
                min_best: 0.24,
                near_duplicate: 0.9,
                diversity: 0.0,
                length_penalty: 0.0,
                merge: true,
                max_per_document: 0,
            },
            guard: Guard { min_trust: Trust::Untrusted },
        }
    }

    /// Reads a recipe file: TOML laid over [`Recipe::standard`].
    ///
    /// # Errors
    /// On bad TOML, an unknown key (with the nearest known one), a wrong type, or a value out of range.
    pub fn parse(text: &str) -> Result<Self, RecipeError> {
        text.parse()
    }

    /// This recipe with one field changed: a dotted path and a value in TOML (a bare word is a string).
    ///
    /// ```
    /// use haversack_model::Recipe;
    /// let recipe = Recipe::parse("name = \"docs\"\n[[corpus]]\nname = \"docs\"\npath = \"docs\"\n")?;
    /// assert_eq!(recipe.with("fusion.method", "rrf")?.with("packing.budget", "500")?.packing.budget, 500);
    /// assert!(recipe.with("packing.budgets", "500").is_err());
    /// # Ok::<(), haversack_model::RecipeError>(())
    /// ```
    ///
    /// # Errors
    /// When there is no such field, or the value is not one of its.
    pub fn with(&self, key: &str, value: &str) -> Result<Self, RecipeError> {
        let recipe = overlay::with(self, key, value)?;
        overlay::check(&recipe)?;
        Ok(recipe)
    }

    /// Whether a field, by its dotted path, works when a query is answered, so that no index depends on it.
    #[must_use]
    pub fn at_query_time(key: &str) -> bool {
        let section = key.split('.').next().unwrap_or_default();
        matches!(section, "retrieval" | "fusion" | "packing" | "guard")
            || matches!(key, "lexical.k1" | "lexical.b")
    }

    /// The recipe as TOML, every field written out.
    ///
    /// # Errors
    /// Never for a recipe that [`Recipe::parse`] accepted.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }
}

impl FromStr for Recipe {
    type Err = RecipeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let recipe = overlay::read(text)?;
        overlay::check(&recipe)?;
        Ok(recipe)
    }
}

impl CorpusSource {
    /// A corpus with the standard settings.
    #[must_use]
    pub fn standard(name: &str, path: &str) -> Self {
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
            include: Vec::new(),
            exclude: Vec::new(),
            hidden: false,
            gitignore: true,
            follow_links: false,
            max_bytes: 16 << 20,
            on_unreadable: OnUnreadable::Fail,
            language: "auto".to_owned(),
            labels: BTreeSet::new(),
            trust: Trust::Standard,
            metadata: BTreeMap::new(),
            records: Records {
                id: "_id".to_owned(),
                title: "title".to_owned(),
                text: Vec::new(),
                metadata: Vec::new(),
                labels: "labels".to_owned(),
            },
            rules: Vec::new(),
        }
    }
}
