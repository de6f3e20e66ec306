use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

use haversack_model::{Candidate, Passage};

use crate::options::PackOptions;
use crate::{passages, render};

/// Candidates whose cost is counted before the least of them is taken for the least of all.
const SAMPLE: usize = 8;

/// What candidates of a ranking are estimated to cost in tokens; each is counted once, when it is needed.
pub(crate) struct Costs<'a> {
    ranking: &'a [Candidate],
    options: &'a PackOptions<'a>,
    header: Vec<OnceCell<usize>>,
    body: Vec<OnceCell<usize>>,
    counted: Cell<usize>,
    least_header: Cell<usize>,
    /// The least that a text as the format writes it costs, over the text alone.
    least_ratio: Cell<f64>,
}

impl<'a> Costs<'a> {
    pub(crate) fn new(ranking: &'a [Candidate], options: &'a PackOptions<'a>) -> Self {
        Self {
            ranking,
            options,
            header: vec![OnceCell::new(); ranking.len()],
            body: vec![OnceCell::new(); ranking.len()],
            counted: Cell::new(0),
            least_header: Cell::new(usize::MAX),
            least_ratio: Cell::new(f64::MAX),
        }
    }

    /// Tokens of what the format writes around all passages.
    pub(crate) fn frame(&self) -> usize {
        let (open, _, close) = render::frame(self.options.format);
        let counted =
            [open, close].map(|text| if text.is_empty() { 0 } else { self.options.counter.count(text) });
        counted[0].saturating_add(counted[1])
    }

    /// Tokens of a candidate's text as the format writes it; at least 1.
    pub(crate) fn body(&self, i: usize) -> usize {
        let candidate = &self.ranking[i];
        *self.body[i].get_or_init(|| {
            let body = match render::body(&candidate.chunk.text, self.options.format) {
                Cow::Borrowed(_) => candidate.tokens.max(1),
                Cow::Owned(text) => self.options.counter.count(&text).max(1),
            };
            let ratio = body as f64 / candidate.tokens.max(1) as f64;
            self.least_ratio.set(self.least_ratio.get().min(ratio));
            body
        })
    }

    /// Tokens of what the format writes around a candidate's text.
    pub(crate) fn header(&self, i: usize) -> usize {
        *self.header[i].get_or_init(|| {
            let text = String::new();
            // The number is not known yet; most packs have fewer than a hundred passages.
            let empty = Passage { text, ..passages::passage(self.ranking, &[i]) };
            let mut out = String::new();
            render::write(&mut out, 10, &empty, self.options.format);
            out.push_str(render::frame(self.options.format).1);
            let header = self.options.counter.count(&out);
            self.counted.set(self.counted.get() + 1);
            self.least_header.set(self.least_header.get().min(header));
            header
        })
    }

    /// The least that a candidate can cost: its text, and once enough were counted, what every one of those cost above
    /// theirs. Without it, hundreds of texts and headers would be counted to find that none fits the last gap.
    pub(crate) fn least(&self, i: usize, with_header: bool) -> usize {
        let tokens = self.ranking[i].tokens.max(1);
        if self.counted.get() < SAMPLE {
            return tokens;
        }
        let header = if with_header { self.least_header.get() } else { 0 };
        header.saturating_add((tokens as f64 * self.least_ratio.get()) as usize)
    }
}
