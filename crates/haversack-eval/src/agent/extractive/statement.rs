//! The text of a passage, cut into statements: sentences, rows of tables, lines of code.

use std::ops::Range;

/// How a statement is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A sentence, or an item of a list.
    Prose,
    /// A row of a table; its cells stand between `|`.
    Row,
    /// A line of code.
    Code,
}

/// One statement: bytes of a passage's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    /// Where it stands, without blanks around it.
    pub bytes: Range<usize>,
    /// How it is written.
    pub form: Form,
    /// The last heading before it, if one stands in the passage.
    pub heading: Option<Range<usize>>,
    /// The first row of its table, if it is a row.
    pub header: Option<Range<usize>>,
    /// Number of its paragraph, list item, table or block of code.
    pub block: usize,
}

/// Cuts a text into statements, in the order of the text; headings are not statements.
pub(super) fn statements(text: &str) -> Vec<Statement> {
    let mut cutter =
        Cutter { text, found: Vec::new(), heading: None, header: None, block: 0, open: None, fence: false };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        cutter.line(at..at + line.len());
        at += line.len();
    }
    cutter.flush();
    cutter.found
}

struct Cutter<'a> {
    text: &'a str,
    found: Vec<Statement>,
    heading: Option<Range<usize>>,
    header: Option<Range<usize>>,
    block: usize,
    /// The paragraph being read.
    open: Option<Range<usize>>,
    fence: bool,
}

/// A line shorter than this that ends without punctuation was not wrapped: the next line is another statement.
const WRAPPED: usize = 60;

/// Most bytes of a statement: what is done within one may take time in the square of its length.
const LONGEST: usize = 800;

impl Cutter<'_> {
    fn line(&mut self, line: Range<usize>) {
        let trimmed = self.text[line.clone()].trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            self.flush();
            self.fence = !self.fence;
            self.block += 1;
        } else if self.fence {
            self.push(line, Form::Code);
        } else if trimmed.is_empty() || trimmed.chars().all(|c| matches!(c, '-' | '=' | '*' | '_' | '+')) {
            self.flush();
            self.header = None;
        } else if trimmed.starts_with('|') {
            self.flush();
            self.row(line, trimmed);
        } else if let Some(depth) = heading(trimmed) {
            self.flush();
            let from = line.start + self.text[line.clone()].find('#').unwrap_or(0) + depth;
            self.heading = Some(from..line.end);
        } else {
            self.prose(line, trimmed);
        }
    }

    fn row(&mut self, line: Range<usize>, trimmed: &str) {
        match &self.header {
            None => {
                let mut end = line.end.min(line.start + LONGEST);
                while !self.text.is_char_boundary(end) {
                    end -= 1;
                }
                self.header = Some(line.start..end);
                // A table that was cut has no header: its first row counts as a statement as well.
                self.push(line, Form::Row);
            }
            Some(_) if trimmed.chars().all(|c| matches!(c, '|' | '-' | ':' | ' ' | '+')) => {
                let header = self.header.clone();
                if self.found.last().is_some_and(|last| {
                    Some(&last.bytes.start) <= header.as_ref().map(|h| &h.end) && last.header == header
                }) {
                    self.found.pop();
                }
            }
            Some(_) => self.push(line, Form::Row),
        }
    }

    fn prose(&mut self, line: Range<usize>, trimmed: &str) {
        let begins = item(trimmed) || keyed(trimmed);
        match &mut self.open {
            Some(open) if !begins => {
                let before = self.text[open.clone()].trim_end();
                let last = before.rsplit('\n').next().unwrap_or_default();
                let goes_on = last.chars().count() >= WRAPPED
                    || last.ends_with([',', '-', '(', '/'])
                    || trimmed.starts_with(|c: char| c.is_lowercase());
                if goes_on {
                    open.end = line.end;
                } else {
                    self.sentences();
                    self.open = Some(line);
                }
            }
            _ => {
                self.flush();
                self.open = Some(line);
            }
        }
    }

    /// Ends the paragraph.
    fn flush(&mut self) {
        self.sentences();
        self.block += 1;
    }

    fn sentences(&mut self) {
        let Some(open) = self.open.take() else { return };
        let text = &self.text[open.clone()];
        let mut from = 0;
        for end in ends(text) {
            self.push(open.start + from..open.start + end, Form::Prose);
            from = end;
        }
        self.push(open.start + from..open.end, Form::Prose);
    }

    /// Adds a statement; one that is too long is cut at a blank.
    fn push(&mut self, mut bytes: Range<usize>, form: Form) {
        while bytes.len() > LONGEST {
            let mut end = bytes.start + LONGEST;
            while !self.text.is_char_boundary(end) {
                end -= 1;
            }
            let blank = self.text[bytes.start..end].rfind(char::is_whitespace).filter(|at| *at > LONGEST / 2);
            let cut = blank.map_or(end, |at| bytes.start + at);
            self.add(bytes.start..cut, form);
            bytes.start = cut;
        }
        self.add(bytes, form);
    }

    fn add(&mut self, bytes: Range<usize>, form: Form) {
        let text = &self.text[bytes.clone()];
        let from = bytes.start + (text.len() - text.trim_start().len());
        let to = from + text.trim().len();
        if from < to {
            let header = self.header.clone().filter(|_| form == Form::Row);
            self.found.push(Statement {
                bytes: from..to,
                form,
                heading: self.heading.clone(),
                header,
                block: self.block,
            });
        }
    }
}

fn heading(line: &str) -> Option<usize> {
    let depth = line.bytes().take_while(|byte| *byte == b'#').count();
    ((1..=6).contains(&depth) && line[depth..].starts_with(' ')).then_some(depth)
}

/// Whether a line begins an item of a list.
fn item(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    line.starts_with("- ")
        || line.starts_with("* ")
        || line.starts_with("+ ")
        || line.starts_with("> ")
        || (1..=3).contains(&digits) && (line[digits..].starts_with(". ") || line[digits..].starts_with(") "))
}

/// Whether a line is a field of a record: `limit: 500`.
fn keyed(line: &str) -> bool {
    let key =
        line.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')).count();
    key > 0 && line[key..].starts_with(": ")
}

/// Where sentences of a paragraph end: after `.`, `?`, `!` with a blank behind, but not after an abbreviation.
fn ends(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let wide = matches!(c, '。' | '！' | '？');
        if !wide && !matches!(c, '.' | '?' | '!') {
            continue;
        }
        let mut end = at + c.len_utf8();
        while let Some((_, closing)) =
            chars.next_if(|(_, c)| matches!(c, '"' | ')' | '*' | '\'' | '\u{201d}' | '`' | '_' | ']'))
        {
            end += closing.len_utf8();
        }
        let rest = &text[end..];
        let next = rest.trim_start().chars().next();
        let blank = rest.starts_with(char::is_whitespace);
        let opens = next.is_some_and(|c| !c.is_lowercase() && !matches!(c, ',' | ';' | '.'));
        if wide || blank && opens && !(c == '.' && abbreviated(&text[..at])) {
            ends.push(end);
        }
    }
    ends
}

fn abbreviated(before: &str) -> bool {
    let word =
        before.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '*')).next().unwrap_or_default();
    let short = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    // The number of a list item, `1.`: the word begins its line.
    let line = before[..before.len() - word.len()].trim_end_matches([' ', '\t']);
    let digits = !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    let number = digits && (line.is_empty() || line.ends_with('\n'));
    short
        || number
        || word.contains('.') && word.len() < 6 && !word.contains(|c: char| c.is_ascii_digit())
        || matches!(
            word,
            "Dr" | "Mr"
                | "Mrs"
                | "Ms"
                | "St"
                | "vs"
                | "No"
                | "Jr"
                | "Sr"
                | "Inc"
                | "Ltd"
                | "Co"
                | "approx"
                | "ca"
                | "etc"
                | "bzw"
                | "Nr"
                | "Dec"
                | "Jan"
                | "Feb"
                | "Aug"
                | "Sept"
                | "Oct"
                | "Nov"
                | "cf"
                | "resp"
                | "Prof"
                | "Gen"
                | "Col"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        statements(text).into_iter().map(|statement| &text[statement.bytes]).collect()
    }

    #[test]
    fn sentences_end_at_full_stops_but_not_at_abbreviations() {
        let text = "G. Stanley Hall led it, e.g. in 1892. Release 2026.4 came next! \"Now?\" Yes.";
        assert_eq!(
            cut(text),
            ["G. Stanley Hall led it, e.g. in 1892.", "Release 2026.4 came next!", "\"Now?\"", "Yes."]
        );
    }

    #[test]
    fn wrapped_lines_are_one_statement_and_items_are_many() {
        let text = "# Limits\n\nAn event is accepted if its timestamp is at most 72 hours late, compared\nwith now.\n- one\n- two\n";
        assert_eq!(
            cut(text),
            [
                "An event is accepted if its timestamp is at most 72 hours late, compared\nwith now.",
                "- one",
                "- two"
            ]
        );
        assert_eq!(statements(text)[0].heading, Some(1..9));
        assert_eq!(cut("limit: 5\nunit: s\n"), ["limit: 5", "unit: s"]);
    }

    #[test]
    fn rows_know_the_header_of_their_table() {
        let text = "| Plan | Price |\n| --- | --- |\n| Team | 19 |\n\n```\ncode();\n```\n";
        let found = statements(text);
        assert_eq!(cut(text), ["| Team | 19 |", "code();"]);
        assert_eq!(found[0].header, Some(0..17));
        assert_eq!((found[0].form, found[1].form), (Form::Row, Form::Code));
    }
}
