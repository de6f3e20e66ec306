use super::{Section, table};
use crate::html::number::{count, percent, probability};
use crate::html::writer::Html;

pub(super) const SECTION: Section = Section {
    id: "passes",
    heading: "Passed and failed",
    shown: super::always,
    write: |html, page, _| {
        let passes = &page.comparison.passes;
        let (in_a, in_b) = (passes.both + passes.only_a, passes.both + passes.only_b);
        let all = in_a + passes.only_b + passes.neither;
        let rate = |part: usize| percent(if all == 0 { f64::NAN } else { part as f64 / all as f64 });
        table(html, "passes", "Tasks by whether they pass in each version", |html| {
            html.within("thead", &[], |html| {
                html.raw("<tr><td></td><th scope=\"col\" class=\"number\">passes in B</th>");
                html.raw("<th scope=\"col\" class=\"number\">fails in B</th><th scope=\"col\" class=\"number\">all</th></tr>");
            });
            html.within("tbody", &[], |html| {
                row(
                    html,
                    "passes in A",
                    [(passes.both, "", ""), (passes.only_a, "down", "▼ "), (in_a, "", "")],
                );
                let failed = [(passes.only_b, "up", "▲ "), (passes.neither, "", ""), (all - in_a, "", "")];
                row(html, "fails in A", failed);
                row(html, "all", [(in_b, "", ""), (all - in_b, "", ""), (all, "", "")]);
            });
        });
        html.element(
            "p",
            &[],
            &format!(
                "Pass rate {} in A, {} in B. {} that passed in A fail in B (regressions), {} that failed pass (repairs). \
                 Exact McNemar test: {}.",
                rate(in_a),
                rate(in_b),
                count(passes.only_a as u64),
                count(passes.only_b as u64),
                probability("p", passes.p_value)
            ),
        );
        if page.comparison.noise.trials > 1 {
            html.raw("<p class=\"note\">A task with several trials passes when most of them do.</p>");
        }
    },
};

fn row(html: &mut Html, name: &str, cells: [(usize, &str, &str); 3]) {
    html.within("tr", &[], |html| {
        html.element("th", &[("scope", "row"), ("class", "brief")], name);
        for (value, class, sign) in cells {
            let (class, sign) = if value > 0 { (class, sign) } else { ("", "") };
            html.within("td", &[("class", &format!("number {class}"))], |html| {
                if !sign.is_empty() {
                    html.element("span", &[("aria-hidden", "true")], sign);
                }
                html.text(&count(value as u64));
            });
        }
    });
}
