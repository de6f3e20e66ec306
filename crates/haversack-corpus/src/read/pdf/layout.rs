/// Puts glyphs that come with places together into words, lines and paragraphs.
///
/// Thresholds are in heights of the type: a gap of a fifth is a space, half a height down is a new line, and a
/// step of more than 1.7 heights a new paragraph.
#[derive(Debug, Default)]
pub(super) struct Layout {
    out: String,
    /// Where the last glyph ended, and its height.
    last: Option<(f64, f64, f64)>,
}

impl Layout {
    /// Adds a glyph's text, from `(x, y)` to `end`, in type of a height.
    pub(super) fn glyph(&mut self, text: &str, from: (f64, f64), end: (f64, f64), height: f64) {
        let height = if height.is_finite() && height > 0.01 { height } else { 1.0 };
        if let Some((x, y, before)) = self.last {
            let size = height.max(before);
            let (right, down) = (from.0 - x, y - from.1);
            if down.abs() > size * 0.5 {
                self.new_line(down > size * 1.7 || down < -size * 0.8);
            } else if right < -size * 2.0 {
                self.new_line(false);
            } else if right > height * 0.2 {
                self.space();
            }
        }
        for c in text.chars() {
            if c.is_whitespace() || c.is_control() { self.space() } else { self.out.push(c) }
        }
        self.last = Some((end.0, end.1, height));
    }

    /// Bytes of text so far.
    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    fn space(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
    }

    fn new_line(&mut self, paragraph: bool) {
        let end = self.out.trim_end_matches(' ').len();
        self.out.truncate(end);
        if self.out.is_empty() {
            return;
        }
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        if paragraph && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// The text, with words joined that were broken at the end of a line.
    pub(super) fn finish(self) -> String {
        let mut text = String::with_capacity(self.out.len());
        for line in self.out.split_inclusive('\n') {
            let broken = text.ends_with("-\n") && text[..text.len() - 2].ends_with(char::is_lowercase);
            if broken && line.starts_with(char::is_lowercase) {
                text.truncate(text.len() - 2);
            }
            text.push_str(line);
        }
        text.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_become_words_lines_and_paragraphs() {
        let mut layout = Layout::default();
        for (text, x, y) in
            [("exam-", 0.0, 100.0), ("ple", 0.0, 88.0), ("x", 40.0, 88.0), ("Next", 0.0, 60.0)]
        {
            layout.glyph(text, (x, y), (x + 5.0, y), 10.0);
        }
        assert_eq!(layout.finish(), "example x\n\nNext");
    }
}
