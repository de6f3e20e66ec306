use ego_tree::{NodeRef, Tree};
use haversack_model::{Document, Media};

use crate::inline::one_line;
use crate::skip::SkipReason;

use super::build::Builder;
use super::decode::decode;
use super::facts::Fact;
use super::title;

mod depth;
mod dom;
mod writer;

use dom::{Element, Node};

/// Names of `<meta>` that say something of the document.
const META: &[&str] = &[
    "author",
    "date",
    "description",
    "keywords",
    "labels",
    "language",
    "status",
    "superseded_by",
    "trust",
    "version",
];

/// Letters of a `<main>` below which the whole body is compared with it.
const SHORT: usize = 200;

/// Reads HTML as Markdown: the main content, without navigation, scripts and forms.
pub(super) fn read(builder: &Builder<'_>, bytes: Vec<u8>) -> Result<Document, SkipReason> {
    let decoded = decode(bytes)?;
    if !depth::is_reasonable(&decoded.text) {
        return Err(SkipReason::LimitExceeded { limit: "elements nested in one another" });
    }
    let html = dom::parse(&decoded.text);
    let mut facts = builder.facts();
    if let Some(encoding) = decoded.encoding {
        facts.note("encoding", &encoding);
    }
    let mut named = None;
    for node in html.root().descendants() {
        let Some(element) = node.value().as_element() else { continue };
        match element.name() {
            "html" => facts.add("lang", element.attr("lang").map_or(Fact::Nothing, one)),
            "meta" => match (element.attr("name"), element.attr("content")) {
                (Some(name), Some(content)) if META.contains(&name.to_ascii_lowercase().as_str()) => {
                    facts.add(&name.to_ascii_lowercase(), one(content))
                }
                _ => Ok(()),
            },
            "title" if named.is_none() => {
                named = Some(one_line(&words(node))).filter(|title| !title.is_empty());
                Ok(())
            }
            _ => Ok(()),
        }
        .map_err(|error| SkipReason::FrontMatter { error })?;
    }
    let text = writer::markdown(main(&html));
    let heading = title::markdown(&text);
    // Sites add their name to the title; the heading is the better one where the title begins with it.
    facts.title = match (named, heading) {
        (Some(named), Some(heading)) if named.starts_with(&heading) => Some(heading),
        (named, heading) => named.or(heading),
    };
    builder.document(text, 0, Media::Markdown, facts)
}

fn one(text: &str) -> Fact {
    Fact::One(text.to_owned())
}

fn words(node: NodeRef<'_, Node>) -> String {
    node.descendants().filter_map(|node| node.value().as_text()).collect()
}

/// The element that holds the content: `main`, else the only `article`, else everything.
fn main(html: &Tree<Node>) -> NodeRef<'_, Node> {
    let root = html.root();
    let find = |is: fn(&Element) -> bool| {
        root.descendants().filter(move |node| node.value().as_element().is_some_and(is))
    };
    let mut articles = find(|element| element.name() == "article");
    let article = articles.next().filter(|_| articles.next().is_none());
    let chosen = find(|element| element.name() == "main" || element.attr("role") == Some("main"));
    let Some(chosen) = chosen.into_iter().next().or(article) else { return root };
    let letters =
        |node: NodeRef<'_, Node>| writer::markdown(node).chars().filter(|c| c.is_alphanumeric()).count();
    let inside = letters(chosen);
    // A page that fills an empty <main> by script, or wraps a banner in it, is read whole.
    if inside < SHORT && letters(root) > inside * 4 { root } else { chosen }
}
