use super::packs::Packs;
use super::{Section, columns, sign, table};
use crate::TaskEffect;
use crate::html::number::{count, counted, plain, signed};
use crate::html::writer::Html;

pub(super) const SECTION: Section = Section {
    id: "tasks",
    heading: "Task by task",
    shown: super::always,
    write: |html, page, packs| {
        html.raw("<p>Losses first, then wins, each with the largest first. Of a task whose id is a link both packs are \
                  shown below.</p>");
        let order = in_order(&page.comparison.per_task);
        let (differing, tied) = order.split_at(order.partition_point(|task| task.effect != 0.0));
        if differing.is_empty() {
            html.raw("<p>No task has another score in B than in A.</p>");
        } else {
            rows(html, "Scores of each task that differs", differing, packs);
        }
        if !tied.is_empty() {
            let another = tied.iter().filter(|task| !task.same_pack).count();
            let words = format!(
                "{} with the same score in A and B ({} with another pack)",
                counted(tied.len(), "task"),
                count(another as u64)
            );
            html.within("details", &[("class", "tied")], |html| {
                html.element("summary", &[], &words);
                rows(html, "Scores of each task that ties", tied, packs);
            });
        }
    },
};

fn rows(html: &mut Html, caption: &str, effects: &[&TaskEffect], packs: &Packs) {
    table(html, "tasks", caption, |html| {
        columns(
            html,
            &[
                ("Task", ""),
                ("Tags", ""),
                ("A", "number"),
                ("B", "number"),
                ("Effect", "number"),
                ("Pack", ""),
            ],
        );
        html.within("tbody", &[], |html| {
            effects.iter().for_each(|effect| row(html, effect, packs));
        });
    });
}

/// Losses, wins, ties with another pack, ties; the largest first, then by id.
pub(super) fn in_order(tasks: &[TaskEffect]) -> Vec<&TaskEffect> {
    let rank = |task: &TaskEffect| match task.effect {
        effect if effect < 0.0 => 0,
        effect if effect > 0.0 => 1,
        _ if !task.same_pack => 2,
        _ => 3,
    };
    let mut order: Vec<&TaskEffect> = tasks.iter().collect();
    order.sort_by(|a, b| {
        rank(a).cmp(&rank(b)).then(b.effect.abs().total_cmp(&a.effect.abs())).then(a.task.cmp(&b.task))
    });
    order
}

fn row(html: &mut Html, effect: &TaskEffect, packs: &Packs) {
    html.line();
    html.within("tr", &[], |html| {
        html.within("th", &[("scope", "row")], |html| {
            html.within("bdi", &[], |html| {
                if packs.has(&effect.task) {
                    let href = format!("#{}", super::packs::anchor(&effect.task));
                    html.within("a", &[("href", &href)], |html| html.excerpt(&effect.task, 120));
                } else {
                    html.excerpt(&effect.task, 120);
                }
            });
        });
        html.within("td", &[("class", "tags")], |html| {
            for tag in &effect.tags {
                html.within("bdi", &[("class", "tag")], |html| html.excerpt(tag, 60));
                html.text(" ");
            }
        });
        for score in [effect.a, effect.b] {
            let score = if effect.asked { plain(score) } else { "not asked".to_owned() };
            html.element("td", &[("class", "number")], &score);
        }
        let arrow = if effect.effect > 0.0 {
            "▲ "
        } else if effect.effect < 0.0 {
            "▼ "
        } else {
            ""
        };
        html.within("td", &[("class", sign(effect.effect))], |html| {
            html.element("span", &[("aria-hidden", "true")], arrow);
            html.text(&signed(effect.effect));
        });
        html.element("td", &[], if effect.same_pack { "same" } else { "another" });
    });
}
