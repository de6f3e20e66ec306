//! The frame of the page: head, contents, and the sections in their order.

use super::finding::Finding;
use super::page::ReportPage;
use super::section;
use super::writer::Html;

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// Nothing may be loaded, sent or run but the style and the script of this program, which are named by their hashes: even
/// markup that slipped through could do nothing. A test computes the hashes again.
const POLICY: &str = "default-src 'none'; \
    style-src 'sha256-qAe7X3YIgN4LUvw2mFHPHBI+HG/K6e7Lk15ob2zWlnM='; \
    script-src 'sha256-6qQGRdr2NevseneqgeenT9w/fAlGwg3INQKaZuTl31c='; \
    base-uri 'none'; form-action 'none'";

/// Most bytes of markup that packs may take where nothing else is asked: 4 MiB.
pub const PACK_BYTES: usize = 4 << 20;

impl ReportPage {
    /// The page as one HTML file, with at most 4 MiB of packs; see [`ReportPage::to_html_within`].
    #[must_use]
    pub fn to_html(&self) -> String {
        self.to_html_within(PACK_BYTES)
    }

    /// The page as one HTML file.
    ///
    /// `pack_bytes` limits what the texts of packs and answers may take. The tasks with the largest effects come first;
    /// for the others the page says that, and for how many, texts were left out. Their passages are then still listed
    /// while they take no more than as much again.
    #[must_use]
    pub fn to_html_within(&self, pack_bytes: usize) -> String {
        let mut html = Html::default();
        html.raw("<!DOCTYPE html>\n");
        html.within("html", &[("lang", "en")], |html| {
            head(html, &self.title);
            html.within("body", &[], |html| body(html, self, pack_bytes));
        });
        html.line();
        html.into_string()
    }
}

fn head(html: &mut Html, title: &str) {
    html.within("head", &[], |html| {
        html.raw("\n<meta charset=\"utf-8\">\n");
        html.empty("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)]);
        html.raw("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        html.raw("\n<meta name=\"color-scheme\" content=\"light dark\">");
        html.raw("\n<meta name=\"referrer\" content=\"no-referrer\">\n");
        html.element("title", &[], &super::writer::visible(title));
        html.raw("\n<style>");
        html.raw(STYLE);
        html.raw("</style>\n");
    });
}

fn body(html: &mut Html, page: &ReportPage, pack_bytes: usize) {
    html.raw("\n<a class=\"skip\" href=\"#main\">Skip to the result</a>\n");
    html.within("header", &[("class", "page-head")], |html| {
        html.within("p", &[("class", "kind")], |html| {
            html.text("Comparison of ");
            html.element("bdi", &[], &page.a.address);
            html.text(" and ");
            html.element("bdi", &[], &page.b.address);
        });
        html.element("h1", &[("dir", "auto")], &page.title);
    });
    let packs = section::packs::Packs::new(page, pack_bytes);
    html.within("main", &[("id", "main")], |html| {
        section::verdict::write(html, page, Finding::of(&page.comparison));
        contents(html, page);
        for section in section::ALL.iter().filter(|section| (section.shown)(page)) {
            html.line();
            let heading = format!("{}-heading", section.id);
            html.within("section", &[("id", section.id), ("aria-labelledby", &heading)], |html| {
                html.element("h2", &[("id", &heading)], section.heading);
                (section.write)(html, page, &packs);
            });
        }
    });
    html.raw("\n<script>");
    html.raw(SCRIPT);
    html.raw("</script>\n");
}

fn contents(html: &mut Html, page: &ReportPage) {
    html.within("nav", &[("aria-label", "Contents")], |html| {
        html.within("ul", &[("class", "contents")], |html| {
            for section in section::ALL.iter().filter(|section| (section.shown)(page)) {
                html.within("li", &[], |html| {
                    html.element("a", &[("href", &format!("#{}", section.id))], section.heading);
                });
            }
        });
    });
}
