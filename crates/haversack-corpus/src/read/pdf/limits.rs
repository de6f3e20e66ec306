use std::borrow::Cow;

use hayro_syntax::Filter;
use hayro_syntax::object::Stream;

use crate::skip::SkipReason;

use super::inflate::measure;

/// Most bytes that one stream of content may expand to.
const MAX_STREAM: usize = 64 << 20;

/// Most bytes that the content of one file may expand to.
const MAX_CONTENT: usize = 256 << 20;

/// Most bytes that all streams of a file may expand to, images included, which are never held in memory.
const MAX_FILE: usize = 2 << 30;

/// Most operators of one file.
const MAX_OPERATORS: usize = 30_000_000;

/// Most bytes of text of one file.
const MAX_TEXT: usize = 64 << 20;

/// A DEFLATE stream expands at most by this factor, an LZW stream by less than three times as much.
const RATIO: usize = 1_032;

/// What is left of the limits of one file.
#[derive(Debug)]
pub(super) struct Limits {
    content: usize,
    operators: usize,
    text: usize,
}

impl Limits {
    pub(super) fn new() -> Self {
        Self { content: MAX_CONTENT, operators: MAX_OPERATORS, text: MAX_TEXT }
    }

    /// Accounts for one operator.
    pub(super) fn operator(&mut self) -> Result<(), SkipReason> {
        take(&mut self.operators, 1, "30 million PDF operators")
    }

    /// Accounts for text.
    pub(super) fn text(&mut self, bytes: usize) -> Result<(), SkipReason> {
        take(&mut self.text, bytes, "64 MiB of PDF text")
    }

    /// Refuses a page whose text so far is longer than what is left.
    pub(super) fn allows_text(&self, bytes: usize) -> Result<(), SkipReason> {
        let mut left = self.text;
        take(&mut left, bytes, "64 MiB of PDF text")
    }

    /// The decoded data of a stream, if it is known beforehand that it is not too long; nothing if it is damaged.
    pub(super) fn decode(&mut self, stream: &Stream<'_>) -> Result<Option<Vec<u8>>, SkipReason> {
        let raw = stream.raw_data();
        let filters = stream.filters();
        let expanding = |filter: &&Filter| {
            matches!(filter, Filter::FlateDecode | Filter::LzwDecode | Filter::RunLengthDecode)
        };
        let limit = MAX_STREAM.min(self.content);
        let bytes = match filters.iter().filter(expanding).count() {
            0 => raw.len(),
            1 => expansion(&raw, &filters, limit),
            _ => usize::MAX,
        };
        if bytes > limit {
            return Err(SkipReason::LimitExceeded { limit: "64 MiB in a PDF stream" });
        }
        let data = stream.decoded_data().ok().map(Cow::into_owned);
        take(&mut self.content, data.as_ref().map_or(0, Vec::len), "256 MiB of PDF content")?;
        Ok(data)
    }
}

fn expansion(raw: &[u8], filters: &[Filter], limit: usize) -> usize {
    let bound =
        raw.len().saturating_mul(if filters.contains(&Filter::LzwDecode) { RATIO * 3 } else { RATIO });
    if bound <= limit {
        return bound;
    }
    // Only a stream that is DEFLATE and nothing else can be measured as it lies.
    match filters {
        [Filter::FlateDecode] => measure(raw, limit).map_or(bound, |expansion| expansion.bytes),
        _ => bound,
    }
}

fn take(left: &mut usize, amount: usize, limit: &'static str) -> Result<(), SkipReason> {
    *left = left.checked_sub(amount).ok_or(SkipReason::LimitExceeded { limit })?;
    Ok(())
}

/// Expands every stream of a file without keeping it, before the parser sees the file and decodes object streams.
pub(super) fn check_file(bytes: &[u8]) -> Result<(), SkipReason> {
    let too_much = |limit| Err(SkipReason::LimitExceeded { limit });
    let (mut total, mut held, mut from) = (0_usize, 0_usize, 0_usize);
    for at in find_streams(bytes) {
        let dictionary = &bytes[at.saturating_sub(2_048).max(from)..at];
        from = at;
        let Some(expansion) = measure(data_after(bytes, at), MAX_FILE - total) else { continue };
        total += expansion.bytes;
        if total >= MAX_FILE {
            return too_much("2 GiB in a PDF");
        }
        // Object streams are decoded whole and kept by the parser; images never are.
        if !contains(dictionary, b"/Image") || contains(dictionary, b"ObjStm") || dictionary.contains(&b'#') {
            held += expansion.bytes;
            if expansion.bytes > MAX_STREAM || held > MAX_CONTENT {
                return too_much("256 MiB of PDF content");
            }
            if expansion.nested {
                return too_much("one compression in a PDF stream");
            }
        }
    }
    Ok(())
}

/// Places after each keyword `stream`.
fn find_streams(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let word = b"stream";
    let starts = bytes.iter().enumerate().filter(|&(_, &b)| b == b's').map(|(at, _)| at);
    starts.filter(move |&at| bytes[at..].starts_with(word) && !bytes[..at].ends_with(b"end")).map(|at| at + 6)
}

/// Stream data begins after the line break that ends the keyword's line.
fn data_after(bytes: &[u8], at: usize) -> &[u8] {
    let rest = &bytes[at..];
    let blank = rest.iter().take(16).take_while(|b| b.is_ascii_whitespace()).count();
    &rest[blank..]
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}
