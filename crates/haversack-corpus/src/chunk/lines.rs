/// First byte of the line that holds a byte, not before `floor`.
pub(super) fn line_start(text: &str, floor: usize, at: usize) -> usize {
    text.as_bytes()[floor..at].iter().rposition(|&b| b == b'\n').map_or(floor, |newline| floor + newline + 1)
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
