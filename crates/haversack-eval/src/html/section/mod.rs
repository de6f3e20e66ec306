//! The sections of the page, one file each.

mod attribution;
mod certainty;
mod changes;
mod effects;
mod front;
mod gate;
mod pack_texts;
mod pack_view;
pub(super) mod packs;
mod passes;
mod provenance;
mod tasks;
pub(super) mod verdict;
mod warnings;

use super::page::ReportPage;
use super::writer::Html;

/// A section: what it is called, whether there is anything to show, and what writes it.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) heading: &'static str,
    pub(super) shown: fn(&ReportPage) -> bool,
    /// Writes it below its heading; packs are written before, since the tasks link to those that found room.
    pub(super) write: fn(&mut Html, &ReportPage, &packs::Packs),
}

/// All sections in the order of the page: from the result to its reasons, then task by task, then how it was made.
pub(super) const ALL: [Section; 11] = [
    warnings::SECTION,
    gate::SECTION,
    changes::SECTION,
    effects::SECTION,
    passes::SECTION,
    certainty::SECTION,
    attribution::SECTION,
    front::SECTION,
    tasks::SECTION,
    packs::SECTION,
    provenance::SECTION,
];

fn always(_: &ReportPage) -> bool {
    true
}

/// A table in a box that scrolls by itself where the screen is narrow; the keyboard reaches the box.
fn table(html: &mut Html, class: &str, caption: &str, inside: impl FnOnce(&mut Html)) {
    html.within(
        "div",
        &[("class", "scroll"), ("role", "region"), ("aria-label", caption), ("tabindex", "0")],
        |html| {
            html.within("table", &[("class", class)], |html| {
                html.element("caption", &[], caption);
                inside(html);
            });
        },
    );
}

/// The head of a table.
fn columns(html: &mut Html, names: &[(&str, &str)]) {
    html.within("thead", &[], |html| {
        html.within("tr", &[], |html| {
            for (name, class) in names {
                html.element("th", &[("scope", "col"), ("class", class)], name);
            }
        });
    });
}

/// The class of a number's cell by its sign.
fn sign(value: f64) -> &'static str {
    if value > 0.0 {
        "number up"
    } else if value < 0.0 {
        "number down"
    } else {
        "number"
    }
}
