//! Text into words: where they stand, what they are for matching, and how they were written.

use std::borrow::Cow;

use frostem::{Algorithm, Stemmer};

/// One word of a text.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// Byte where it begins in the text.
    pub from: usize,
    /// Byte after its end.
    pub to: usize,
    /// Lower case, without diacritics.
    pub plain: String,
    /// What it is matched by: the stem, or the digits of a number.
    pub stem: String,
    /// Whether it begins with a capital letter.
    pub capital: bool,
    /// Whether it is a number written in digits.
    pub digits: bool,
}

/// Reads words the way of one language.
pub(super) struct Reader {
    stemmer: Stemmer,
    english: bool,
}

impl Reader {
    /// A reader of the language that a question is most likely in.
    pub fn of(question: &str) -> Self {
        let words = question.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase).collect::<Vec<_>>();
        let mut best = (0, Algorithm::English);
        for (algorithm, function_words) in LANGUAGES {
            let count = words.iter().filter(|word| contains(function_words, word)).count();
            if count > best.0 {
                best = (count, algorithm);
            }
        }
        Self { stemmer: Stemmer::new(best.1), english: best.1 == Algorithm::English }
    }

    /// The words of a text.
    pub fn words(&self, text: &str) -> Vec<Word> {
        pieces(text).into_iter().map(|(from, to)| self.word(text, from, to)).collect()
    }

    fn word(&self, text: &str, from: usize, to: usize) -> Word {
        let written = &text[from..to];
        let capital = written.chars().next().is_some_and(char::is_uppercase);
        let digits = written.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ':'));
        let lower = written.to_lowercase();
        let plain = fold(&lower).into_owned();
        let stem = if digits {
            number(written)
        } else if let Some(value) = numeral(&plain) {
            value.to_string()
        } else if self.english {
            self.stemmer.stem(&plain).into_owned()
        } else {
            // The other stemmers need the diacritics.
            fold(&self.stemmer.stem(&lower)).into_owned()
        };
        Word { from, to, plain, stem, capital, digits }
    }
}

const LANGUAGES: [(Algorithm, &str); 4] = [
    (Algorithm::English, "the of is are was were what which who how when where does did do for to in and a"),
    (Algorithm::German, "der die das und ist sind wird werden wie was wer wann wo welche ein eine des im"),
    (Algorithm::Dutch, "de het een en is zijn wordt worden hoe wat wie wanneer waar welke van ik hoeveel"),
    (
        Algorithm::French,
        "le la les et est sont quand que qui quel quelle combien comment un une des du avant",
    ),
];

/// Whether a list of words separated by blanks holds a word.
pub(super) fn contains(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split(' ').any(|entry| entry == word)
}

/// Digits without the commas that group them by thousands.
fn number(written: &str) -> String {
    let mut parts = written.split(',');
    let head = parts.next().unwrap_or_default();
    let grouped = parts.clone().next().is_some()
        && parts.all(|part| part.split('.').next().is_some_and(|p| p.len() == 3));
    let joined = if grouped { written.replace(',', "") } else { written.to_owned() };
    let short = joined.trim_start_matches('0');
    if head.is_empty() || short.is_empty() || !short.starts_with(|c: char| c.is_ascii_digit()) {
        joined
    } else {
        short.to_owned()
    }
}

/// The value of a number or ordinal that is written as a word.
pub(super) fn numeral(word: &str) -> Option<u32> {
    const NUMERALS: [(&str, u32); 25] = [
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("four", 4),
        ("five", 5),
        ("six", 6),
        ("seven", 7),
        ("eight", 8),
        ("nine", 9),
        ("ten", 10),
        ("eleven", 11),
        ("twelve", 12),
        ("twenty", 20),
        ("thirty", 30),
        ("third", 3),
        ("fourth", 4),
        ("fifth", 5),
        ("sixth", 6),
        ("seventh", 7),
        ("eighth", 8),
        ("ninth", 9),
        ("tenth", 10),
        ("hundred", 100),
        ("thousand", 1000),
        ("million", 1_000_000),
    ];
    NUMERALS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}

/// Byte ranges of words: runs of letters and digits; cut at humps (`rotateKey`), between a number and its unit (`72h`),
/// and around every character of a script without spaces.
fn pieces(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start: Option<usize> = None;
    let mut previous = ' ';
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map_or(' ', |(_, next)| *next);
        let inner = matches!(c, '.' | ',' | ':') && previous.is_ascii_digit() && next.is_ascii_digit();
        let mark = matches!(c, '\u{300}'..='\u{36f}');
        if !(c.is_alphanumeric() || (inner || mark) && start.is_some()) {
            found.extend(start.take().map(|from| (from, at)));
            // The clitic of a possessive is no word of its own.
            if matches!(c, '\'' | '\u{2019}') && previous.is_alphanumeric() && matches!(next, 's' | 'S') {
                let mut ahead = chars.clone();
                ahead.next();
                if !ahead.peek().is_some_and(|(_, after)| after.is_alphanumeric()) {
                    chars.next();
                }
            }
        } else if let Some(from) = start {
            let hump = previous.is_lowercase() && c.is_uppercase();
            let unit = previous.is_ascii_digit()
                && c.is_alphabetic()
                && text[from..at].chars().all(|c| !c.is_alphabetic());
            if hump || unit || unspaced(c) || unspaced(previous) {
                found.push((from, at));
                start = Some(at);
            }
        } else {
            start = Some(at);
        }
        previous = c;
    }
    found.extend(start.map(|from| (from, text.len())));
    found
}

fn unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xAC00..=0xD7AF | 0x20000..=0x3FFFF)
}

/// Leaves out the diacritics of Latin letters in lower case: people often do not type them.
fn fold(word: &str) -> Cow<'_, str> {
    if word.is_ascii() {
        return Cow::Borrowed(word);
    }
    let mut folded = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            'à'..='å' | 'ā' | 'ă' | 'ą' => folded.push('a'),
            'ç' | 'ć' | 'č' => folded.push('c'),
            'è'..='ë' | 'ē' | 'ę' | 'ě' => folded.push('e'),
            'ì'..='ï' | 'ī' | 'ı' => folded.push('i'),
            'ñ' | 'ń' | 'ň' => folded.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => folded.push('o'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'ś' | 'š' | 'ş' => folded.push('s'),
            'ź' | 'ž' | 'ż' => folded.push('z'),
            'ł' => folded.push('l'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            '\u{300}'..='\u{36f}' => {}
            other => folded.push(other),
        }
    }
    Cow::Owned(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        Reader::of("what is the").words(text).into_iter().map(|word| word.stem).collect()
    }

    #[test]
    fn words_are_matched_by_stem_and_numbers_by_value() {
        assert_eq!(stems("The keys, rotated"), ["the", "key", "rotat"]);
        assert_eq!(
            stems("1,000 events; 72h; 99.95 % on the 3rd"),
            ["1000", "event", "72", "h", "99.95", "on", "the", "3", "rd"]
        );
        assert_eq!(
            stems("seventh rotateSigningKey of Tekezé's"),
            ["7", "rotat", "sign", "key", "of", "tekez"]
        );
        assert_eq!(stems("BCN-2010 10:30"), ["bcn", "2010", "10:30"]);
    }

    #[test]
    fn a_language_is_recognised_by_its_function_words() {
        let german = Reader::of("Wie lange werden Aufzeichnungen gespeichert?");
        assert_eq!(german.words("Aufzeichnungen")[0].stem, german.words("Aufzeichnung")[0].stem);
    }

    #[test]
    fn scripts_without_spaces_give_characters() {
        assert_eq!(stems("保存期間"), ["保", "存", "期", "間"]);
    }
}
