use haversack_model::Passage;

use crate::choose::{Choice, Chooser, Fate};
use crate::passages::{Joined, join};
use crate::render::render;

/// Rounds that lower the limit in proportion to what was too much, before it is halved instead.
const CAREFUL: usize = 6;

/// Rounds that raise the limit to use room that the estimate did not see.
const WIDENINGS: usize = 4;

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
        let lower = if round < CAREFUL { scale(estimate, budget, attempt.tokens) } else { estimate / 2 };
        attempt = render_choice(chooser, chooser.choose(lower.min(estimate.saturating_sub(1))));
        round += 1;
    }
    attempt
}

/// `estimate * budget / tokens`: what the estimate should have been limited to, were it wrong by a constant factor.
fn scale(estimate: usize, budget: usize, tokens: usize) -> usize {
    let scaled = estimate as u128 * budget as u128 / (tokens as u128).max(1);
    usize::try_from(scaled).unwrap_or(usize::MAX)
}

fn widen(chooser: &Chooser<'_>, mut best: Attempt, budget: usize) -> Attempt {
    let worth = |attempt: &Attempt| attempt.choice.kept.iter().map(|i| chooser.value(*i)).sum::<f64>();
    let mut too_wide = None;
    for _ in 0..WIDENINGS {
        let room = budget - best.tokens;
        let low = best.choice.estimate;
        let limit =
            too_wide.map_or(low.saturating_add(room), |high: usize| low + high.saturating_sub(low) / 2);
        if limit <= low || !could_use(chooser, &best, room) {
            break;
        }
        let wider = render_choice(chooser, chooser.choose(limit));
        if wider.tokens > budget {
            too_wide = Some(limit);
        } else if wider.choice.kept == best.choice.kept || worth(&wider) < worth(&best) {
            break;
        } else {
            best = wider;
        }
    }
    best
}

/// Whether the text of a candidate that was over the budget would fit into the room that is left.
fn could_use(chooser: &Chooser<'_>, attempt: &Attempt, room: usize) -> bool {
    attempt.choice.fates.iter().enumerate().any(|(i, fate)| {
        *fate == Fate::OverBudget && chooser.ranking[i].tokens <= room && chooser.costs.body(i) <= room
    })
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
        let estimate = chooser.costs.body(i).saturating_add(chooser.costs.header(i));
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
