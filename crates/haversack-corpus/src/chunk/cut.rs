use haversack_model::TokenCounter;
use unicode_segmentation::UnicodeSegmentation;

use super::Limits;
use super::fill::Fill;
use super::lines::{line_starts, paragraph_starts};
use super::outline::{Cut, Outline};

/// A stretch of text and about how many tokens it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) tokens: usize,
}

/// Cuts one block that is too long into pieces that fit.
pub(super) struct Cutter<'a> {
    pub(super) text: &'a str,
    pub(super) outline: &'a Outline,
    pub(super) counter: &'a dyn TokenCounter,
    pub(super) limits: Limits,
    /// Tokens that pieces are joined up to.
    pub(super) target: usize,
    /// Tokens that no piece may exceed.
    pub(super) room: usize,
    /// Tokens that the first piece must leave free, for the heading before it.
    pub(super) reserved: usize,
}

#[derive(Clone, Copy)]
enum Level {
    Paragraph,
    Sentence,
    Line,
}

impl Cutter<'_> {
    /// The pieces of `[from, to)`, contiguous and in order.
    pub(super) fn cut(&self, from: usize, to: usize, cut: Cut) -> Vec<Piece> {
        let levels: &[Level] = match cut {
            Cut::Prose => &[Level::Paragraph, Level::Sentence],
            Cut::Lines => &[Level::Paragraph, Level::Line],
        };
        let mut pieces = Vec::new();
        self.feed(&mut pieces, from, to, None, levels);
        pieces
    }

    /// Tokens of a stretch; nothing where it is too long to be worth counting.
    pub(super) fn tokens(&self, from: usize, to: usize) -> Option<usize> {
        (to - from <= self.limits.bytes()).then(|| self.counter.count(&self.text[from..to]))
    }

    fn feed(&self, pieces: &mut Vec<Piece>, from: usize, to: usize, known: Option<usize>, levels: &[Level]) {
        let tokens = known.or_else(|| self.tokens(from, to));
        if let Some(tokens) = tokens {
            if self.join(pieces, to, tokens) {
                return;
            }
            if tokens <= self.free(pieces.is_empty(), self.room) {
                pieces.push(Piece { from, to, tokens });
                return;
            }
        }
        let Some((level, finer)) = levels.split_first() else {
            Fill::new(self).fill(pieces, from, to);
            return;
        };
        let starts = self.starts(*level, from, to);
        if starts.is_empty() {
            return self.feed(pieces, from, to, tokens, finer);
        }
        let mut at = from;
        for next in starts.into_iter().chain([to]) {
            self.feed(pieces, at, next, None, finer);
            at = next;
        }
    }

    /// Extends the last piece if the result stays within the target.
    pub(super) fn join(&self, pieces: &mut [Piece], to: usize, tokens: usize) -> bool {
        let first = pieces.len() == 1;
        let Some(last) = pieces.last_mut() else { return false };
        let fits = last.tokens + tokens <= self.free(first, self.target);
        if fits {
            last.to = to;
            last.tokens += tokens;
        }
        fits
    }

    /// What is left of a limit after the reservation for the first piece.
    pub(super) fn free(&self, first: bool, limit: usize) -> usize {
        if first { limit.saturating_sub(self.reserved).max(1) } else { limit }
    }

    fn starts(&self, level: Level, from: usize, to: usize) -> Vec<usize> {
        let starts = match level {
            Level::Paragraph => paragraph_starts(self.text, from, to),
            Level::Line => line_starts(self.text, from, to),
            Level::Sentence => sentence_starts(self.text, from, to),
        };
        starts.into_iter().filter(|&at| !self.outline.splits_whole(at)).collect()
    }
}

/// Starts of sentences (UAX 29), but for those that only a line break makes.
fn sentence_starts(text: &str, from: usize, to: usize) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut before = "";
    for (at, sentence) in text[from..to].split_sentence_bound_indices() {
        if at > 0 && (!before.ends_with(['\n', '\r']) || ends_sentence(before)) {
            starts.push(from + at);
        }
        // Blank stretches do not hide the end of the sentence before them.
        if !sentence.trim().is_empty() || before.is_empty() {
            before = sentence;
        }
    }
    starts
}

fn ends_sentence(sentence: &str) -> bool {
    sentence
        .trim_end()
        .trim_end_matches(['"', '\'', ')', ']', '*', '_', '”', '’', '»'])
        .ends_with(['.', '!', '?', ':', '…', '。', '！', '？'])
}
