use super::{Section, changes, columns, sign, table};
use crate::html::chart::{Mark, Scale, strip, strip_axis, tone};
use crate::html::number::{count, counted, is_zero, percent, probability, range, signed};
use crate::html::writer::Html;
use crate::{Attribution, FactorEffect};

/// Factors that are shown besides those found.
const MOST: usize = 60;
/// Tasks that are named with a change.
const MOST_TASKS: usize = 6;

pub(super) const SECTION: Section = Section {
    id: "attribution",
    heading: "Which change did it",
    shown: |page| page.attribution.is_some(),
    write: |html, page, _| {
        if let Some(attribution) = &page.attribution {
            write(html, attribution);
        }
    },
};

fn write(html: &mut Html, attribution: &Attribution) {
    let factors = &attribution.factors;
    html.element("p", &[], &words(attribution));
    html.element("p", &[], &meaning(attribution));
    if factors.is_empty() {
        return;
    }
    let found_first = factors.iter().filter(|factor| factor.found);
    let others = factors.iter().filter(|factor| !factor.found).take(MOST);
    let shown: Vec<&FactorEffect> = found_first.chain(others).collect();
    let ends = shown.iter().flat_map(|factor| [factor.effect.low, factor.effect.mean, factor.effect.high]);
    let scale = Scale::over(ends.chain([0.0]));
    let caption = format!(
        "Tasks that each change moves, and its mean effect on all that it can touch, with {} interval",
        percent(attribution.confidence)
    );
    table(html, "forest attribution", &caption, |html| {
        columns(
            html,
            &[
                ("Change", ""),
                ("Moves", "moves"),
                ("Can touch", "number"),
                ("Worse ← 0 → better", "plot"),
                ("Mean effect", "number"),
                ("On the suite", "number"),
                ("Chance", "number"),
            ],
        );
        html.within("tbody", &[], |html| shown.iter().for_each(|factor| row(html, scale, factor)));
        html.within("tfoot", &[("aria-hidden", "true")], |html| {
            html.within("tr", &[], |html| {
                html.raw("<td colspan=\"3\"></td>");
                html.within("td", &[("class", "plot")], |html| strip_axis(html, scale, 3));
                html.raw("<td colspan=\"3\"></td>");
            });
        });
    });
    if shown.len() < factors.len() {
        let words = format!(
            "{} without an effect that was found are not listed here.",
            counted(factors.len() - shown.len(), "change")
        );
        html.element("p", &[("class", "left-out")], &words);
    }
}

/// How many were found, what that took, and which tasks nothing can move.
fn words(attribution: &Attribution) -> String {
    let Attribution { factors, calls, leave_one_out_calls, untouched, .. } = attribution;
    let found = factors.iter().filter(|factor| factor.found).count();
    let mut words =
        format!("{} of {} found to move a task. ", count(found as u64), counted(factors.len(), "change"));
    let touching = factors.iter().any(|factor| factor.tasks > 0);
    words.push_str(&match calls {
        0 if !touching => "No change can alter a pack, so the agent was not asked.".to_owned(),
        0 => "It took 0 new calls of the agent (others were known from before)".to_owned(),
        1 => "It took 1 call of the agent".to_owned(),
        calls => format!("It took {} calls of the agent", count(*calls)),
    });
    if touching || *calls > 0 {
        words.push_str(&format!(
            "; leaving out one change at a time would have taken {}.",
            count(*leave_one_out_calls)
        ));
    }
    if !untouched.is_empty() {
        let verb = if untouched.len() == 1 { "gets" } else { "get" };
        words.push_str(&format!(
            " {} {verb} the same pack whatever of the changes is made.",
            counted(untouched.len(), "task")
        ));
    }
    if !attribution.complete {
        words.push_str(" The allowed calls ran out before all was asked: causes may be missing.");
    }
    words
}

/// What is found, and how a mean of about 0 may stand beside it.
fn meaning(attribution: &Attribution) -> String {
    format!(
        "● says that making the change or not moves the outcome of some task, at least beside some of the other changes \
         (of all that are marked so, at most {} are expected to be chance), and names the tasks with the largest effects; \
         the mean effect is over all tasks whose pack the change can touch, so it may be near 0 where few tasks move, or \
         some up and some down.",
        percent(attribution.fdr)
    )
}

/// The tasks that a change moves most, each with its effect.
fn moves(html: &mut Html, factor: &FactorEffect) {
    if !factor.found {
        html.raw("<span class=\"not-found\">○ no task shown to move</span>");
        return;
    }
    let mut tasks: Vec<(&String, f64)> =
        factor.per_task.iter().map(|(task, effect)| (task, *effect)).collect();
    tasks.retain(|(_, effect)| !is_zero(*effect));
    tasks.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(b.0)));
    html.raw("<span class=\"brief\">● moves</span> ");
    if factor.per_task.is_empty() {
        html.raw("some task; which, was not given");
        return;
    }
    if tasks.is_empty() {
        html.raw("some task, but none by its mean: only beside some of the other changes");
        return;
    }
    for (at, (task, effect)) in tasks.iter().take(MOST_TASKS).enumerate() {
        html.text(if at == 0 { "" } else { ", " });
        html.within("span", &[("class", "moved-task")], |html| {
            html.within("bdi", &[], |html| html.excerpt(task, 60));
            html.text(" ");
            html.element("span", &[("class", sign(*effect))], &signed(*effect));
        });
    }
    if tasks.len() > MOST_TASKS {
        html.text(&format!(", and {} more", count((tasks.len() - MOST_TASKS) as u64)));
    }
}

fn row(html: &mut Html, scale: Scale, factor: &FactorEffect) {
    let class = if factor.found { "found" } else { "not-found" };
    html.line();
    html.within("tr", &[("class", class)], |html| {
        html.within("th", &[("scope", "row")], |html| {
            html.element("span", &[("class", "change-kind")], changes::kind(&factor.factor));
            html.text(" ");
            changes::factor(html, &factor.factor);
        });
        html.within("td", &[("class", "moves")], |html| moves(html, factor));
        html.element(
            "td",
            &[("class", "number"), ("data-label", "can touch")],
            &counted(factor.tasks, "task"),
        );
        let mark = if factor.found { Mark::Disc } else { Mark::Ring };
        html.within("td", &[("class", "plot")], |html| strip(html, scale, &factor.effect, mark));
        let class = format!("number mean {}", tone(&factor.effect));
        html.within("td", &[("class", &class), ("data-label", "mean")], |html| {
            html.text(&signed(factor.effect.mean));
            html.text(" ");
            html.element("span", &[("class", "aside")], &range(&factor.effect));
        });
        html.element(
            "td",
            &[("class", "number"), ("data-label", "on the suite")],
            &signed(factor.suite_effect),
        );
        html.element("td", &[("class", "number")], &probability("q", factor.q_value));
    });
}
