use unicode_segmentation::UnicodeSegmentation;

use super::cut::{Cutter, Piece};

/// Attempts at guessing how far a piece may reach before it is simply halved.
const ATTEMPTS: usize = 6;

/// Bytes before the end of a piece in which a word border is looked for.
const BORDER: usize = 64;

/// Cuts text that has no sentences or lines: at white space, else between words, else between characters.
///
/// How many bytes fit is guessed from the piece before and corrected by counting, so that the counter sees each
/// byte a bounded number of times, however long the text.
pub(super) struct Fill<'a, 'b> {
    cutter: &'a Cutter<'b>,
    /// Bytes for each 16 tokens, as seen so far.
    rate: usize,
}

impl<'a, 'b> Fill<'a, 'b> {
    pub(super) fn new(cutter: &'a Cutter<'b>) -> Self {
        Self { cutter, rate: 64 }
    }

    pub(super) fn fill(mut self, pieces: &mut Vec<Piece>, from: usize, to: usize) {
        let mut at = from;
        while at < to {
            let room = self.cutter.free(pieces.is_empty(), self.cutter.target);
            let (end, tokens) = self.reach(at, to, room);
            let border = if end < to { self.border(at, end) } else { end };
            let tokens = if border == end { tokens } else { self.count(at, border) };
            if !self.cutter.join(pieces, border, tokens) {
                pieces.push(Piece { from: at, to: border, tokens });
            }
            at = border;
        }
    }

    fn count(&self, from: usize, to: usize) -> usize {
        self.cutter.counter.count(&self.cutter.text[from..to])
    }

    /// An end such that `[at, end)` has at most `room` tokens and not many fewer, at least one character away.
    fn reach(&mut self, at: usize, to: usize, room: usize) -> (usize, usize) {
        let text = self.cutter.text;
        let least = text[at..].chars().next().map_or(1, char::len_utf8);
        let most = self.cutter.limits.bytes().min(to - at);
        let clamp =
            |bytes: usize| text.floor_char_boundary(at + bytes.clamp(least, most.max(least))).max(at + least);
        let mut end = clamp(room * self.rate / 16);
        let mut tokens = self.count(at, end);
        for _ in 0..ATTEMPTS {
            let length = end - at;
            let short = tokens * 8 < room * 7 && length < most;
            if tokens <= room && !short {
                break;
            }
            let scaled = length * room / tokens.max(1);
            let next = clamp(if short { scaled.min(length * 4) * 31 / 32 } else { scaled * 15 / 16 });
            if next == end || (short && next < end) {
                break;
            }
            let counted = self.count(at, next);
            if short && counted > room {
                break;
            }
            (end, tokens) = (next, counted);
        }
        while tokens > room && end - at > least {
            end = clamp((end - at) / 2);
            tokens = self.count(at, end);
        }
        self.rate = ((end - at) * 16 / tokens.max(1)).clamp(8, 1_024);
        (end, tokens)
    }

    /// The last good place to cut in the later part of `[at, end)`; `end` itself if there is none.
    fn border(&self, at: usize, end: usize) -> usize {
        let text = self.cutter.text;
        let floor = text.ceil_char_boundary(at + (end - at) * 3 / 5 + 1).min(end);
        let good = |place: &usize| *place > at && *place <= end && !self.cutter.outline.splits_whole(*place);
        let tail = &text[floor..end];
        let after = |c: char, i: usize| floor + i + c.len_utf8();
        let newline = tail.rmatch_indices('\n').map(|(i, _)| floor + i + 1).find(good);
        let space = || {
            tail.char_indices().rev().filter(|(_, c)| c.is_whitespace()).map(|(i, c)| after(c, i)).find(good)
        };
        let word = || {
            let near = text.ceil_char_boundary(end.saturating_sub(BORDER).max(floor));
            let far = text.floor_char_boundary((end + BORDER).min(text.len()));
            let borders = text[near..far].split_word_bound_indices().map(|(i, _)| near + i);
            borders.rev().filter(|&place| place > near).find(good)
        };
        newline.or_else(space).or_else(word).unwrap_or(end)
    }
}
