//! Reads a page as a browser does, and says what is wrong with it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::{Rawtext, Rcdata, ScriptData};
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

const VOID: [&str; 3] = ["meta", "wbr", "br"];
const SVG: [&str; 5] = ["svg", "line", "rect", "path", "text"];
const ELEMENTS: [&str; 47] = [
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "a",
    "header",
    "main",
    "p",
    "h1",
    "h2",
    "h3",
    "bdi",
    "div",
    "span",
    "dl",
    "dt",
    "dd",
    "code",
    "nav",
    "ul",
    "li",
    "section",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "svg",
    "line",
    "rect",
    "path",
    "text",
    "details",
    "summary",
    "blockquote",
    "strong",
    "pre",
    "ins",
    "del",
    "mark",
    "script",
    "wbr",
];
const ATTRIBUTES: [&str; 42] = [
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "href",
    "id",
    "aria-label",
    "aria-labelledby",
    "aria-hidden",
    "role",
    "tabindex",
    "dir",
    "scope",
    "colspan",
    "focusable",
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "dx",
    "dy",
    "d",
    "width",
    "height",
    "overflow",
    "text-anchor",
    "data-label",
    "viewBox",
    "type",
    "title",
    "open",
    "hidden",
    "cx",
    "cy",
    "r",
    "rowspan",
    "headers",
    "datetime",
];

/// What a page holds.
#[derive(Debug, Default)]
pub struct Markup {
    /// What is wrong.
    pub problems: Vec<String>,
    /// Values of `id`.
    pub ids: BTreeSet<String>,
    /// Values of `href`.
    pub links: Vec<String>,
    /// All text but that of style and script.
    pub text: String,
    open: Vec<String>,
}

struct Sink(RefCell<Markup>);

/// Reads a page.
pub fn read(html: &str) -> Markup {
    let sink = Sink(RefCell::new(Markup::default()));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts { exact_errors: true, ..TokenizerOpts::default() });
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    let mut markup = tokenizer.sink.0.into_inner();
    if !markup.open.is_empty() {
        markup.problems.push(format!("never closed: {:?}", markup.open));
    }
    for link in &markup.links {
        if !link.strip_prefix('#').is_some_and(|id| markup.ids.contains(id)) {
            markup.problems.push(format!("a link leads nowhere: {link}"));
        }
    }
    markup
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut markup = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => return markup.tag(&tag),
            Token::ParseError(error) => markup.problems.push(error.to_string()),
            Token::NullCharacterToken => markup.problems.push("NUL".to_owned()),
            Token::CommentToken(comment) => markup.problems.push(format!("a comment: {comment}")),
            Token::CharacterTokens(text) => {
                if !markup.open.last().is_some_and(|name| name == "style" || name == "script") {
                    markup.text.push_str(&text);
                }
            }
            Token::DoctypeToken(_) | Token::EOFToken => {}
        }
        TokenSinkResult::Continue
    }
}

impl Markup {
    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = tag.name.to_string();
        if tag.kind == TagKind::EndTag {
            if self.open.pop().as_ref() != Some(&name) {
                self.problems.push(format!("</{name}> closes another element"));
            }
            return TokenSinkResult::Continue;
        }
        if !ELEMENTS.contains(&name.as_str()) {
            self.problems.push(format!("<{name}> should not be"));
        }
        self.attributes(tag);
        let in_svg = self.open.iter().any(|open| open == "svg");
        if SVG[1..].contains(&name.as_str()) && !in_svg {
            self.problems.push(format!("<{name}> outside of an svg"));
        }
        let closed = VOID.contains(&name.as_str()) || (tag.self_closing && SVG.contains(&name.as_str()));
        if !closed {
            self.open.push(name.clone());
        }
        match name.as_str() {
            "style" => TokenSinkResult::RawData(Rawtext),
            "script" => TokenSinkResult::RawData(ScriptData),
            "title" => TokenSinkResult::RawData(Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }

    fn attributes(&mut self, tag: &Tag) {
        for attribute in &tag.attrs {
            let (name, value) = (attribute.name.local.to_string(), attribute.value.to_string());
            if !ATTRIBUTES.contains(&name.as_str()) {
                self.problems.push(format!("{}: attribute {name}", tag.name));
            }
            if name == "id" && !self.ids.insert(value.clone()) {
                self.problems.push(format!("id {value} stands twice"));
            }
            if name == "href" {
                self.links.push(value);
            }
        }
    }
}
