/// Starts of lines, for places that are asked for in order: a long line is searched once, not once for each place.
#[derive(Debug)]
pub(super) struct LineStarts {
    at: usize,
    start: usize,
}

impl LineStarts {
    /// Lines from `floor` on.
    pub(super) fn new(floor: usize) -> Self {
        Self { at: floor, start: floor }
    }

    /// First byte of the line that holds a byte; a place before the last one is taken to be on its line.
    pub(super) fn of(&mut self, text: &str, at: usize) -> usize {
        if at > self.at {
            if let Some(newline) = text.as_bytes()[self.at..at].iter().rposition(|&b| b == b'\n') {
                self.start = self.at + newline + 1;
            }
            self.at = at;
        }
        self.start
    }
}

/// Starts of lines that follow a blank line, within `[from, to)`.
pub(super) fn paragraph_starts(text: &str, from: usize, to: usize) -> Vec<usize> {
    let mut starts = Vec::new();
    let (mut at, mut blank) = (from, false);
    for line in text[from..to].split_inclusive('\n') {
        let empty = line.bytes().all(|b| b.is_ascii_whitespace());
        if blank && !empty {
            starts.push(at);
        }
        blank = empty && at + line.len() > from;
        at += line.len();
    }
    starts
}

/// Starts of all lines but the first, within `[from, to)`.
pub(super) fn line_starts(text: &str, from: usize, to: usize) -> Vec<usize> {
    let newlines = text.as_bytes()[from..to].iter().enumerate().filter(|&(_, &b)| b == b'\n');
    newlines.map(|(at, _)| from + at + 1).filter(|&at| at < to).collect()
}
