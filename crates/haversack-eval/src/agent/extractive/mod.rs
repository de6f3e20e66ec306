//! The built-in agent: reads a pack without a model, and answers with a stretch of its text or not at all.

mod bridge;
mod choose;
mod evidence;
mod lexicon;
mod question;
mod span;
mod statement;
mod time;
mod weights;
mod words;

use haversack_model::{Digest, Pack};
use serde::{Deserialize, Serialize};

use self::choose::{Chooser, Found};
use self::evidence::Body;
use self::question::Asked;
use self::words::Reader;
use super::{Agent, AgentError, Answer, Question, Usage};
use crate::suite::Keys;

/// Raised when the same question and pack may get another answer.
const VERSION: u32 = 1;

/// What the agent answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerForm {
    /// The shortest stretch that answers: `72 hours`; a sentence where the question asks for one (why, how, whether).
    #[default]
    Span,
    /// The sentence that holds the answer.
    Sentence,
}

/// Settings of [`Extractive`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExtractiveOptions {
    /// What it answers with.
    pub answer: AnswerForm,
    /// Least part of the question, weighted by the rarity of its terms, that the evidence must cover; from 0, always
    /// answer, to 1.
    pub coverage: f64,
}

impl ExtractiveOptions {
    pub(super) const KEYS: Keys =
        Keys::Table(&[("kind", Keys::Leaf), ("answer", Keys::Leaf), ("coverage", Keys::Leaf)]);
}

impl Default for ExtractiveOptions {
    fn default() -> Self {
        Self { answer: AnswerForm::Span, coverage: 0.5 }
    }
}

/// A reader without a model: deterministic, offline, and linear in the length of the pack (some 30 ms for 32,000 tokens).
///
/// It understands the question (what kind of thing is asked for, of what time), weighs the statements of the pack by the
/// terms that they and their surroundings share with it, and answers with a stretch of the best one that is of the kind. The
/// answer is always a stretch of one passage's text, and cites that passage; it abstains when the evidence covers too little
/// of the question or when nothing of the kind occurs. Names lead from one passage to another, so some questions of two steps
/// are answered. It knows English best, then German, Dutch and French.
///
/// ```
/// use haversack_eval::{Agent, Extractive, Question};
///
/// let digest = "0".repeat(64);
/// let pack = serde_json::from_value(serde_json::json!({
///     "pack_id": digest, "version": digest, "query": "", "budget": 500, "tokenizer": "o200k_base", "tokens": 30,
///     "text": "", "decisions": [], "warnings": [],
///     "timings_us": {"embed": 0, "lexical": 0, "dense": 0, "fuse": 0, "rerank": 0, "select": 0, "render": 0, "total": 0},
///     "passages": [{
///         "citation": "handbook/events.md#L1-L2", "document": "handbook/events.md", "span": [0, 83], "lines": [1, 2],
///         "tokens": 20, "trust": "standard", "score": 1.0, "scores": {}, "breadcrumb": ["Events"],
///         "text": "Raw events are kept for 400 days. An event may be at most 72 hours late.",
///     }],
/// }))?;
/// let query = "How long are raw events kept?";
/// let answer = Extractive::default().answer(&Question { task: "t1", query, pack: &pack, trial: 0 })?;
/// assert_eq!((answer.text.as_str(), answer.citations[0].as_str()), ("400 days", "handbook/events.md#L1-L2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Extractive {
    options: ExtractiveOptions,
}

impl Extractive {
    /// A reader with these settings.
    #[must_use]
    pub fn new(options: ExtractiveOptions) -> Self {
        Self { options }
    }

    fn read(&self, query: &str, pack: &Pack) -> Option<Found> {
        let reader = Reader::of(query);
        let asked = Asked::new(query, &reader);
        let body = Body::new(&asked, pack, &reader);
        let chooser =
            Chooser { asked: &asked, pack, body: &body, reader: &reader, staleness: time::staleness(pack) };
        let found = match self.options.answer {
            AnswerForm::Span => chooser.span(),
            AnswerForm::Sentence => chooser.sentence(false),
        };
        found.filter(|found| found.coverage >= self.options.coverage)
    }
}

impl Agent for Extractive {
    fn fingerprint(&self) -> Digest {
        let ExtractiveOptions { answer, coverage } = self.options;
        Digest::of(
            format!("haversack agent extractive {VERSION} {answer:?} {:016x}", coverage.to_bits()).as_bytes(),
        )
    }

    fn answer(&self, question: &Question<'_>) -> Result<Answer, AgentError> {
        let usage = Usage { calls: 1, ..Usage::default() };
        let found = self.read(question.query, question.pack);
        let answer = found.and_then(|found| {
            let passage = question.pack.passages.get(found.passage)?;
            let text = passage.text.get(found.bytes)?.trim();
            (!text.is_empty()).then(|| (text.to_owned(), passage.citation().to_owned()))
        });
        Ok(match answer {
            Some((text, citation)) => Answer { text, abstained: false, citations: vec![citation], usage },
            None => Answer { abstained: true, usage, ..Answer::default() },
        })
    }

    fn concurrency(&self) -> usize {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    }

    fn repeatable(&self) -> bool {
        true
    }
}
