use haversack_model::Passage;

use crate::choose::{Choice, Chooser, Fate};
use crate::passages::{Joined, join};
use crate::render::render;

/// Rounds that lower the limit by what was too much, before it is halved instead.
const CAREFUL: usize = 6;

/// Rounds that raise the limit to use room that the estimate did not see.
const WIDENINGS: usize = 3;

/// Candidates that are rendered alone to say what the smallest passage needs.
const PROBES: usize = 3;

/// A choice as it is rendered.
pub(crate) struct Attempt {
    pub(crate) choice: Choice,
    pub(crate) joined: Vec<Joined>,
    pub(crate) text: String,
    /// Tokens of `text`.
    pub(crate) tokens: usize,
}

/// A choice that keeps the budget, and what the smallest passage would need when nothing was kept.
pub(crate) struct Fitted {
    pub(crate) attempt: Attempt,
    pub(crate) smallest: Option<usize>,
}

/// Finds a choice whose rendered text has at most the budget's tokens.
///
/// The choice is made by estimate, since counts are not additive; the rendered text is counted, and the limit of the
/// estimate lowered until the text keeps the budget, or raised while it leaves room that another candidate could use. Every
/// round starts afresh, so that the reasons of the last one are true of what it kept.
pub(crate) fn fit(chooser: &Chooser<'_>, first: Choice) -> Fitted {
    let budget = chooser.options.budget;
    let attempt = narrow(chooser, first, budget);
    if attempt.choice.kept.is_empty() {
        return alone(chooser, attempt);
    }
    Fitted { attempt: widen(chooser, attempt, budget), smallest: None }
}

fn narrow(chooser: &Chooser<'_>, first: Choice, budget: usize) -> Attempt {
    let mut attempt = render_choice(chooser, first);
    let mut round = 0;
    while attempt.tokens > budget {
        // The limit falls below what this choice was estimated at, so each round keeps something else, and at 0
        // nothing: every candidate is estimated at 1 at least.
        let estimate = attempt.choice.estimate;
        let careful = estimate.saturating_sub(attempt.tokens - budget);
        let lower = if round < CAREFUL { careful.max(estimate / 2) } else { estimate / 2 };
        attempt = render_choice(chooser, chooser.choose(lower.min(estimate.saturating_sub(1))));
        round += 1;
    }
    attempt
}

fn widen(chooser: &Chooser<'_>, mut best: Attempt, budget: usize) -> Attempt {
    for _ in 0..WIDENINGS {
        let room = budget - best.tokens;
        if !best.choice.fates.iter().enumerate().any(|(i, fate)| {
            *fate == Fate::OverBudget && chooser.ranking[i].tokens <= room && chooser.body(i) <= room
        }) {
            break;
        }
        let wider = render_choice(chooser, chooser.choose(best.choice.estimate + room));
        let worth = |attempt: &Attempt| attempt.choice.kept.iter().map(|i| chooser.value(*i)).sum::<f64>();
        if wider.tokens > budget || wider.choice.kept == best.choice.kept || worth(&wider) < worth(&best) {
            break;
        }
        best = wider;
    }
    best
}

/// Renders the candidates of fewest tokens alone. One of them is the pack after all if it keeps the budget, which only an
/// estimate far from the truth makes possible.
fn alone(chooser: &Chooser<'_>, empty: Attempt) -> Fitted {
    let fates = empty.choice.fates.iter().enumerate();
    let mut cheapest: Vec<usize> = fates.filter(|(_, f)| **f == Fate::OverBudget).map(|(i, _)| i).collect();
    cheapest.sort_by_key(|i| (chooser.ranking[*i].tokens, *i));
    let mut smallest = None;
    for i in cheapest.into_iter().take(PROBES) {
        let mut fates = empty.choice.fates.clone();
        fates[i] = Fate::Kept;
        let estimate = chooser.body(i) + chooser.header(i);
        let single = render_choice(chooser, Choice { fates, kept: vec![i], estimate });
        if single.tokens <= chooser.options.budget {
            return Fitted { attempt: single, smallest: None };
        }
        smallest = Some(smallest.map_or(single.tokens, |least: usize| least.min(single.tokens)));
    }
    Fitted { attempt: empty, smallest }
}

fn render_choice(chooser: &Chooser<'_>, choice: Choice) -> Attempt {
    let options = chooser.options;
    let joined = join(chooser.ranking, &choice.kept, options.packing.merge, options.order);
    let passages: Vec<Passage> = joined.iter().map(|joined| joined.passage.clone()).collect();
    let text = render(&passages, options.format);
    let tokens = if text.is_empty() { 0 } else { options.counter.count(&text) };
    Attempt { choice, joined, text, tokens }
}
