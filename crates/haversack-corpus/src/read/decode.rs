use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::skip::SkipReason;

/// Bytes looked at to tell text from binary, as git and ripgrep do.
const SNIFFED: usize = 8 << 10;

/// Bytes looked at to guess a legacy encoding.
const GUESSED: usize = 1 << 20;

/// Text and, where it was not plain UTF-8, the name of what it was.
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) encoding: Option<String>,
}

/// Bytes to text: by byte order mark, else UTF-8, else the likeliest legacy encoding.
///
/// Text that is UTF-8 but for a few broken sequences stays UTF-8, with replacement characters, and is noted as
/// `utf-8 (damaged)`.
pub(super) fn decode(bytes: Vec<u8>) -> Result<Decoded, SkipReason> {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        return Ok(decoded(encoding, &bytes[mark..]));
    }
    if let Some(encoding) = utf16_without_mark(&bytes) {
        return Ok(decoded(encoding, &bytes));
    }
    if is_binary(&bytes) {
        return Err(SkipReason::Binary);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Decoded { text, encoding: None }),
        Err(error) => Ok(decoded(guess(error.as_bytes()), error.as_bytes())),
    }
}

/// The encoding of bytes that are not wholly UTF-8.
pub(super) fn guess(bytes: &[u8]) -> &'static Encoding {
    if mostly_utf8(bytes) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let head = &bytes[..bytes.len().min(GUESSED)];
    detector.feed(head, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// One field or line in an encoding known for its file; valid UTF-8 wins.
pub(super) fn lenient<'a>(bytes: &'a [u8], fallback: &'static Encoding) -> Cow<'a, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => fallback.decode_without_bom_handling(bytes).0,
    }
}

fn decoded(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    let (text, damaged) = encoding.decode_without_bom_handling(bytes);
    let name = match (encoding == UTF_8, damaged) {
        (true, false) => None,
        (false, false) => Some(encoding.name().to_ascii_lowercase()),
        (_, true) => Some(format!("{} (damaged)", encoding.name().to_ascii_lowercase())),
    };
    Decoded { text: text.into_owned(), encoding: name }
}

/// Whether a NUL, or more than a tenth of other control characters, stand in the first bytes.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(SNIFFED)];
    let odd = head.iter().filter(|&&b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b | 0x08));
    head.contains(&0) || odd.count() * 10 > head.len()
}

/// UTF-16 of mostly Latin text: NULs stand at every other byte.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(SNIFFED) & !1];
    if head.len() < 4 || bytes.len() % 2 == 1 {
        return None;
    }
    let nul = |offset: usize| head.iter().skip(offset).step_by(2).filter(|&&b| b == 0).count();
    let (even, odd, half) = (nul(0), nul(1), head.len() / 2);
    if even == 0 && odd * 10 > half * 4 {
        Some(UTF_16LE)
    } else if odd == 0 && even * 10 > half * 4 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Whether valid multi-byte sequences outnumber broken ones ten to one.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut wide, mut broken) = (0_usize, 0_usize);
    for part in bytes.utf8_chunks() {
        wide += part.valid().bytes().filter(|b| b & 0xC0 == 0xC0).count();
        broken += usize::from(!part.invalid().is_empty());
    }
    wide > 0 && wide >= broken * 10
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> (String, Option<String>) {
        let decoded = decode(bytes.to_vec()).ok().unwrap();
        (decoded.text, decoded.encoding)
    }

    #[test]
    fn marks_are_obeyed_and_removed() {
        assert_eq!(text(b"\xEF\xBB\xBFhi"), ("hi".to_owned(), None));
        assert_eq!(text(b"\xFF\xFEh\0i\0"), ("hi".to_owned(), Some("utf-16le".to_owned())));
        assert_eq!(text(b"\xFE\xFF\0h\0i"), ("hi".to_owned(), Some("utf-16be".to_owned())));
        assert_eq!(text(b"h\0e\0l\0l\0o\0").0, "hello");
    }

    #[test]
    fn legacy_text_is_guessed() {
        let (latin, name) = text(b"Die Stra\xDFe f\xFChrt \xFCber den Fluss und weiter nach S\xFCden.");
        assert_eq!(latin, "Die Straße führt über den Fluss und weiter nach Süden.");
        assert_eq!(name.as_deref(), Some("windows-1252"));
    }

    #[test]
    fn damaged_utf8_stays_utf8() {
        let mut bytes = "äöü ".repeat(20).into_bytes();
        bytes.push(0xFF);
        assert_eq!(text(&bytes).1.as_deref(), Some("utf-8 (damaged)"));
    }

    #[test]
    fn binary_is_told_from_text() {
        assert!(matches!(decode(b"PK\x03\x04\0\0abc".to_vec()), Err(SkipReason::Binary)));
        assert!(decode(Vec::new()).is_ok());
    }
}
