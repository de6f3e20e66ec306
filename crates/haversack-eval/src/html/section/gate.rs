use super::{Section, columns, table};
use crate::html::number::{counted, zeros};

pub(super) const SECTION: Section = Section {
    id: "gate",
    heading: "Gate",
    shown: |page| page.gate.is_some(),
    write: |html, page, _| {
        let Some(gate) = &page.gate else { return };
        let failed = gate.checks.iter().filter(|check| !check.passed).count();
        let words = if gate.passed {
            format!("✓ Passed: {}.", counted(gate.checks.len(), "check"))
        } else {
            format!("✗ Failed: {failed} of {}.", counted(gate.checks.len(), "check"))
        };
        html.element("p", &[("class", if gate.passed { "gate up" } else { "gate down" })], &words);
        table(html, "checks", "Checks of the policy", |html| {
            columns(
                html,
                &[("Check", ""), ("Result", ""), ("Is", "number"), ("Wanted", ""), ("Why", "wide")],
            );
            html.within("tbody", &[], |html| {
                for check in &gate.checks {
                    html.within("tr", &[], |html| {
                        html.within("th", &[("scope", "row")], |html| {
                            html.within("bdi", &[], |html| html.path(&check.name))
                        });
                        let (class, result) =
                            if check.passed { ("up", "✓ passed") } else { ("down", "✗ failed") };
                        html.element("td", &[("class", class)], result);
                        html.element("td", &[("class", "number")], &zeros(&check.actual_text()));
                        html.element("td", &[("class", "brief")], &zeros(&check.wanted.to_string()));
                        html.within("td", &[("class", "wide"), ("dir", "auto")], |html| {
                            html.excerpt(&zeros(&check.detail), 1_000)
                        });
                    });
                }
            });
        });
    },
};
