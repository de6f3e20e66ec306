use std::collections::BTreeMap;

/// Most assignments that one map may make.
const MAX_CODES: usize = 200_000;

/// Most UTF-16 units that one code may stand for; ligatures have three.
const MAX_UNITS: usize = 8;

/// A `ToUnicode` map: character codes to text.
#[derive(Debug, Default)]
pub(super) struct CMap {
    text: BTreeMap<u32, String>,
    made: usize,
}

impl CMap {
    /// Reads the `bfchar` and `bfrange` sections of a map; what cannot be read is left out.
    pub(super) fn parse(data: &[u8]) -> Self {
        let mut map = Self::default();
        let mut tokens = Tokens { data, at: 0 };
        let mut section = 0_u8;
        let mut pending: Vec<Vec<u8>> = Vec::new();
        while let Some(token) = tokens.next() {
            match token {
                Token::Word(word) => {
                    section = match word {
                        b"beginbfchar" => 1,
                        b"beginbfrange" => 2,
                        _ => 0,
                    };
                    pending.clear();
                }
                Token::Hex(bytes) if section > 0 => pending.push(bytes),
                Token::List(items) if section == 2 && pending.len() == 2 => {
                    let first = code(&pending[0]);
                    for (i, item) in items.iter().enumerate() {
                        map.insert(first.saturating_add(i as u32), utf16(item));
                    }
                    pending.clear();
                }
                _ => {}
            }
            match (section, pending.as_slice()) {
                (1, [from, to]) => {
                    map.insert(code(from), utf16(to));
                    pending.clear();
                }
                (2, [from, to, text]) => {
                    map.range(code(from), code(to), text);
                    pending.clear();
                }
                _ => {}
            }
        }
        map
    }

    pub(super) fn get(&self, code: u32) -> Option<&str> {
        self.text.get(&code).map(String::as_str)
    }

    fn insert(&mut self, code: u32, text: String) {
        self.made += 1;
        if self.made <= MAX_CODES {
            self.text.insert(code, text);
        }
    }

    /// Codes of a range differ from the first in the last unit of their text.
    fn range(&mut self, from: u32, to: u32, text: &[u8]) {
        let mut units = units(text);
        for code in from..=to.min(from.saturating_add(0xFFFF)) {
            if self.made > MAX_CODES {
                return;
            }
            self.insert(code, String::from_utf16_lossy(&units));
            if let Some(last) = units.last_mut() {
                *last = last.wrapping_add(1);
            }
        }
    }
}

enum Token<'a> {
    Word(&'a [u8]),
    Hex(Vec<u8>),
    List(Vec<Vec<u8>>),
}

struct Tokens<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            match *self.data.get(self.at)? {
                b'<' if self.data.get(self.at + 1) != Some(&b'<') => return Some(Token::Hex(self.hex())),
                b'[' => {
                    self.at += 1;
                    let mut items = Vec::new();
                    loop {
                        match self.data.get(self.at) {
                            Some(b'<') => items.push(self.hex()),
                            None | Some(b']') => break,
                            _ => self.at += 1,
                        }
                    }
                    return Some(Token::List(items));
                }
                b if b.is_ascii_alphabetic() => {
                    let from = self.at;
                    while self.data.get(self.at).is_some_and(u8::is_ascii_alphanumeric) {
                        self.at += 1;
                    }
                    return Some(Token::Word(&self.data[from..self.at]));
                }
                b'<' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    fn hex(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut digits = Vec::new();
        while let Some(&b) = self.data.get(self.at) {
            self.at += 1;
            match (b as char).to_digit(16) {
                Some(digit) => digits.push(digit as u8),
                None if b == b'>' => break,
                None => {}
            }
        }
        digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
    }
}

fn code(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |code, &b| code << 8 | u32::from(b))
}

fn units(bytes: &[u8]) -> Vec<u16> {
    match bytes {
        [one] => vec![u16::from(*one)],
        _ => {
            bytes.chunks_exact(2).take(MAX_UNITS).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
        }
    }
}

fn utf16(bytes: &[u8]) -> String {
    String::from_utf16_lossy(&units(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chars_and_ranges_are_read() {
        let map = CMap::parse(
            b"1 beginbfchar <01> <00660069> endbfchar 2 beginbfrange <0010> <0012> <0041>\n<20> <21> [<0061> <D83DDE00>] endbfrange",
        );
        let found: Vec<_> = [1, 0x10, 0x12, 0x20, 0x21, 0x22].iter().map(|&code| map.get(code)).collect();
        assert_eq!(found, [Some("fi"), Some("A"), Some("C"), Some("a"), Some("😀"), None]);
    }
}
