use haversack_model::ChunkKind;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::inline::one_line;

use super::lines::LineStarts;
use super::outline::{Cut, Outline};

/// The extensions of CommonMark that documents in the wild use.
fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
}

/// Headings as sections; paragraphs, list items, tables, fences as blocks.
///
/// A block begins at the start of the line where its syntax begins, so that markers of lists and quotes stay with
/// their text. Only headings outside lists and quotes make sections.
pub(super) fn outline(text: &str, body: usize) -> Outline {
    let mut walk = Walk {
        text,
        lines: LineStarts::new(body),
        outline: Outline::new(),
        open: Vec::new(),
        section: 0,
        containers: 0,
        heading: None,
        links: 0,
    };
    for (event, range) in Parser::new_ext(&text[body..], options()).into_offset_iter() {
        walk.event(event, body + range.start, body + range.end);
    }
    let Walk { mut outline, .. } = walk;
    outline.whole.sort_unstable();
    outline.close(body, text.len())
}

struct Walk<'a> {
    text: &'a str,
    lines: LineStarts,
    outline: Outline,
    /// Sections that are open, with their levels, outermost first.
    open: Vec<(HeadingLevel, usize)>,
    section: usize,
    /// Lists, quotes and footnotes around the current place.
    containers: usize,
    /// Text of the heading that is being read.
    heading: Option<(HeadingLevel, usize, String)>,
    links: usize,
}

impl Walk<'_> {
    fn event(&mut self, event: Event<'_>, from: usize, to: usize) {
        match event {
            Event::Start(tag) => self.start(&tag, from, to),
            Event::End(tag) => self.end(tag),
            Event::Rule => self.begin(from, ChunkKind::Prose, Cut::Prose),
            Event::Text(part) => self.words(&part),
            Event::Code(part) => {
                self.words(&part);
                self.keep_whole(from, to);
            }
            Event::SoftBreak | Event::HardBreak => self.words(" "),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, from: usize, to: usize) {
        match tag {
            Tag::Heading { level, .. } if self.containers == 0 => {
                self.heading = Some((*level, self.lines.of(self.text, from), String::new()));
            }
            Tag::BlockQuote(_) | Tag::List(_) => self.containers += 1,
            Tag::FootnoteDefinition(_) => {
                self.begin(from, ChunkKind::Prose, Cut::Prose);
                self.containers += 1;
            }
            Tag::Paragraph | Tag::Item | Tag::HtmlBlock | Tag::Heading { .. } => {
                self.begin(from, ChunkKind::Prose, Cut::Prose);
            }
            Tag::CodeBlock(_) => self.begin(from, ChunkKind::Code, Cut::Lines),
            Tag::Table(_) => self.begin(from, ChunkKind::Table, Cut::Lines),
            Tag::Link { .. } | Tag::Image { .. } => {
                if self.links == 0 {
                    self.keep_whole(from, to);
                }
                self.links += 1;
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => self.close_heading(),
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::FootnoteDefinition => {
                self.containers = self.containers.saturating_sub(1);
            }
            TagEnd::Link | TagEnd::Image => self.links = self.links.saturating_sub(1),
            _ => {}
        }
    }

    fn close_heading(&mut self) {
        let Some((level, from, title)) = self.heading.take() else { return };
        while self.open.last().is_some_and(|&(above, _)| above >= level) {
            self.open.pop();
        }
        let parent = self.open.last().map_or(0, |&(_, section)| section);
        self.section = self.outline.section(parent, one_line(&title));
        self.open.push((level, self.section));
        self.outline.begin(from, self.section, ChunkKind::Prose, Cut::Prose).heading = true;
    }

    fn begin(&mut self, from: usize, kind: ChunkKind, cut: Cut) {
        let from = self.lines.of(self.text, from);
        self.outline.begin(from, self.section, kind, cut);
    }

    fn words(&mut self, part: &str) {
        if let Some((_, _, title)) = &mut self.heading {
            title.push_str(part);
        }
    }

    fn keep_whole(&mut self, from: usize, to: usize) {
        if self.links == 0 {
            self.outline.whole.push((from, to));
        }
    }
}
