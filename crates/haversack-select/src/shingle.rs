use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Words in a shingle.
const WIDTH: usize = 3;

/// The distinct word 3-shingles of a text, hashed and sorted.
///
/// A word is a run of letters and digits in lower case, one ideograph, or one symbol that is not prose punctuation or
/// markup, so `-5` and `5` differ and `**bold**` and `bold` do not. A text of fewer than three words is one shingle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shingles(Vec<u64>);

impl Shingles {
    pub(crate) fn of(text: &str) -> Self {
        let words = words(text);
        let mut hashes: Vec<u64> = if words.len() < WIDTH {
            // A text without any word is known by its bytes.
            let short = words.iter().fold(SEED, |hash, word| mix(hash, *word));
            vec![if words.is_empty() {
                text.trim().bytes().fold(!SEED, |h, b| mix(h, b.into()))
            } else {
                short
            }]
        } else {
            words
                .windows(WIDTH)
                .map(|window| window.iter().fold(SEED, |hash, word| mix(hash, *word)))
                .collect()
        };
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    /// Jaccard similarity of two texts in [0, 1].
    pub(crate) fn jaccard(&self, other: &Self) -> f32 {
        let (mut a, mut b, mut shared) = (0, 0, 0);
        while let (Some(x), Some(y)) = (self.0.get(a), other.0.get(b)) {
            shared += usize::from(x == y);
            a += usize::from(x <= y);
            b += usize::from(y <= x);
        }
        similarity(shared, self.0.len(), other.0.len())
    }
}

/// The shingles of the texts kept so far, to find which of them another text resembles most.
#[derive(Debug, Default)]
pub(crate) struct ShingleIndex {
    /// For each shingle the last entry of its list in `holders`.
    last: HashMap<u64, usize, BuildHasherDefault<Identity>>,
    /// A text that holds a shingle, and the entry before it in the same list.
    holders: Vec<(usize, Option<usize>)>,
    sizes: Vec<usize>,
}

impl ShingleIndex {
    /// Adds a text; texts are numbered from 0 in the order in which they are added.
    pub(crate) fn add(&mut self, shingles: &Shingles) {
        for hash in &shingles.0 {
            let before = self.last.insert(*hash, self.holders.len());
            self.holders.push((self.sizes.len(), before));
        }
        self.sizes.push(shingles.0.len());
    }

    /// The text that resembles `shingles` most and how much; the earliest of equals. Costs one look-up a shingle.
    pub(crate) fn nearest(&self, shingles: &Shingles) -> Option<(usize, f32)> {
        let mut shared = vec![0_usize; self.sizes.len()];
        for hash in &shingles.0 {
            let mut entry = self.last.get(hash).copied();
            while let Some((text, before)) = entry.and_then(|at| self.holders.get(at)) {
                shared[*text] += 1;
                entry = *before;
            }
        }
        let scored = shared.iter().zip(&self.sizes).map(|(n, size)| similarity(*n, *size, shingles.0.len()));
        scored.enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best })
    }
}

fn similarity(shared: usize, a: usize, b: usize) -> f32 {
    (shared as f64 / (a + b - shared).max(1) as f64) as f32
}

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// Folds a word into a hash: the finaliser of SplitMix64 (Steele, Lea and Flood 2014) over their sum.
fn mix(hash: u64, word: u64) -> u64 {
    let mut x = hash.rotate_left(23).wrapping_add(word).wrapping_add(SEED);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The hashes of the words of a text, in order.
fn words(text: &str) -> Vec<u64> {
    let mut words = Vec::with_capacity(text.len() / 5);
    let mut open: Option<u64> = None;
    for c in text.chars() {
        match kind(c) {
            Kind::Letter => open = Some(lower(open.unwrap_or(SEED), c)),
            Kind::Gap => words.extend(open.take().map(|hash| mix(hash, 0))),
            Kind::Symbol => {
                words.extend(open.take().map(|hash| mix(hash, 0)));
                words.push(mix(SEED, c.into()));
            }
        }
    }
    words.extend(open.map(|hash| mix(hash, 0)));
    words
}

/// FNV-1a over the lower-case characters of a word.
fn lower(hash: u64, c: char) -> u64 {
    let step = |hash: u64, c: char| (hash ^ u64::from(c)).wrapping_mul(0x0100_0000_01b3);
    if c.is_ascii() { step(hash, c.to_ascii_lowercase()) } else { c.to_lowercase().fold(hash, step) }
}

/// What a character does to words: continue one, end it, or be one.
enum Kind {
    Letter,
    Gap,
    Symbol,
}

fn kind(c: char) -> Kind {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => Kind::Letter,
        '\0'..=' ' | '.' | ',' | ';' | ':' | '!' | '?' | '"' | '\'' | '(' | ')' | '[' | ']' | '{' | '}' => {
            Kind::Gap
        }
        '`' | '*' | '_' | '#' | '|' => Kind::Gap,
        '\x21'..='\x7f' => Kind::Symbol,
        '\u{2018}'..='\u{201f}' | '\u{2026}' | '\u{3001}' | '\u{3002}' | '\u{ff0c}' => Kind::Gap,
        // Scripts written without spaces have no word boundaries to see: each of their characters is a word.
        _ if is_ideograph(c) => Kind::Symbol,
        _ if c.is_alphanumeric() => Kind::Letter,
        _ if c.is_whitespace() => Kind::Gap,
        _ => Kind::Symbol,
    }
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// A hasher for keys that already are hashes.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = mix(self.0, u64::from(*byte)));
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn similar(a: &str, b: &str) -> f32 {
        Shingles::of(a).jaccard(&Shingles::of(b))
    }

    #[test]
    fn case_markup_and_white_space_do_not_count() {
        assert_eq!(similar("Rotate the **key** now.", "rotate the key\n now"), 1.0);
        assert_eq!(similar("ÄRGER über Öl", "ärger ÜBER öl"), 1.0);
    }

    #[test]
    fn numbers_signs_and_words_do() {
        assert!(similar("set x to -5 now", "set x to 5 now") < 1.0);
        assert_eq!(similar("one two three", "four five six"), 0.0);
        assert_eq!(similar("a b c d", "b c d e"), 1.0 / 3.0);
        assert!(similar("署名鍵を回転する方法", "署名鍵を更新する方法") > 0.2);
    }

    #[test]
    fn short_and_wordless_texts_are_known_whole() {
        assert_eq!(similar("key", "KEY"), 1.0);
        assert_eq!(similar("key", "keys"), 0.0);
        assert_eq!(similar("...", " ... "), 1.0);
        assert_eq!(similar("...", "!!!"), 0.0);
        assert_eq!(similar("", "   "), 1.0);
    }

    #[test]
    fn the_index_agrees_with_pairs() {
        let texts = ["a b c d e f", "a b c d e g", "x y z", "a b c", "", "a b c d e f"];
        let mut index = ShingleIndex::default();
        assert_eq!(index.nearest(&Shingles::of("a")), None);
        for text in &texts {
            index.add(&Shingles::of(text));
        }
        for probe in ["a b c d e f h", "x y z", "q", "b c d e g"] {
            let pairs = texts.iter().map(|text| similar(probe, text)).enumerate();
            let best = pairs.reduce(|best, next| if next.1 > best.1 { next } else { best });
            assert_eq!(index.nearest(&Shingles::of(probe)), best, "{probe}");
        }
    }
}
