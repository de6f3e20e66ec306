use super::super::finding::{Finding, numbers};
use super::super::page::{ReportPage, VersionSide};
use super::super::writer::Html;
use crate::html::number::{count, counted, percent, plain, probability, signed, zeros};
use crate::{Comparison, Slice, Test};

/// The largest q-value of a slice that is named with the finding.
const STANDS_OUT: f64 = 0.1;
/// Slices that are named there.
const MOST: usize = 3;

/// The result in words, before anything else.
pub(in super::super) fn write(html: &mut Html, page: &ReportPage, finding: Finding) {
    let comparison = &page.comparison;
    let class = match finding {
        Finding::Better => "verdict up",
        Finding::Worse => "verdict down",
        Finding::Undecided | Finding::TooFewTasks | Finding::SamePacks => "verdict level",
    };
    html.within("div", &[("class", class)], |html| {
        html.within("p", &[("class", "finding")], |html| {
            html.element("span", &[("class", "sign"), ("aria-hidden", "true")], finding.sign());
            html.text(finding.words());
        });
        if finding == Finding::SamePacks && page.a.version == page.b.version {
            html.raw("<p class=\"stands-out\">A and B are the same version, so their packs are the same.</p>");
        }
        stands_out(html, finding, comparison);
        html.element("p", &[("class", "numbers")], &zeros(&numbers(comparison)));
        if finding != Finding::SamePacks {
            html.raw(
                "<p class=\"meaning\">First the effect: the mean score in B minus that in A, from −1 to 1, with its interval. Another \
                 pack: B gives other bytes of context than A. p: how often equal versions would look as different by chance; q: \
                 the same, corrected for many tags.</p>",
            );
        }
        html.element("p", &[("class", "meaning")], &meaning(finding, comparison));
        totals(html, comparison);
    });
    html.within("dl", &[("class", "sides")], |html| {
        side(html, "A", &page.a);
        side(html, "B", &page.b);
        html.within("div", &[], |html| {
            html.element("dt", &[], "Suite");
            html.within("dd", &[], |html| {
                html.element("bdi", &[("class", "name")], &page.suite.name);
                if !page.suite.description.is_empty() {
                    html.element("span", &[("class", "aside"), ("dir", "auto")], &page.suite.description);
                }
            });
        });
        html.within("div", &[], |html| {
            html.element("dt", &[], "Agent");
            html.within("dd", &[], |html| {
                html.element("bdi", &[("class", "name")], &page.agent.name);
                html.element("code", &[("class", "aside")], &page.agent.fingerprint.short());
            });
        });
    });
}

/// The slices that differ for certain enough, in plain words.
fn stands_out(html: &mut Html, finding: Finding, comparison: &Comparison) {
    if finding == Finding::SamePacks || comparison.slices.is_empty() {
        return;
    }
    let agrees = |slice: &Slice| match finding {
        Finding::Better => slice.effect.mean > 0.0,
        Finding::Worse => slice.effect.mean < 0.0,
        _ => false,
    };
    let mut slices: Vec<&Slice> =
        comparison.slices.iter().filter(|slice| slice.q_value <= STANDS_OUT).collect();
    // What goes against the finding comes first: it is what one would miss.
    slices.sort_by(|a, b| {
        let size = |slice: &Slice| slice.effect.mean.abs();
        let surer = a.q_value.total_cmp(&b.q_value);
        agrees(a).cmp(&agrees(b)).then(surer).then(size(b).total_cmp(&size(a))).then(a.tag.cmp(&b.tag))
    });
    html.within("p", &[("class", "stands-out")], |html| {
        for (at, slice) in slices.iter().take(MOST).enumerate() {
            html.text(match (at, agrees(slice)) {
                (0, true) => "Above all: tasks tagged ",
                (0, false) => "But: tasks tagged ",
                _ => "; tasks tagged ",
            });
            html.within("code", &[], |html| html.excerpt(&slice.tag, 80));
            let way = if slice.effect.mean > 0.0 { "better" } else { "worse" };
            html.text(&format!(
                " got {way} by {} ({}, {})",
                plain(slice.effect.mean.abs()),
                counted(slice.tasks, "task"),
                probability("q", slice.q_value)
            ));
        }
        let more = slices.len().saturating_sub(MOST);
        html.text(&match (slices.len(), more) {
            (0, _) => format!("No tag stands out: no q is {} or less.", plain(STANDS_OUT)),
            (_, 0) => ".".to_owned(),
            (_, more) => format!("; and {} more.", counted(more, "tag")),
        });
    });
}

/// What the finding means, and what it does not.
fn meaning(finding: Finding, comparison: &Comparison) -> String {
    let sure = percent(comparison.confidence);
    match finding {
        Finding::Better | Finding::Worse => format!(
            "With versions that do not differ a p-value as low as this is seen in less than {} of comparisons; the {sure} \
             interval is {} to {}.",
            percent(1.0 - comparison.confidence),
            signed(comparison.effect.low),
            signed(comparison.effect.high)
        ),
        Finding::TooFewTasks => format!(
            "Even if all {} with another pack had changed in one direction, that could be chance.",
            counted(comparison.changed, "task")
        ),
        Finding::Undecided => format!(
            "That is not to say that there is none: the {sure} interval leaves open anything from {} to {}, and a true \
             effect of {} is seen by this suite in {} of cases.",
            signed(comparison.effect.low),
            signed(comparison.effect.high),
            plain(comparison.power.smallest_effect),
            percent(comparison.power.power)
        ),
        Finding::SamePacks => {
            "Every task got the same bytes of context from both versions, so no difference between \
                               their outcomes can come from the context."
                .to_owned()
        }
    }
}

fn totals(html: &mut Html, comparison: &Comparison) {
    let Comparison { wins, ties, losses, .. } = comparison;
    let all = (wins + ties + losses).max(1);
    let share = |part: usize| format!("{:.3}%", 100.0 * part as f64 / all as f64);
    html.within("svg", &[("class", "totals"), ("aria-hidden", "true"), ("focusable", "false")], |html| {
        let parts = [("up", 0, *wins), ("level", *wins, *ties), ("down", wins + ties, *losses)];
        for (class, before, part) in parts.into_iter().filter(|(_, _, part)| *part > 0) {
            html.empty(
                "rect",
                &[("class", class), ("x", &share(before)), ("width", &share(part)), ("height", "100%")],
            );
        }
    });
    html.within("ul", &[("class", "totals-legend")], |html| {
        let entry = |html: &mut Html, class: &str, sign: &str, text: String| {
            html.within("li", &[("class", class)], |html| {
                html.element("span", &[("class", "sign"), ("aria-hidden", "true")], sign);
                html.text(&text);
            });
        };
        entry(html, "up", "▲", format!("{} better in B", count(*wins as u64)));
        entry(html, "level", "=", format!("{} the same", count(*ties as u64)));
        entry(html, "down", "▼", format!("{} worse in B", count(*losses as u64)));
    });
    html.element(
        "p",
        &[("class", "means")],
        &format!(
            "Mean score {} in A and {} in B. The p-value is two-sided, from {}.",
            plain(comparison.mean_a),
            plain(comparison.mean_b),
            match comparison.test {
                Test::Unconditional => "an unconditional test of pass and fail",
                Test::SignFlip if comparison.exact => "every flip of signs",
                Test::SignFlip => "random flips of signs",
                Test::Betting => "a test that may be looked at after every task",
            }
        ),
    );
}

fn side(html: &mut Html, name: &str, version: &VersionSide) {
    html.within("div", &[], |html| {
        html.element("dt", &[], &format!("Version {name}"));
        html.within("dd", &[], |html| {
            html.element("bdi", &[("class", "name")], &version.address);
            html.within("span", &[("class", "aside")], |html| {
                html.element("code", &[], &version.version.short());
                if !version.when.is_empty() {
                    html.text(", ");
                    html.element("bdi", &[], &version.when);
                }
            });
        });
    });
}
