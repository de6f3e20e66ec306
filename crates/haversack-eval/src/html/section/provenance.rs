use super::Section;
use crate::html::number::{amount, count, counted};
use crate::html::page::ReportPage;
use crate::html::writer::Html;

pub(super) const SECTION: Section = Section {
    id: "provenance",
    heading: "How it was made",
    shown: super::always,
    write: |html, page, _| {
        html.within("dl", &[("class", "facts")], |html| facts(html, page));
    },
};

fn facts(html: &mut Html, page: &ReportPage) {
    let made = &page.provenance;
    fact(html, "Program", &made.program, false);
    fact(html, "Command", &made.command, true);
    fact(html, "When", &made.when, false);
    fact(html, "Version A", &page.a.version.to_string(), true);
    fact(html, "Version B", &page.b.version.to_string(), true);
    fact(html, "Suite", &page.suite.digest.to_string(), true);
    fact(html, "Agent", &page.agent.fingerprint.to_string(), true);
    fact(html, "Seed", &made.seed.to_string(), true);
    fact(html, "Trials", &made.trials.to_string(), false);
    let usage = &made.usage;
    let mut asked = format!(
        "{} calls, {} tokens read, {} written",
        count(usage.calls),
        count(usage.input_tokens),
        count(usage.output_tokens)
    );
    if usage.cost != 0.0 {
        asked.push_str(&format!(", cost {}", amount(usage.cost, 4)));
    }
    asked.push_str(&format!(
        "; {} used again",
        counted(usize::try_from(made.reused).unwrap_or(usize::MAX), "outcome")
    ));
    fact(html, "Asked", &asked, false);
    for (name, digest) in &made.digests {
        fact(html, name, &digest.to_string(), true);
    }
    for (name, value) in &made.environment {
        fact(html, name, value, false);
    }
}

fn fact(html: &mut Html, name: &str, value: &str, code: bool) {
    if value.is_empty() {
        return;
    }
    html.within("div", &[], |html| {
        html.within("dt", &[], |html| html.excerpt(name, 120));
        html.within("dd", &[("dir", "auto")], |html| {
            if code {
                html.within("code", &[], |html| html.excerpt(value, 2_000));
            } else {
                html.excerpt(value, 2_000);
            }
        });
    });
}
