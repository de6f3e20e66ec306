use std::sync::{Arc, OnceLock};
use std::time::Instant;

use haversack_embed::{Embedder, QueryCache};
use haversack_index::{Hit, Index, Query, Retrieved};
use haversack_model::{
    Candidate, ChunkId, DocumentId, DocumentRecord, Fusion, FusionMethod, Lines, Manifest, Pack, Recipe,
    Request, Scores, Span, VersionId,
};
use haversack_select::{Fused, FusionInput, PackOptions, SELECTOR_VERSION, fuse};
use serde::Serialize;

use crate::build::{self, RETRIEVER_VERSION, analyzer};
use crate::index_meta::IndexMeta;
use crate::mask::Masks;
use crate::tokenizer::Tokenizers;
use crate::{Error, Machine, Store, embedder};

/// Most bytes of a query that are embedded: a longer one says no more of what is asked.
const QUERY_BYTES: usize = 4_096;
/// Query vectors that are kept.
const QUERY_CACHE: usize = 1_024;

/// One published version of a context: immutable, shared between threads by cloning.
#[derive(Clone)]
pub struct Context {
    shared: Arc<Shared>,
    recipe: Recipe,
}

struct Shared {
    name: String,
    version: VersionId,
    manifest: Manifest,
    index: Index,
    /// Documents whose bytes were erased from the version.
    erased: u64,
    stages: Arc<Stages>,
    masks: Masks,
}

/// What answers queries besides the index: loaded when first needed, shared by contexts over the same stages.
struct Stages {
    machine: Machine,
    embedder: OnceLock<Option<Arc<dyn Embedder>>>,
    queries: QueryCache,
    tokenizers: Tokenizers,
}

impl Stages {
    fn new(store: &Store, context: &str) -> Self {
        Self {
            machine: store.machine.clone(),
            embedder: OnceLock::new(),
            queries: QueryCache::new(QUERY_CACHE),
            tokenizers: store.tokenizers(context),
        }
    }
}

/// Which scores rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Retriever {
    /// Both, fused as the recipe says.
    #[default]
    Hybrid,
    /// BM25 alone.
    Lexical,
    /// Vectors alone.
    Dense,
}

/// A ranking of chunks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// The version searched.
    pub version: VersionId,
    /// The query.
    pub query: String,
    /// Best first.
    pub candidates: Vec<RankedChunk>,
    /// What the caller should know.
    pub warnings: Vec<String>,
}

/// A chunk of a ranking.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RankedChunk {
    /// Identity.
    pub chunk: ChunkId,
    /// Its document.
    pub document: DocumentId,
    /// Bytes in the document's text.
    pub span: Span,
    /// Lines in the document's text.
    pub lines: Lines,
    /// What ranks it.
    pub score: f32,
    /// Every score.
    pub scores: Scores,
    /// Title and headings.
    pub breadcrumb: Vec<String>,
    /// Its text.
    pub text: String,
}

/// A query after retrieval and fusion.
struct Ranking {
    retrieved: Retrieved,
    /// Hits with fused scores, best first.
    order: Vec<(Hit, Fused)>,
    warnings: Vec<String>,
    embed_us: u64,
    fuse_us: u64,
}

impl Context {
    pub(crate) fn open(store: &Store, name: &str, version: VersionId) -> Result<Self, Error> {
        let manifest = store.inner.manifest(version)?;
        if manifest.recipe.name != name {
            return Err(Error::OtherContext {
                context: name.to_owned(),
                version,
                name: manifest.recipe.name,
            });
        }
        let tokenizers = store.tokenizers(name);
        check_stages(version, &manifest, &tokenizers)?;
        let index = IndexMeta::load(&store.inner, version)?.open(&store.inner)?;
        let mut erased = 0;
        for snapshot in manifest.snapshots.values() {
            erased += store.inner.erased_in(snapshot.id)?;
        }
        let recipe = manifest.recipe.clone();
        let shared = Shared {
            name: name.to_owned(),
            version,
            manifest,
            index,
            erased,
            stages: Arc::new(Stages::new(store, name)),
            masks: Masks::default(),
        };
        Ok(Self { shared: Arc::new(shared), recipe })
    }

    /// The stages of this version over another index: an experiment, whose packs still name this version.
    pub(crate) fn with_index(&self, index: Index, recipe: Recipe) -> Self {
        let Shared { name, version, manifest, erased, stages, .. } = &*self.shared;
        let shared = Shared {
            name: name.clone(),
            version: *version,
            manifest: manifest.clone(),
            index,
            erased: *erased,
            stages: Arc::clone(stages),
            masks: Masks::default(),
        };
        Self { shared: Arc::new(shared), recipe }
    }

    /// The documents of this version under the stages of another manifest: an experiment, as above.
    pub(crate) fn with_manifest(&self, store: &Store, manifest: Manifest, index: Index) -> Self {
        let Shared { name, version, erased, .. } = &*self.shared;
        let recipe = manifest.recipe.clone();
        let shared = Shared {
            name: name.clone(),
            version: *version,
            manifest,
            index,
            erased: *erased,
            stages: Arc::new(Stages::new(store, name)),
            masks: Masks::default(),
        };
        Self { shared: Arc::new(shared), recipe }
    }

    /// The name of the context.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The identity of the version.
    #[must_use]
    pub fn version(&self) -> VersionId {
        self.shared.version
    }

    /// What the version is made of.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.shared.manifest
    }

    /// What the version knows of a document; none when it has none of that id.
    ///
    /// # Errors
    /// When the index is damaged.
    pub fn document(&self, id: &DocumentId) -> Result<Option<DocumentRecord>, Error> {
        let index = &self.shared.index;
        Ok(index.find(id)?.map(|at| index.record(at)).transpose()?)
    }

    pub(crate) fn index(&self) -> &Index {
        &self.shared.index
    }

    /// The recipe that queries are answered with.
    #[must_use]
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The same version, queried as another recipe says. Only what works at query time has an effect: `retrieval`,
    /// `fusion`, `packing`, `guard`, and `lexical.k1` and `lexical.b`. Packs made this way are experiments: their
    /// `version` names this version, not one of that recipe.
    #[must_use]
    pub fn with_recipe(&self, recipe: Recipe) -> Self {
        Self { shared: Arc::clone(&self.shared), recipe }
    }

    /// The best `limit` of the candidates that a pack for the request would be chosen from, in their order.
    ///
    /// # Errors
    /// When the embedder cannot be opened, a filter is malformed, or the index is damaged.
    pub fn search(&self, request: &Request, limit: usize) -> Result<Ranked, Error> {
        let mut ranked = self.ranking(request, Retriever::Hybrid, self.recipe.retrieval.candidates)?;
        ranked.candidates.truncate(limit);
        Ok(ranked)
    }

    /// The best `depth` chunks, `depth` being taken from each retriever whatever the recipe says: for measuring recall
    /// deeper than packs reach.
    ///
    /// # Errors
    /// As [`Context::search`].
    pub fn ranking(&self, request: &Request, retriever: Retriever, depth: usize) -> Result<Ranked, Error> {
        let ranking = self.rank(request, retriever, depth)?;
        let mut candidates = Vec::with_capacity(ranking.order.len());
        for (hit, fused) in &ranking.order {
            let chunk = self.shared.index.chunk(hit.at)?;
            candidates.push(RankedChunk {
                chunk: hit.id,
                document: chunk.document,
                span: chunk.span,
                lines: chunk.lines,
                score: fused.score,
                scores: scores(hit, *fused),
                breadcrumb: chunk.breadcrumb,
                text: chunk.text,
            });
        }
        Ok(Ranked {
            version: self.version(),
            query: request.query.clone(),
            candidates,
            warnings: ranking.warnings,
        })
    }

    /// The best context for a request that fits its budget.
    ///
    /// # Errors
    /// When the budget is 0, the tokenizer or a filter is not known, or the index is damaged. A query without a good
    /// match is no error: its pack is empty and says why.
    pub fn pack(&self, request: &Request) -> Result<Pack, Error> {
        let began = Instant::now();
        let packing = &self.recipe.packing;
        let budget = request.budget.unwrap_or(packing.budget);
        if budget == 0 {
            return Err(Error::ZeroBudget);
        }
        let name = request.tokenizer.as_deref().unwrap_or(&packing.tokenizer);
        let tokenizer = self.shared.stages.tokenizers.get(name)?;
        let ranking = self.rank(request, Retriever::Hybrid, self.recipe.retrieval.candidates)?;
        let selecting = Instant::now();
        let candidates = self.candidates(&ranking, name, tokenizer.as_ref())?;
        let options = PackOptions {
            version: self.version(),
            query: &request.query,
            budget,
            counter: tokenizer.as_ref(),
            format: request.format.unwrap_or(packing.format),
            order: request.order.unwrap_or(packing.order),
            packing,
        };
        let candidates = haversack_select::Ranking::new(candidates);
        let selection = haversack_select::select(&candidates, &options);
        let select_us = micros(selecting);
        let rendering = Instant::now();
        let mut pack = selection.render();
        pack.warnings.splice(0..0, ranking.warnings);
        let timings = &mut pack.timings_us;
        timings.embed = ranking.embed_us;
        timings.lexical = ranking.retrieved.lexical_micros;
        timings.dense = ranking.retrieved.dense_micros;
        timings.fuse = ranking.fuse_us;
        timings.select = select_us;
        timings.render = micros(rendering);
        timings.total = micros(began);
        Ok(pack)
    }

    fn rank(&self, request: &Request, retriever: Retriever, depth: usize) -> Result<Ranking, Error> {
        let (shared, recipe) = (&*self.shared, &self.recipe);
        let mut warnings = Vec::new();
        if shared.erased > 0 {
            warnings.push(format!(
                "{} of this version erased: what it packs is not what it once packed",
                crate::error::count(shared.erased as usize, "document")
            ));
        }
        let embedding = Instant::now();
        let vector =
            if retriever == Retriever::Lexical { None } else { self.query_vector(request, &mut warnings)? };
        let embed_us = micros(embedding);
        let mask =
            shared.masks.get(&shared.index, recipe.guard.min_trust, &request.principal, &request.filter)?;
        let text = if retriever == Retriever::Dense { "" } else { &request.query };
        let retrieved = shared.index.search(&Query {
            text,
            vector: vector.as_deref(),
            mask: &mask,
            candidates: depth,
            k1: recipe.lexical.k1,
            b: recipe.lexical.b,
            search: recipe.retrieval.search,
            ef: recipe.retrieval.ef,
        })?;
        let fusing = Instant::now();
        let inputs: Vec<FusionInput> = retrieved
            .hits
            .iter()
            .map(|hit| FusionInput {
                id: hit.id,
                lexical: hit.lexical,
                dense: hit.dense,
                lexical_rank: hit.lexical_rank,
                dense_rank: hit.dense_rank,
            })
            .collect();
        let fusion = match retriever {
            Retriever::Hybrid => recipe.fusion.clone(),
            // One retriever keeps its own order.
            Retriever::Lexical | Retriever::Dense => {
                Fusion { method: FusionMethod::Bound, ..recipe.fusion.clone() }
            }
        };
        let fused = fuse(&inputs, retrieved.lexical_bound, &fusion);
        // Hits come ordered by chunk id.
        let hit = |id: ChunkId| {
            let at = retrieved.hits.binary_search_by(|hit| hit.id.cmp(&id)).ok()?;
            retrieved.hits.get(at).copied()
        };
        let order = fused.into_iter().take(depth).filter_map(|fused| Some((hit(fused.id)?, fused))).collect();
        Ok(Ranking { retrieved, order, warnings, embed_us, fuse_us: micros(fusing) })
    }

    fn query_vector(
        &self,
        request: &Request,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Arc<[f32]>>, Error> {
        if request.query.trim().is_empty() {
            warnings.push("the query is empty".to_owned());
            return Ok(None);
        }
        let Some(embedder) = self.embedder()? else { return Ok(None) };
        let mut text = request.query.as_str();
        if text.len() > QUERY_BYTES {
            text = &text[..text.floor_char_boundary(QUERY_BYTES)];
            warnings.push(format!(
                "only the first {} of {} bytes of the query were embedded; its terms were all searched",
                text.len(),
                request.query.len()
            ));
        }
        Ok(Some(self.shared.stages.queries.embed(embedder.as_ref(), text)?))
    }

    fn embedder(&self) -> Result<Option<Arc<dyn Embedder>>, Error> {
        let (shared, stages) = (&*self.shared, &self.shared.stages);
        if let Some(embedder) = stages.embedder.get() {
            return Ok(embedder.clone());
        }
        let opened = embedder::open(&shared.manifest.recipe.embedding.model, &stages.machine)?;
        let here = embedder::fingerprint(opened.as_deref());
        let built = &shared.manifest.stages.embedder;
        build::check_stages(shared.version, &[("embedder", built, &here)])?;
        Ok(stages.embedder.get_or_init(|| opened).clone())
    }

    fn candidates(
        &self,
        ranking: &Ranking,
        tokenizer: &str,
        counter: &dyn haversack_model::TokenCounter,
    ) -> Result<Vec<Candidate>, Error> {
        let index = &self.shared.index;
        let take = self.recipe.retrieval.candidates;
        let diverse = self.recipe.packing.diversity > 0.0;
        let mut candidates = Vec::with_capacity(take.min(ranking.order.len()));
        for (hit, fused) in ranking.order.iter().take(take) {
            let chunk = index.chunk(hit.at)?;
            let [o200k, cl100k] = index.tokens(hit.at)?;
            let tokens = match tokenizer {
                "o200k_base" => o200k as usize,
                "cl100k_base" => cl100k as usize,
                _ => counter.count(&chunk.text),
            };
            candidates.push(Candidate {
                scores: scores(hit, *fused),
                trust: index.class(index.document_of(hit.at)?)?.trust,
                tokens,
                vector: if diverse { index.vector(hit.at)?.unwrap_or_default() } else { Vec::new() },
                chunk,
            });
        }
        Ok(candidates)
    }
}

fn scores(hit: &Hit, fused: Fused) -> Scores {
    Scores {
        lexical: hit.lexical,
        dense: hit.dense,
        fused: Some(fused.score),
        relevance: Some(fused.relevance),
        rerank: None,
    }
}

/// The program must have the stages that answer queries as the version was built for.
fn check_stages(version: VersionId, manifest: &Manifest, tokenizers: &Tokenizers) -> Result<(), Error> {
    let stages = &manifest.stages;
    let analyzer = analyzer(&manifest.recipe)?.version();
    let selector = tokenizers.mark(SELECTOR_VERSION, &manifest.recipe.packing.tokenizer)?;
    let checks = [
        ("analyzer", stages.analyzer.as_str(), analyzer.as_str()),
        ("retriever", stages.retriever.as_str(), RETRIEVER_VERSION),
        ("selector", stages.selector.as_str(), selector.as_str()),
    ];
    build::check_stages(version, &checks)
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
