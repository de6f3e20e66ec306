use super::{columns, pack_texts, packs, table};
use crate::html::number::{count, counted, plain, signed};
use crate::html::packs::{PackSide, PassageChange, PassageSide, TaskPacks};
use crate::html::writer::Html;
use crate::{Outcome, Status};

/// Characters of an answer, reason or query that are shown.
const MOST: usize = 4_000;
/// Trials whose answers are shown.
const MOST_TRIALS: usize = 10;

/// One task: outcomes and passages, and the texts of both packs if `whole`.
pub(super) fn write(html: &mut Html, packs: &TaskPacks, effect: Option<f64>, whole: bool) {
    let changes = packs.passages();
    html.line();
    html.within("details", &[("class", "task")], |html| {
        html.within("summary", &[], |html| summary(html, packs, effect, &changes));
        // A link to something inside opens the details around it, without a script.
        html.within("div", &[("class", "task-body"), ("id", &packs::anchor(&packs.task))], |html| {
            facts(html, packs);
            html.within("div", &[("class", "two")], |html| {
                side(html, "A", &packs.a);
                side(html, "B", &packs.b);
            });
            passages(html, &changes);
            if whole {
                pack_texts::write(html, packs);
            } else {
                html.raw("<p class=\"left-out\">The texts of these packs were left out to keep the file small.</p>");
            }
        });
    });
}

fn summary(
    html: &mut Html,
    packs: &TaskPacks,
    effect: Option<f64>,
    changes: &[(PassageChange, &PassageSide)],
) {
    let (class, text) = match effect {
        Some(effect) if effect > 0.0 => ("effect up", format!("▲ {}", signed(effect))),
        Some(effect) if effect < 0.0 => ("effect down", format!("▼ {}", signed(effect))),
        Some(effect) => ("effect level", format!("= {}", signed(effect))),
        None => ("effect level", String::new()),
    };
    html.element("span", &[("class", class)], &text);
    html.within("bdi", &[("class", "name")], |html| html.excerpt(&packs.task, 120));
    html.within("span", &[("class", "query"), ("dir", "auto")], |html| html.excerpt(&packs.query, 160));
    let of = |kind: fn(&PassageChange) -> bool| changes.iter().filter(|(change, _)| kind(change)).count();
    let words = if packs.a.pack_id == packs.b.pack_id {
        "the same pack".to_owned()
    } else {
        format!(
            "{} entered, {} left, {} moved",
            of(|change| matches!(change, PassageChange::Entered { .. })),
            of(|change| matches!(change, PassageChange::Left { .. })),
            of(|change| matches!(change, PassageChange::Moved { .. }))
        )
    };
    html.element("span", &[("class", "aside")], &words);
}

fn facts(html: &mut Html, packs: &TaskPacks) {
    html.within("dl", &[("class", "facts")], |html| {
        html.within("div", &[], |html| {
            html.raw("<dt>Query</dt>");
            html.within("dd", &[("dir", "auto")], |html| html.excerpt(&packs.query, MOST));
        });
        html.within("div", &[], |html| {
            html.raw("<dt>Gold</dt>");
            if packs.answers.is_empty() {
                html.raw("<dd>no gold answer</dd>");
            }
            for answer in packs.answers.iter().take(20) {
                html.within("dd", &[("dir", "auto")], |html| html.excerpt(answer, MOST));
            }
            if packs.answers.len() > 20 {
                let more = counted(packs.answers.len() - 20, "more gold answer");
                html.element("dd", &[("class", "left-out")], &more);
            }
        });
    });
}

fn side(html: &mut Html, name: &str, side: &PackSide) {
    html.within("div", &[("class", "side")], |html| {
        html.element("h3", &[], &format!("Outcome in {name}"));
        html.within("p", &[("class", "aside")], |html| {
            html.text(&format!("{} in the pack ", counted(side.tokens, "token")));
            html.element("code", &[], &side.pack_id.short());
        });
        if side.outcomes.is_empty() {
            html.raw("<p class=\"left-out\">no outcome was given</p>");
        }
        for outcome in side.outcomes.iter().take(MOST_TRIALS) {
            one_outcome(html, outcome, side.outcomes.len() > 1);
        }
        if side.outcomes.len() > MOST_TRIALS {
            let more = counted(side.outcomes.len() - MOST_TRIALS, "more trial");
            html.element("p", &[("class", "left-out")], &more);
        }
    });
}

fn one_outcome(html: &mut Html, outcome: &Outcome, several: bool) {
    let (class, result) =
        if outcome.passed { ("result up", "✓ passed") } else { ("result down", "✗ failed") };
    html.within("p", &[("class", class)], |html| {
        html.element("strong", &[], result);
        html.text(&format!(", score {}{}", plain(outcome.score), ending(outcome.status)));
        if several {
            html.text(&format!(" (trial {})", outcome.trial + 1));
        }
    });
    if let Some(answer) = outcome.answer.as_ref().filter(|answer| !answer.text.is_empty()) {
        html.within("blockquote", &[("dir", "auto")], |html| html.excerpt(&answer.text, MOST));
    }
    if let Some(error) = &outcome.error {
        html.within("p", &[("class", "reason"), ("dir", "auto")], |html| html.excerpt(error, MOST));
    }
    for (grader, grade) in &outcome.grades {
        html.within("p", &[("class", "reason")], |html| {
            html.text(if grade.passed { "✓ " } else { "✗ " });
            html.within("bdi", &[("class", "name")], |html| html.excerpt(grader, 80));
            html.text(&format!(" {}: ", plain(grade.score)));
            let reason = if grade.reason.is_empty() { "no reason was given" } else { &grade.reason };
            html.within("bdi", &[], |html| html.excerpt(reason, MOST));
        });
    }
}

fn ending(status: Status) -> &'static str {
    match status {
        Status::Answered => "",
        Status::Abstained => ", abstained",
        Status::Failed => ", the call failed",
        Status::TimedOut => ", time ran out",
    }
}

fn passages(html: &mut Html, changes: &[(PassageChange, &PassageSide)]) {
    if changes.is_empty() {
        html.raw("<p class=\"note\">Both packs are empty.</p>");
        return;
    }
    table(html, "passages", "Passages of both packs", |html| {
        let names = [
            ("Change", ""),
            ("In A", "number"),
            ("In B", "number"),
            ("Passage", ""),
            ("Tokens", "number"),
            ("Trust", ""),
        ];
        columns(html, &names);
        html.within("tbody", &[], |html| {
            for (change, passage) in changes {
                passage_row(html, *change, passage);
            }
        });
    });
}

fn passage_row(html: &mut Html, change: PassageChange, passage: &PassageSide) {
    let place = |at: usize| count(at as u64);
    let (class, name, a, b) = match change {
        PassageChange::Entered { b } => ("entered", "+ entered", String::new(), place(b)),
        PassageChange::Left { a } => ("left", "− left", place(a), String::new()),
        PassageChange::Moved { a, b } => {
            ("moved", if b < a { "↑ moved" } else { "↓ moved" }, place(a), place(b))
        }
        PassageChange::Same { at } => ("same", "= same", place(at), place(at)),
    };
    html.within("tr", &[("class", class)], |html| {
        html.element("td", &[("class", "change")], name);
        html.element("td", &[("class", "number")], &a);
        html.element("td", &[("class", "number")], &b);
        html.within("th", &[("scope", "row")], |html| {
            html.within("bdi", &[], |html| {
                html.within("code", &[], |html| html.path(&passage.citation));
            });
        });
        html.element("td", &[("class", "number")], &count(passage.tokens as u64));
        let untrusted = passage.trust == haversack_model::Trust::Untrusted;
        html.element("td", &[], &format!("{}{}", if untrusted { "⚠ " } else { "" }, passage.trust));
    });
}
