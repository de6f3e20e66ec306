use pulldown_cmark::{Event, Options, Parser};

/// Longest title or heading kept, in characters; what is longer is a paragraph that lost its way.
const MAX_TITLE: usize = 256;

/// A title on one line: white space runs become one space, control characters go, and it ends after 256 characters.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    let mut kept = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
            kept += 1;
        }
        for c in word.chars() {
            if kept >= MAX_TITLE {
                line.push('…');
                return line;
            }
            line.push(c);
            kept += 1;
        }
    }
    line
}

/// The words of one line of Markdown, without its markup.
pub(crate) fn plain(markdown: &str) -> String {
    let mut text = String::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    one_line(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_breaks_go() {
        assert_eq!(plain("# The `fn` **and** [link](https://x)"), "The fn and link");
        assert_eq!(one_line("  a\r\n\tb "), "a b");
        assert_eq!(one_line(&"x".repeat(500)).chars().count(), 257);
    }
}
