//! Text into raw tokens, the same way for every language.
//!
//! - A word is a run of alphanumeric characters (Unicode). Combining marks U+0300..U+036F, soft hyphens and joiners
//!   are dropped, so that composed and decomposed accents meet after folding.
//! - Words joined by single `_`, `-` or `.` give the joined token *and* each word: `BCN-1007` is found by
//!   itself and by `1007`.
//! - A word with inner capitals gives itself and its humps: `rotateSigningKey`, `XMLParser` (`XML`, `Parser`).
//! - An English clitic stays with its word (`user's`, for the stemmer); any other apostrophe separates (`l'eau`).
//! - Runs of Han, Kana, Hangul, Thai, Lao, Khmer and Myanmar, which are written without spaces, give
//!   overlapping pairs of characters, or the character when it stands alone.
//! - A token of more than 200 bytes is cut at a character boundary, on both sides of a search; it is never dropped.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Longest token in bytes.
pub(crate) const LONGEST: usize = 200;

#[derive(Clone, Default)]
pub(crate) struct Splitter {
    token: Token,
}

pub(crate) struct Splits<'a> {
    text: &'a str,
    at: usize,
    /// Tokens of the compound or run that was read last, last first.
    pending: Vec<String>,
    position: usize,
    token: &'a mut Token,
}

impl Tokenizer for Splitter {
    type TokenStream<'a> = Splits<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Splits<'a> {
        self.token.reset();
        Splits { text, at: 0, pending: Vec::new(), position: 0, token: &mut self.token }
    }
}

impl TokenStream for Splits<'_> {
    fn advance(&mut self) -> bool {
        loop {
            if let Some(text) = self.pending.pop() {
                self.token.text = text;
                self.token.position = self.position;
                self.position += 1;
                return true;
            }
            let Some(first) = self.text[self.at..].chars().next() else { return false };
            match class(first) {
                Class::Word => self.compound(),
                Class::Pairs => self.pairs(),
                Class::Mark | Class::Other => self.at += first.len_utf8(),
            }
        }
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Word,
    Pairs,
    Mark,
    Other,
}

fn class(c: char) -> Class {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() { Class::Word } else { Class::Other };
    }
    match u32::from(c) {
        0xAD | 0x300..=0x36F | 0x200B..=0x200D | 0x2060 | 0xFE00..=0xFE0F | 0xFEFF => Class::Mark,
        // Indic scripts: vowel signs and the virama belong to the word, dandas do not.
        0x964 | 0x965 => Class::Other,
        0x900..=0xDFF => Class::Word,
        0xE00..=0xEFF | 0x1000..=0x109F | 0x1780..=0x17FF if c != '\u{e3f}' => Class::Pairs,
        0x1100..=0x11FF | 0x3041..=0x3096 | 0x309D..=0x309F | 0x30A1..=0x30FA | 0x30FC..=0x318F => {
            Class::Pairs
        }
        0x31A0..=0x31BF | 0x31F0..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xA960..=0xA97F => {
            Class::Pairs
        }
        0xAC00..=0xD7FF | 0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0x20000..=0x3FFFF => Class::Pairs,
        0x3005..=0x3007 => Class::Pairs,
        _ if c.is_alphanumeric() => Class::Word,
        _ => Class::Other,
    }
}

impl<'a> Splits<'a> {
    /// Reads words joined by connectors.
    fn compound(&mut self) {
        let from = self.at;
        let mut words = vec![self.word()];
        loop {
            let mut rest = self.text[self.at..].chars();
            let joined = matches!(rest.next(), Some('_' | '-' | '.'));
            if !joined || rest.next().map(class) != Some(Class::Word) {
                break;
            }
            self.at += 1;
            words.push(self.word());
        }
        let mut tokens = Vec::new();
        if words.len() > 1 {
            tokens.push(kept(&self.text[from..self.at]));
        }
        for word in &words {
            tokens.push(kept(word));
            if !word.contains(['\'', '\u{2019}']) {
                humps(word, &mut tokens);
            }
        }
        tokens.retain(|token| !token.is_empty());
        tokens.reverse();
        self.pending = tokens;
    }

    /// Reads one word with its clitic; `at` stands on its first character and moves behind it.
    fn word(&mut self) -> &'a str {
        let (text, from) = (self.text, self.at);
        let rest = &text[from..];
        let end = rest.find(|c| !matches!(class(c), Class::Word | Class::Mark)).unwrap_or(rest.len());
        self.at = from + end + clitic(&rest[end..]);
        &text[from..self.at]
    }

    /// Reads a run of a script without spaces.
    fn pairs(&mut self) {
        let rest = &self.text[self.at..];
        let end = rest.find(|c| class(c) != Class::Pairs).unwrap_or(rest.len());
        self.at += end;
        let run = &rest[..end];
        let mut starts: Vec<usize> = run.char_indices().map(|(at, _)| at).collect();
        starts.push(end);
        self.pending = if starts.len() == 2 {
            vec![run.to_owned()]
        } else {
            starts.windows(3).rev().map(|pair| run[pair[0]..pair[2]].to_owned()).collect()
        };
    }
}

/// Length of an English clitic at the start of what follows a word: `'s`, `'t`, `'re`, `'ve`, `'ll`, `'d`, `'m`.
fn clitic(rest: &str) -> usize {
    let Some(tail) = rest.strip_prefix(['\'', '\u{2019}']) else { return 0 };
    let end = tail.find(|c| class(c) == Class::Other).unwrap_or(tail.len());
    let known =
        ["s", "t", "re", "ve", "ll", "d", "m"].iter().any(|clitic| tail[..end].eq_ignore_ascii_case(clitic));
    if known { rest.len() - tail.len() + end } else { 0 }
}

/// A token without marks, with the plain apostrophe, cut to [`LONGEST`].
fn kept(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len().min(LONGEST));
    for c in raw.chars() {
        let c = match c {
            '\u{2019}' => '\'',
            c if class(c) == Class::Mark => continue,
            c => c,
        };
        if text.len() + c.len_utf8() > LONGEST {
            break;
        }
        text.push(c);
    }
    text
}

/// The humps of a word with inner capitals, none for other words.
fn humps(word: &str, tokens: &mut Vec<String>) {
    let inner =
        word.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    let acronym = word.as_bytes().windows(3).any(|three| {
        three[0].is_ascii_uppercase() && three[1].is_ascii_uppercase() && three[2].is_ascii_lowercase()
    });
    if !(inner || acronym) {
        return;
    }
    let chars: Vec<(usize, char)> = word.char_indices().collect();
    let mut from = 0;
    for at in 1..chars.len() {
        let (before, here) = (chars[at - 1].1, chars[at].1);
        let after = chars.get(at + 1).map(|next| next.1);
        let rises = !before.is_uppercase() && here.is_uppercase();
        let leaves_acronym =
            before.is_uppercase() && here.is_uppercase() && after.is_some_and(|c| c.is_ascii_lowercase());
        if rises || leaves_acronym {
            tokens.push(kept(&word[from..chars[at].0]));
            from = chars[at].0;
        }
    }
    // A plural acronym (`APIs`) has one hump that is no word of its own: leave it whole.
    if from > 0 {
        tokens.push(kept(&word[from..]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> String {
        let mut splitter = Splitter::default();
        let mut stream = splitter.token_stream(text);
        let mut tokens = Vec::new();
        while stream.advance() {
            tokens.push(stream.token().text.clone());
        }
        tokens.join(" ")
    }

    #[test]
    fn identifiers_are_found_whole_and_in_parts() {
        assert_eq!(split("rotate_signing_key"), "rotate_signing_key rotate signing key");
        assert_eq!(split("rotateSigningKey()"), "rotateSigningKey rotate Signing Key");
        assert_eq!(split("see BCN-1007."), "see BCN-1007 BCN 1007");
        assert_eq!(split("v2.1, XMLParser"), "v2.1 v2 1 XMLParser XML Parser");
        assert_eq!(split("a--b __init__ x."), "a b init x");
        assert_eq!(split("https://ex.com/a/b?c=1"), "https ex.com ex com a b c 1");
    }

    #[test]
    fn apostrophes_keep_english_clitics_and_split_elisions() {
        assert_eq!(split("the user's don\u{2019}t l'eau qu'il"), "the user's don't l eau qu il");
    }

    #[test]
    fn scripts_without_spaces_give_pairs() {
        assert_eq!(split("富士山へ第3章"), "富士 士山 山へ へ第 3 章");
        assert_eq!(split("한국어 문서"), "한국 국어 문서");
        assert_eq!(split("山"), "山");
    }

    #[test]
    fn marks_go_and_other_scripts_stay_words() {
        assert_eq!(split("cafe\u{301} co\u{ad}op हिन्दी। привет"), "cafe coop हिन्दी привет");
        assert_eq!(split("🦀 ... — \u{301}"), "");
    }

    #[test]
    fn long_tokens_are_cut() {
        let long = "é".repeat(500);
        assert_eq!(split(&long), "é".repeat(100));
    }
}
