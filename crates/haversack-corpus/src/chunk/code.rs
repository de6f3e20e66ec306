use haversack_model::ChunkKind;
use tree_sitter::{Node, Parser};

use super::grammar::{self, Role};
use super::lines::LineStarts;
use super::outline::{Cut, Outline};
use super::plain;

/// Longest source that is parsed; what is longer was written by a program.
const MAX_BYTES: usize = 1 << 20;

/// Longest line that is parsed; minified code has longer ones.
const MAX_LINE: usize = 16 << 10;

/// Deepest nesting of brackets that is parsed.
const MAX_NESTING: usize = 256;

/// Deepest nesting of items told apart.
const MAX_DEPTH: usize = 8;

/// Items as blocks, items that hold items as sections.
///
/// The limits are of size, not of time, so that the outcome is the same on every machine.
pub(super) fn outline(text: &str, body: usize, language: &str) -> Outline {
    parsed(text, body, language).unwrap_or_else(|| plain::code(text, body))
}

fn parsed(text: &str, body: usize, language: &str) -> Option<Outline> {
    if !is_reasonable(text) {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&grammar::of(language)?).ok()?;
    let tree = parser.parse(text, None)?;
    let mut walk = Walk { text, language, outline: Outline::new(), lines: LineStarts::new(body) };
    walk.outline.begin(body, 0, ChunkKind::Code, Cut::Lines);
    walk.items(tree.root_node(), 0, 0);
    Some(walk.outline.close(body, text.len()))
}

fn is_reasonable(text: &str) -> bool {
    let (mut line, mut nesting) = (0_usize, 0_usize);
    for byte in text.bytes() {
        line = if byte == b'\n' { 0 } else { line + 1 };
        match byte {
            b'(' | b'[' | b'{' => nesting += 1,
            b')' | b']' | b'}' => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        if line > MAX_LINE || nesting > MAX_NESTING {
            return false;
        }
    }
    text.len() <= MAX_BYTES
}

struct Walk<'a> {
    text: &'a str,
    language: &'a str,
    outline: Outline,
    lines: LineStarts,
}

impl Walk<'_> {
    fn items(&mut self, node: Node<'_>, section: usize, depth: usize) {
        let mut preface: Option<usize> = None;
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            match grammar::role(child, self.text, self.language) {
                Role::Preface => {
                    let start = preface.unwrap_or_else(|| child.start_byte());
                    preface = self.awaits(child).then_some(start);
                    if preface.is_none() {
                        self.block(start, section);
                    }
                }
                Role::Other => {
                    self.block(preface.take().unwrap_or_else(|| child.start_byte()), section);
                }
                Role::Item(name) => {
                    let start = preface.take().unwrap_or_else(|| child.start_byte());
                    self.item(start, section, name);
                }
                Role::Container(name, body) => {
                    let start = preface.take().unwrap_or_else(|| child.start_byte());
                    self.container(start, section, name, body, depth);
                }
            }
        }
        if let Some(start) = preface {
            self.block(start, section);
        }
    }

    fn container(&mut self, start: usize, section: usize, name: String, body: Node<'_>, depth: usize) {
        if depth >= MAX_DEPTH || body.named_child_count() == 0 {
            return self.item(start, section, name);
        }
        let inner = self.outline.section(section, name);
        let head = self.block(start, inner);
        let before = self.outline.blocks.len();
        self.items(body, inner, depth + 1);
        // The head waits for what it holds; where nothing follows on a line of its own, it is the whole item.
        if let Some(head) = head.filter(|_| self.outline.blocks.len() > before) {
            self.outline.blocks[head].heading = true;
        }
    }

    fn item(&mut self, start: usize, section: usize, name: String) {
        if let Some(block) = self.block(start, section) {
            let item = self.outline.section(section, name);
            self.outline.blocks[block].item = Some(item);
        }
    }

    /// Begins a block on the line of a byte, if that line does not belong to one already.
    fn block(&mut self, at: usize, section: usize) -> Option<usize> {
        let from = self.lines.of(self.text, at);
        let first = self.outline.blocks.len() == 1 && self.outline.blocks[0].section == 0;
        match self.outline.blocks.last() {
            // The block that was begun for the head of the file, before its first item.
            Some(last) if last.from == from && first => self.outline.blocks[0].section = section,
            Some(last) if last.from >= from => return None,
            _ => {
                self.outline.begin(from, section, ChunkKind::Code, Cut::Lines);
            }
        }
        Some(self.outline.blocks.len() - 1)
    }

    /// Whether a comment or attribute stands right before the next item.
    fn awaits(&self, comment: Node<'_>) -> bool {
        let Some(next) = comment.next_named_sibling() else { return false };
        let gap = self.text.get(comment.end_byte()..next.start_byte()).unwrap_or("");
        // Some grammars end a line comment after its line break.
        let ended = self.text[..comment.end_byte()].ends_with('\n');
        gap.bytes().filter(|&b| b == b'\n').count() + usize::from(ended) <= 1
    }
}
