use ego_tree::NodeRef;
use ego_tree::iter::Edge;

use super::dom::{Element, Node};

/// Elements whose text is no content anywhere.
const NEVER: &[&str] = &[
    "button", "canvas", "head", "iframe", "input", "nav", "noscript", "object", "script", "select", "style",
    "svg", "template", "textarea",
];

/// Elements that frame a page when they stand outside its content.
const FRAME: &[&str] = &["aside", "footer", "header"];

/// Elements that begin and end a paragraph.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "body",
    "center",
    "details",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "header",
    "hr",
    "html",
    "main",
    "p",
    "section",
    "summary",
];

/// Deepest list that is indented.
const MAX_LIST: usize = 8;

/// Writes what stands under a node as Markdown.
pub(super) fn markdown(node: NodeRef<'_, Node>) -> String {
    let mut writer = Writer::default();
    let mut skipped: Option<ego_tree::NodeId> = None;
    for edge in node.traverse() {
        match edge {
            Edge::Open(open) if skipped.is_none() => match open.value() {
                Node::Element(element) if open.id() != node.id() && is_noise(open, element) => {
                    skipped = Some(open.id());
                }
                Node::Element(element) => writer.open(element),
                Node::Text(text) => writer.text(text),
                _ => {}
            },
            Edge::Close(close) if skipped == Some(close.id()) => skipped = None,
            Edge::Close(close) if skipped.is_none() => {
                if let Node::Element(element) = close.value() {
                    writer.close(element.name());
                }
            }
            _ => {}
        }
    }
    writer.finish()
}

fn is_noise(node: NodeRef<'_, Node>, element: &Element) -> bool {
    let name = element.name();
    let attribute = |name: &str| element.attr(name).unwrap_or("");
    NEVER.contains(&name)
        || element.attr("hidden").is_some()
        || attribute("aria-hidden") == "true"
        || attribute("class").split_whitespace().any(|class| class == "headerlink")
        || matches!(attribute("role"), "navigation" | "search" | "banner" | "contentinfo")
        || (FRAME.contains(&name) && !node.ancestors().any(is_content))
}

fn is_content(node: NodeRef<'_, Node>) -> bool {
    node.value().as_element().is_some_and(|element| {
        matches!(element.name(), "main" | "article") || element.attr("role") == Some("main")
    })
}

#[derive(Default)]
struct Writer {
    out: String,
    line: String,
    /// Open lists: the number of the next item, or none where they have bullets.
    lists: Vec<Option<usize>>,
    /// What the next line of a list begins with.
    marker: String,
    quotes: usize,
    /// Language and text of an open `<pre>`.
    pre: Option<(String, String)>,
    table: Option<Table>,
}

#[derive(Default)]
struct Table {
    depth: usize,
    row: Vec<String>,
    rows: usize,
}

impl Writer {
    fn open(&mut self, element: &Element) {
        let name = element.name();
        if let Some((language, _)) = &mut self.pre {
            if language.is_empty() {
                *language = code_language(element);
            }
            return;
        }
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" if self.table.is_none() => {
                self.paragraph();
                let level = usize::from(name.as_bytes()[1] - b'0');
                self.line.push_str(&"#".repeat(level));
                self.line.push(' ');
            }
            "ul" | "ol" if self.table.is_none() => {
                if self.lists.is_empty() {
                    self.paragraph()
                } else {
                    self.end_line()
                }
                let start = element.attr("start").and_then(|start| start.parse().ok()).unwrap_or(1);
                self.lists.push((name == "ol").then_some(start));
            }
            "li" if self.table.is_none() => self.item(),
            "pre" if self.table.is_none() => {
                self.paragraph();
                self.pre = Some((code_language(element), String::new()));
            }
            "blockquote" => {
                self.paragraph();
                self.quotes += 1;
            }
            "table" => self.open_table(),
            "td" | "th" | "tr" if self.table.is_some() => self.space(),
            "code" | "kbd" | "samp" => self.line.push('`'),
            "br" | "dt" | "dd" => self.break_line(),
            "img" => self.text(element.attr("alt").unwrap_or("")),
            _ if BLOCKS.contains(&name) => self.paragraph(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        if let Some((language, text)) = self.pre.take_if(|_| name == "pre") {
            self.fence(&language, &text);
            return;
        }
        if self.pre.is_some() {
            return;
        }
        match name {
            "ul" | "ol" if self.table.is_none() => {
                self.end_line();
                self.lists.pop();
                if self.lists.is_empty() {
                    self.paragraph();
                }
            }
            "li" if self.table.is_none() => {
                self.end_line();
                self.marker.clear();
            }
            "blockquote" => {
                self.paragraph();
                self.quotes = self.quotes.saturating_sub(1);
            }
            "table" => self.close_table(),
            "td" | "th" => self.cell(),
            "tr" => self.row(),
            "code" | "kbd" | "samp" => self.line.push('`'),
            "dt" | "dd" => self.break_line(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.paragraph(),
            _ if BLOCKS.contains(&name) => self.paragraph(),
            _ => {}
        }
    }

    /// Text outside `<pre>` has its white space collapsed.
    fn text(&mut self, text: &str) {
        if let Some((_, pre)) = &mut self.pre {
            pre.push_str(text);
            return;
        }
        for c in text.chars() {
            if c.is_whitespace() { self.space() } else { self.line.push(c) }
        }
    }

    fn space(&mut self) {
        if !self.line.is_empty() && !self.line.ends_with(' ') {
            self.line.push(' ');
        }
    }

    fn break_line(&mut self) {
        if self.table.is_some() { self.space() } else { self.end_line() }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = line.trim();
        // Markup without content leaves its markers alone.
        if line.is_empty() || line.chars().all(|c| c == '#') {
            return;
        }
        let indent = "  ".repeat(self.lists.len().saturating_sub(1).min(MAX_LIST));
        let hang = if self.lists.is_empty() || !self.marker.is_empty() { "" } else { "  " };
        let marker = std::mem::take(&mut self.marker);
        let quotes = "> ".repeat(self.quotes.min(MAX_LIST));
        self.out.push_str(&format!("{quotes}{indent}{marker}{hang}{line}\n"));
    }

    /// Ends the line and, outside lists, leaves a blank one.
    fn paragraph(&mut self) {
        if self.table.is_some() {
            return self.space();
        }
        self.end_line();
        if self.lists.is_empty() && !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn item(&mut self) {
        self.end_line();
        self.marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "- ".to_owned(),
        };
    }

    fn fence(&mut self, language: &str, text: &str) {
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        let text = text.trim_matches(['\n', '\r']).trim_end();
        if !text.is_empty() {
            self.out.push_str(&format!("{fence}{language}\n{text}\n{fence}\n\n"));
        }
    }

    fn open_table(&mut self) {
        match &mut self.table {
            // A table in a table is text of its cell.
            Some(table) => table.depth += 1,
            None => {
                self.paragraph();
                if !self.out.is_empty() && !self.out.ends_with("\n\n") {
                    self.out.push('\n');
                }
                self.table = Some(Table::default());
            }
        }
    }

    fn close_table(&mut self) {
        match &mut self.table {
            Some(table) if table.depth > 0 => table.depth -= 1,
            _ => {
                self.row();
                self.table = None;
                self.paragraph();
            }
        }
    }

    fn cell(&mut self) {
        if let Some(table) = self.table.as_mut().filter(|table| table.depth == 0) {
            table.row.push(std::mem::take(&mut self.line).trim().replace('|', "\\|"));
        }
    }

    fn row(&mut self) {
        let Some(table) = self.table.as_mut().filter(|table| table.depth == 0) else { return };
        // A caption stands outside cells.
        let caption = std::mem::take(&mut self.line);
        if table.row.is_empty() {
            self.line = caption;
            return;
        }
        let row = std::mem::take(&mut table.row);
        if !caption.trim().is_empty() {
            self.out.push_str(&format!("{}\n\n", caption.trim()));
        }
        self.out.push_str(&format!("| {} |\n", row.join(" | ")));
        if table.rows == 0 {
            self.out.push_str(&format!("|{}\n", "---|".repeat(row.len())));
        }
        table.rows += 1;
    }

    fn finish(mut self) -> String {
        self.table = None;
        self.paragraph();
        if let Some((language, text)) = self.pre.take() {
            self.fence(&language, &text);
        }
        let end = self.out.trim_end().len();
        self.out.truncate(end);
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }
}

/// The language in a class `language-x`, `lang-x` or `highlight-x`.
fn code_language(element: &Element) -> String {
    let classes = element.attr("class").unwrap_or("").split_whitespace();
    let prefixes = ["language-", "lang-", "highlight-source-"];
    let mut named = classes.filter_map(|class| prefixes.iter().find_map(|prefix| class.strip_prefix(prefix)));
    let word = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '+' || c == '-');
    named.find(word).unwrap_or("").to_owned()
}
