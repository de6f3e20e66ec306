use haversack_model::{Chunk, ChunkId, ChunkKind, Document, Lines, Span, TokenCounter};

use super::Limits;
use super::breadcrumb::Breadcrumbs;
use super::outline::Outline;
use super::pack::Draft;

/// Turns drafts into chunks, and keeps the promise on their size by counting each as it will be embedded.
///
/// Counts are not additive, so a draft of about the right size may turn out too long; it is then halved.
pub(super) fn finish(
    document: &Document,
    outline: &Outline,
    drafts: Vec<Draft>,
    limits: Limits,
    counter: &dyn TokenCounter,
) -> Vec<Chunk> {
    let crumbs = Breadcrumbs::new(&document.record.title, outline, limits, counter);
    let mut finish = Finish { document, outline, limits, counter, crumbs, spans: Vec::new() };
    for draft in drafts {
        finish.draft(&draft);
    }
    finish.chunks()
}

struct Placed {
    from: usize,
    to: usize,
    breadcrumb: Vec<String>,
    kind: ChunkKind,
}

struct Finish<'a> {
    document: &'a Document,
    outline: &'a Outline,
    limits: Limits,
    counter: &'a dyn TokenCounter,
    crumbs: Breadcrumbs<'a>,
    spans: Vec<Placed>,
}

impl Finish<'_> {
    fn draft(&mut self, draft: &Draft) {
        let kind = match draft.kinds {
            [prose, code, table] if prose >= code && prose >= table => ChunkKind::Prose,
            [_, code, table] if code >= table => ChunkKind::Code,
            _ => ChunkKind::Table,
        };
        let breadcrumb = self.crumbs.of(draft.place()).parts.clone();
        let breadcrumb = self.without_echo(breadcrumb, draft.from, draft.to);
        // A stack, not recursion: the first half is on top.
        let mut rest = vec![(draft.from, draft.to)];
        while let Some((from, to)) = rest.pop() {
            if from == to || self.is_tail(from, to) {
                continue;
            }
            if self.fits(&breadcrumb, from, to) {
                self.spans.push(Placed { from, to, breadcrumb: breadcrumb.clone(), kind });
            } else if let Some(middle) = self.middle(from, to) {
                rest.extend([(middle, to), (from, middle)]);
            } else {
                // A single character: without its breadcrumb it is as short as it can be.
                self.spans.push(Placed { from, to, breadcrumb: Vec::new(), kind });
            }
        }
    }

    /// A record whose text is its title needs no breadcrumb that says it again.
    fn without_echo(&self, breadcrumb: Vec<String>, from: usize, to: usize) -> Vec<String> {
        match breadcrumb.as_slice() {
            [only] if *only == self.document.text[from..to].trim() => Vec::new(),
            _ => breadcrumb,
        }
    }

    /// Gives white space to the chunk before it, if it fits there.
    fn is_tail(&mut self, from: usize, to: usize) -> bool {
        if !self.document.text[from..to].trim().is_empty() {
            return false;
        }
        let Some(last) = self.spans.pop() else { return false };
        let fits = self.fits(&last.breadcrumb, last.from, to);
        let to = if fits { to } else { last.to };
        self.spans.push(Placed { to, ..last });
        fits
    }

    fn fits(&self, breadcrumb: &[String], from: usize, to: usize) -> bool {
        if to - from > self.limits.bytes().saturating_mul(2) {
            return false;
        }
        let text = &self.document.text[from..to];
        if breadcrumb.is_empty() {
            self.counter.fits(text, self.limits.max)
        } else {
            self.counter.fits(&format!("{}\n{text}", breadcrumb.join(" > ")), self.limits.max)
        }
    }

    /// A place to halve `[from, to)`: the line, word or character border nearest to the middle.
    fn middle(&self, from: usize, to: usize) -> Option<usize> {
        let text = &self.document.text;
        let quarter = (to - from) / 4;
        let half = text.floor_char_boundary(from + (to - from) / 2);
        let (low, high) = (text.ceil_char_boundary(from + quarter), text.floor_char_boundary(to - quarter));
        let good = |&place: &usize| place > from && place < to && !self.outline.splits_whole(place);
        let nearest = |is: &dyn Fn(char) -> bool| {
            let window = text.get(low..high)?.char_indices().filter(|&(_, c)| is(c));
            let places = window.map(|(i, c)| low + i + c.len_utf8()).filter(good);
            places.min_by_key(|place| place.abs_diff(half))
        };
        nearest(&|c| c == '\n').or_else(|| nearest(&char::is_whitespace)).or_else(|| {
            let first = from + text[from..to].chars().next().map_or(0, char::len_utf8);
            Some(half.max(first)).filter(|&place| place < to)
        })
    }

    fn chunks(self) -> Vec<Chunk> {
        let text = self.document.text.as_str();
        let count =
            |from: usize, to: usize| text.as_bytes()[from..to].iter().filter(|&&b| b == b'\n').count();
        let mut at = self.spans.first().map_or(0, |first| first.from);
        let mut line = 1 + count(0, at);
        let mut chunks = Vec::with_capacity(self.spans.len());
        for (ordinal, placed) in self.spans.into_iter().enumerate() {
            let span = Span::new(placed.from, placed.to);
            line += count(at, span.from);
            let last = line + count(span.from, span.to - 1);
            let narrow = |line: usize| u32::try_from(line).unwrap_or(u32::MAX);
            let body = &text[span.from..span.to];
            chunks.push(Chunk {
                id: ChunkId::of(&self.document.record.id, span, &placed.breadcrumb, body),
                document: self.document.record.id.clone(),
                ordinal: narrow(ordinal),
                span,
                lines: Lines { first: narrow(line), last: narrow(last) },
                breadcrumb: placed.breadcrumb,
                kind: placed.kind,
                text: body.to_owned(),
            });
            line = last;
            at = span.to - 1;
        }
        chunks
    }
}
