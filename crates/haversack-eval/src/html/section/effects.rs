use super::{Section, columns, table};
use crate::html::chart::{Mark, Scale, strip, strip_axis, tone};
use crate::html::finding::certain;
use crate::html::number::{count, counted, percent, probability, range, signed};
use crate::html::writer::Html;
use crate::{Comparison, Estimate, Slice};

/// Tasks from which on a slice stands with the whole; of fewer, the interval says little.
const ENOUGH: usize = 5;

pub(super) const SECTION: Section = Section {
    id: "effects",
    heading: "Effects",
    shown: super::always,
    write: |html, page, _| {
        let comparison = &page.comparison;
        let (large, small): (Vec<&Slice>, Vec<&Slice>) =
            comparison.slices.iter().partition(|slice| slice.tasks >= ENOUGH);
        let scale = scale(comparison, &large);
        let confidence = percent(comparison.confidence);
        let caption = format!("Mean effect and {confidence} interval, overall and within tags");
        forest(html, scale, &caption, |html| {
            let p = probability("p", comparison.p_value);
            let effect = certain(comparison, comparison.effect);
            row(
                html,
                scale,
                &Row { name: "All tasks", tasks: comparison.tasks, effect, chance: p },
                Mark::Diamond,
            );
            large.iter().for_each(|slice| slice_row(html, scale, comparison, slice));
        });
        if !small.is_empty() {
            // Their wide intervals would squeeze those above on one scale.
            let scale = self::scale(comparison, &small);
            html.within("details", &[("class", "small")], |html| {
                let (tags, each) = (counted(small.len(), "tag"), if small.len() == 1 { "" } else { " each" });
                html.element("summary", &[], &format!("{tags} with fewer than {ENOUGH} tasks{each}"));
                let caption = format!("Mean effect and {confidence} interval within tags of few tasks");
                forest(html, scale, &caption, |html| {
                    small.iter().for_each(|slice| slice_row(html, scale, comparison, slice));
                });
            });
        }
        if comparison.slices.is_empty() {
            html.raw("<p class=\"note\">No task has a tag, so there are no slices.</p>");
        } else {
            html.raw(
                "<p class=\"note\">q is the p-value under false-discovery control over all slices (Benjamini-Hochberg): \
                 among slices with q up to 0.05, one in twenty is expected to be there by chance. Intervals are not \
                 corrected for the number of slices.</p>",
            );
        }
    },
};

/// A scale for slices, and for the whole to compare them with.
fn scale(comparison: &Comparison, slices: &[&Slice]) -> Scale {
    let all = slices.iter().map(|slice| slice.effect).chain([comparison.effect]);
    let ends = all.map(|effect| certain(comparison, effect));
    Scale::over(ends.flat_map(|effect| [effect.low, effect.mean, effect.high]).chain([0.0]))
}

fn forest(html: &mut Html, scale: Scale, caption: &str, rows: impl FnOnce(&mut Html)) {
    table(html, "forest", caption, |html| {
        columns(
            html,
            &[
                ("Tasks", ""),
                ("n", "number"),
                ("Worse ← 0 → better", "plot"),
                ("Effect", "number"),
                ("Interval", "number"),
                ("Chance", "number"),
            ],
        );
        html.within("tbody", &[], rows);
        html.within("tfoot", &[("aria-hidden", "true")], |html| {
            html.within("tr", &[], |html| {
                html.raw("<td colspan=\"2\"></td>");
                html.within("td", &[("class", "plot")], |html| strip_axis(html, scale, 4));
                html.raw("<td colspan=\"3\"></td>");
            });
        });
    });
}

fn slice_row(html: &mut Html, scale: Scale, comparison: &Comparison, slice: &Slice) {
    let (effect, chance) = (certain(comparison, slice.effect), probability("q", slice.q_value));
    row(html, scale, &Row { name: &slice.tag, tasks: slice.tasks, effect, chance }, Mark::Square);
}

struct Row<'a> {
    name: &'a str,
    tasks: usize,
    effect: Estimate,
    chance: String,
}

fn row(html: &mut Html, scale: Scale, row: &Row<'_>, mark: Mark) {
    html.line();
    html.within("tr", &[("class", if mark == Mark::Diamond { "overall" } else { "slice" })], |html| {
        html.within("th", &[("scope", "row")], |html| {
            html.within("bdi", &[], |html| html.excerpt(row.name, 80));
        });
        html.element("td", &[("class", "number"), ("data-label", "n")], &count(row.tasks as u64));
        html.within("td", &[("class", "plot")], |html| strip(html, scale, &row.effect, mark));
        html.element("td", &[("class", &format!("number {}", tone(&row.effect)))], &signed(row.effect.mean));
        html.element("td", &[("class", "number")], &range(&row.effect));
        html.element("td", &[("class", "number")], &row.chance);
    });
}
