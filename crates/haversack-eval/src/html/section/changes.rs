use super::{Section, columns, table};
use crate::Factor;
use crate::html::number::counted;
use crate::html::page::Change;
use crate::html::writer::Html;

/// Rows that are shown; a page is no place for thousands of documents.
const MOST: usize = 200;

pub(super) const SECTION: Section = Section {
    id: "changes",
    heading: "What changed",
    shown: super::always,
    write: |html, page, _| {
        if page.changes.is_empty() {
            html.raw("<p>No changed document or field of the recipe was given with this comparison.</p>");
            return;
        }
        let of = |kind: fn(&Factor) -> bool| page.changes.iter().filter(|change| kind(&change.what)).count();
        let added = of(|factor| matches!(factor, Factor::Added { .. } | Factor::Present { .. }));
        let removed = of(|factor| matches!(factor, Factor::Removed { .. }));
        let changed = of(|factor| matches!(factor, Factor::Changed { .. }));
        let fields = of(|factor| matches!(factor, Factor::Field { .. }));
        html.element(
            "p",
            &[],
            &format!(
                "{} added, {removed} removed, {changed} changed; {} of the recipe.",
                counted(added, "document"),
                counted(fields, "field")
            ),
        );
        table(html, "changes", "Documents and fields of the recipe that differ", |html| {
            columns(html, &[("Change", ""), ("What", ""), ("Before (A)", ""), ("After (B)", "")]);
            html.within("tbody", &[], |html| {
                for change in page.changes.iter().take(MOST) {
                    row(html, change);
                }
            });
        });
        left_out(html, page.changes.len());
    },
};

/// A field has two values; of a document one cell says what became of it.
fn row(html: &mut Html, change: &Change) {
    let words = match &change.what {
        Factor::Field { .. } => None,
        Factor::Added { .. } => Some("in B only".to_owned()),
        Factor::Removed { .. } => Some("in A only".to_owned()),
        Factor::Changed { .. } if change.a.is_empty() => Some("changed".to_owned()),
        Factor::Changed { .. } => Some(format!("{} changed", listed(&change.a))),
        Factor::Present { .. } => Some("looked at for being there or not".to_owned()),
    };
    html.within("tr", &[], |html| {
        html.element("td", &[("class", "brief")], kind(&change.what));
        html.within("th", &[("scope", "row")], |html| factor(html, &change.what));
        if let Some(words) = words {
            html.within("td", &[("colspan", "2"), ("dir", "auto")], |html| html.excerpt(&words, 200));
            return;
        }
        for (label, value) in [("before", &change.a), ("after", &change.b)] {
            html.within("td", &[("dir", "auto"), ("data-label", label)], |html| match value.as_str() {
                "" => html.element("span", &[("class", "left-out")], "not set"),
                value => html.excerpt(value, 200),
            });
        }
    });
}

/// `text, metadata` as a sentence has it.
fn listed(parts: &str) -> String {
    parts.rsplit_once(", ").map_or_else(|| parts.to_owned(), |(first, last)| format!("{first} and {last}"))
}

fn left_out(html: &mut Html, all: usize) {
    if all > MOST {
        let words = format!("{} more are not listed here.", counted(all - MOST, "change"));
        html.element("p", &[("class", "left-out")], &words);
    }
}

/// What happened, with a sign.
pub(super) fn kind(factor: &Factor) -> &'static str {
    match factor {
        Factor::Added { .. } => "+ added",
        Factor::Removed { .. } => "− removed",
        Factor::Changed { .. } => "~ changed",
        Factor::Field { .. } => "~ recipe",
        Factor::Present { .. } => "present",
    }
}

/// The document or field alone.
pub(super) fn factor(html: &mut Html, factor: &Factor) {
    html.within("bdi", &[], |html| {
        let name = match factor {
            Factor::Added { document }
            | Factor::Removed { document }
            | Factor::Changed { document }
            | Factor::Present { document } => document.as_str(),
            Factor::Field { field } => field,
        };
        html.within("code", &[], |html| html.path(name));
    });
}
