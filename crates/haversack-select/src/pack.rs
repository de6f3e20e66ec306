use haversack_model::{Candidate, Decision, Digest, Pack, Reason, Timings, Verdict};

use crate::budget::{Attempt, Fitted, fit};
use crate::choose::{Choice, Chooser, Fate};
use crate::options::PackOptions;
use crate::ranking::{Ranking, relevance};

/// Chooses among candidates and renders what is kept: the whole way from ranking to pack.
///
/// The pack is a function of the set of candidates and the options. Its text has at most `budget` tokens, counted as a
/// whole with `counter`; every candidate has one decision, in ranking order; `timings_us` is left at 0. When nothing
/// is kept the text is empty, and a warning says why.
///
/// ```
/// use haversack_model::*;
/// use haversack_select::{PackOptions, counter, pack};
///
/// let document: DocumentId = "handbook/keys.md".parse()?;
/// let (span, text) = (Span::new(0, 26), "Rotate the key every May.\n".to_owned());
/// let counter = counter("o200k_base")?;
/// let candidate = Candidate {
///     chunk: Chunk {
///         id: ChunkId::of(&document, span, &[], &text), document, ordinal: 0, span,
///         lines: Lines { first: 1, last: 1 }, breadcrumb: vec![], kind: ChunkKind::Prose, text: text.clone(),
///     },
///     scores: Scores { fused: Some(0.8), ..Scores::default() },
///     trust: Trust::Standard, tokens: counter.count(&text), vector: vec![],
/// };
/// let recipe = Recipe::standard("docs");
/// let pack = pack(vec![candidate], &PackOptions {
///     version: Digest::of(b""), query: "when?", budget: 100, counter: &*counter,
///     format: Format::Markdown, order: Order::Relevance, packing: &recipe.packing,
/// });
/// assert_eq!(pack.text, "### [1] handbook/keys.md#L1-L1\n```\nRotate the key every May.\n```\n");
/// assert!(pack.tokens <= 100 && pack.decisions.len() == 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn pack(candidates: Vec<Candidate>, options: &PackOptions<'_>) -> Pack {
    select(&Ranking::new(candidates), options).render()
}

/// What is chosen of a ranking, by estimate: the first half of [`pack`], apart so that its time can be told.
pub struct Selection<'a> {
    chooser: Chooser<'a>,
    choice: Choice,
}

/// Chooses among the candidates of a ranking what should fit the budget.
#[must_use]
pub fn select<'a>(ranking: &'a Ranking, options: &'a PackOptions<'a>) -> Selection<'a> {
    let chooser = Chooser::new(ranking.candidates(), options);
    let choice = chooser.choose(options.budget);
    Selection { chooser, choice }
}

impl Selection<'_> {
    /// What the rendered text is estimated to need, in tokens.
    #[must_use]
    pub fn estimate(&self) -> usize {
        self.choice.estimate
    }

    /// Renders the selection and counts its tokens, and chooses again while the text is over the budget: the second
    /// half of [`pack`].
    #[must_use]
    pub fn render(self) -> Pack {
        let Fitted { attempt, smallest } = fit(&self.chooser, self.choice);
        finish(self.chooser.ranking, attempt, smallest, self.chooser.options)
    }
}

fn finish(
    ranking: &[Candidate],
    attempt: Attempt,
    smallest: Option<usize>,
    options: &PackOptions<'_>,
) -> Pack {
    let decisions = decisions(ranking, &attempt, options);
    let warnings = warnings(ranking, &attempt, smallest, options);
    let Attempt { joined, text, tokens, .. } = attempt;
    let mut passages = Vec::with_capacity(joined.len());
    for joined in joined {
        let mut passage = joined.passage;
        if joined.members.len() > 1 {
            passage.tokens = options.counter.count(&passage.text);
        }
        passages.push(passage);
    }
    Pack {
        pack_id: Digest::of(text.as_bytes()),
        version: options.version,
        query: options.query.to_owned(),
        budget: options.budget,
        tokenizer: options.counter.name().to_owned(),
        tokens,
        text,
        passages,
        decisions,
        warnings,
        timings_us: Timings::default(),
    }
}

/// One decision for each candidate, in ranking order.
fn decisions(ranking: &[Candidate], attempt: &Attempt, options: &PackOptions<'_>) -> Vec<Decision> {
    let mut places = vec![(0, 0); ranking.len()];
    for (number, joined) in attempt.joined.iter().enumerate() {
        for member in &joined.members {
            places[*member] = (number + 1, joined.members[0]);
        }
    }
    let decide = |(i, candidate): (usize, &Candidate)| {
        let (citation, first) = places[i];
        let reason = match attempt.choice.fates[i] {
            Fate::Kept if first == i => Reason::Selected { citation, tokens: candidate.tokens },
            Fate::Kept => Reason::MergedInto { chunk: ranking[first].chunk.id, citation },
            Fate::BelowThreshold { floor } => {
                Reason::BelowThreshold { score: relevance(candidate).unwrap_or(0.0), threshold: floor }
            }
            Fate::DocumentLimit => Reason::DocumentLimit { limit: options.packing.max_per_document },
            Fate::Duplicate { of, similarity } => {
                Reason::DuplicateOf { chunk: ranking[of].chunk.id, similarity }
            }
            Fate::OverBudget => {
                // The text alone: headers of what is dropped are not worth counting.
                let needs = attempt.tokens.saturating_add(candidate.tokens).saturating_sub(options.budget);
                Reason::OverBudget { needs: needs.max(1) }
            }
        };
        let kept = attempt.choice.fates[i] == Fate::Kept;
        Decision {
            chunk: candidate.chunk.id,
            document: candidate.chunk.document.clone(),
            span: candidate.chunk.span,
            verdict: if kept { Verdict::Kept } else { Verdict::Dropped },
            reason,
            scores: candidate.scores,
        }
    };
    ranking.iter().enumerate().map(decide).collect()
}

/// Why a pack is empty.
fn warnings(
    ranking: &[Candidate],
    attempt: &Attempt,
    smallest: Option<usize>,
    options: &PackOptions<'_>,
) -> Vec<String> {
    if !attempt.choice.kept.is_empty() {
        return Vec::new();
    }
    let Some(best) = ranking.iter().filter_map(relevance).reduce(f32::max) else {
        return vec!["the pack is empty: retrieval found no candidates".to_owned()];
    };
    vec![match smallest {
        Some(needs) => format!(
            "the pack is empty: no passage fits into {} tokens, and the smallest needs {needs}",
            options.budget
        ),
        None => format!(
            "the pack is empty: the best relevance is {best:.3}, under the floor of {}",
            floor(attempt).unwrap_or(0.0)
        ),
    }]
}

/// The floor that candidates were dropped under, if any were.
fn floor(attempt: &Attempt) -> Option<f32> {
    attempt.choice.fates.iter().find_map(|fate| match fate {
        Fate::BelowThreshold { floor } => Some(*floor),
        _ => None,
    })
}
