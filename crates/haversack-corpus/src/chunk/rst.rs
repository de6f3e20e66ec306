use haversack_model::ChunkKind;

use crate::inline::one_line;

use super::outline::{Cut, Outline};

/// Deepest level of sections told apart; deeper ones stand side by side.
const MAX_LEVEL: usize = 8;

/// A section title and the lines it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Title {
    /// Line of an overline, or of the text.
    pub(crate) first: usize,
    /// Line of the text.
    pub(crate) text: usize,
    /// Level from 0, by first appearance of the style.
    pub(crate) level: usize,
}

/// The section titles among lines: text over a run of one punctuation mark at least as long.
pub(crate) fn titles(lines: &[&str]) -> Vec<Title> {
    let mut styles: Vec<(u8, bool)> = Vec::new();
    let mut titles: Vec<Title> = Vec::new();
    let mut taken = 0;
    for under in 1..lines.len() {
        let text = under - 1;
        let Some(mark) = adornment(lines[under]) else { continue };
        let words = lines[text].trim_end();
        let wide = words.trim_start().chars().count() <= lines[under].trim_end().len();
        if text < taken || words.is_empty() || !wide || adornment(words).is_some() {
            continue;
        }
        let over = text > taken && adornment(lines[text - 1]) == Some(mark);
        let free = over || text == 0 || lines[text - 1].trim().is_empty() || text == taken;
        if !free || (!over && words.starts_with([' ', '\t'])) {
            continue;
        }
        let level = styles.iter().position(|&style| style == (mark, over)).unwrap_or_else(|| {
            styles.push((mark, over));
            styles.len() - 1
        });
        titles.push(Title { first: text - usize::from(over), text, level: level.min(MAX_LEVEL) });
        taken = under + 1;
    }
    titles
}

/// The mark of a line that is a run of one punctuation mark.
fn adornment(line: &str) -> Option<u8> {
    let line = line.trim_end().as_bytes();
    let mark = *line.first()?;
    (line.len() >= 2 && mark.is_ascii_punctuation() && line.iter().all(|&b| b == mark)).then_some(mark)
}

/// Titles as sections; paragraphs, literal blocks and tables as blocks.
pub(super) fn outline(text: &str, body: usize) -> Outline {
    let lines: Vec<&str> = text[body..].split_inclusive('\n').collect();
    let trimmed: Vec<&str> = lines.iter().map(|line| line.trim_end_matches(['\n', '\r'])).collect();
    let titles = titles(&trimmed);
    let mut outline = Outline::new();
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut coming = titles.iter().peekable();
    let mut walk = Walk::default();
    let mut at = body;
    for (i, line) in lines.iter().enumerate() {
        if let Some(title) = coming.next_if(|title| title.first == i) {
            while open.last().is_some_and(|&(level, _)| level >= title.level) {
                open.pop();
            }
            let parent = open.last().map_or(0, |&(_, section)| section);
            walk.section = outline.section(parent, one_line(trimmed[title.text]));
            open.push((title.level, walk.section));
            outline.begin(at, walk.section, ChunkKind::Prose, Cut::Prose).heading = true;
            // The text and its underline follow; what comes after them begins a block of its own.
            (walk.heading_until, walk.blank, walk.literal) = (title.text + 2, true, false);
        } else if i >= walk.heading_until {
            walk.line(&mut outline, at, line);
        }
        at += line.len();
    }
    outline.close(body, text.len())
}

#[derive(Default)]
struct Walk {
    section: usize,
    heading_until: usize,
    /// Whether the line before was blank.
    blank: bool,
    /// Whether the paragraph before ended in `::` or was a directive, so that what is indented is literal.
    literal: bool,
    in_literal: bool,
}

impl Walk {
    fn line(&mut self, outline: &mut Outline, at: usize, line: &str) {
        let words = line.trim();
        if words.is_empty() {
            self.blank = true;
            return;
        }
        let indented = line.starts_with([' ', '\t']);
        if self.in_literal && indented {
            // Blank lines inside a literal block do not end it.
        } else if self.blank {
            self.in_literal = self.literal && indented;
            let (kind, cut) = if self.in_literal {
                (ChunkKind::Code, Cut::Lines)
            } else if words.starts_with("+-") || (words.starts_with("==") && words.contains(' ')) {
                (ChunkKind::Table, Cut::Lines)
            } else {
                (ChunkKind::Prose, Cut::Prose)
            };
            outline.begin(at, self.section, kind, cut);
        }
        if !indented {
            self.in_literal = false;
            self.literal = words.ends_with("::") || (words.starts_with(".. ") && words.contains("::"));
        }
        self.blank = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_have_levels_by_appearance() {
        let lines =
            ["====", "Over", "====", "", "Part", "----", "text", "", "Sub", "~~~~", "", "Next", "----"];
        let found: Vec<_> = titles(&lines).iter().map(|t| (t.first, t.text, t.level)).collect();
        assert_eq!(found, [(0, 1, 0), (4, 4, 1), (8, 8, 2), (11, 11, 1)]);
    }

    #[test]
    fn rules_and_short_underlines_are_no_titles() {
        assert!(titles(&["para", "", "-----", "", "Long title", "---"]).is_empty());
    }
}
