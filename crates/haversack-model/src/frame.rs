//! The frame around every binary value on disk: what it is, which format it has, and that it is whole.
//!
//! ```text
//! offset  size  what
//!      0     4  "HVSK"
//!      4     4  kind, four ASCII letters ("SNAP", "VERS", ...)
//!      8     4  format version of that kind, u32 little endian
//!     12     8  length n of the payload, u64 little endian
//!     20     n  payload: bincode 2 (little endian, variable-length integers, serde field order)
//!   20+n    16  first 16 bytes of BLAKE3 over bytes 0 .. 20+n
//! ```
//!
//! This is the only module that names bincode. A truncated, damaged, foreign or newer frame is a [`FrameError`]; the
//! checksum is compared before a byte of the payload is decoded.
//!
//! ```
//! use haversack_model::frame::{self, Kind};
//! const NOTE: Kind = Kind::new(*b"NOTE", 1);
//! let bytes = frame::encode(NOTE, &("text", 7_u32))?;
//! let (text, number): (String, u32) = frame::decode(NOTE, &bytes)?;
//! assert_eq!((text.as_str(), number), ("text", 7));
//! assert!(frame::decode::<(String, u32)>(NOTE, &bytes[..bytes.len() - 1]).is_err());
//! # Ok::<(), frame::FrameError>(())
//! ```

use serde::Serialize;
use serde::de::DeserializeOwned;

const MAGIC: &[u8; 4] = b"HVSK";
const HEADER: usize = 20;
const CHECKSUM: usize = 16;

/// A kind of value and the newest format version that this program writes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    name: [u8; 4],
    version: u32,
}

impl Kind {
    /// A kind by its four ASCII letters.
    #[must_use]
    pub const fn new(name: [u8; 4], version: u32) -> Self {
        Self { name, version }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }
}

/// Why bytes are not the value they should be.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The bytes end before the frame does.
    #[error("truncated: {have} bytes of {need}")]
    Truncated {
        /// Bytes needed.
        need: u64,
        /// Bytes there.
        have: u64,
    },
    /// Bytes follow the frame.
    #[error("{0} bytes follow the end")]
    Trailing(u64),
    /// The bytes are not a Haversack file.
    #[error("not a haversack file")]
    Foreign,
    /// The frame holds another kind of value.
    #[error("holds `{found}` where `{expected}` was expected")]
    Kind {
        /// What was asked for.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// Written by a newer program.
    #[error("format {found} of `{kind}` is newer than this program reads ({known}); use a newer haversack")]
    Newer {
        /// The kind.
        kind: String,
        /// The version that stands there.
        found: u32,
        /// The newest version known.
        known: u32,
    },
    /// Written by a program so old that this one no longer reads it.
    #[error("format {found} of `{kind}` is older than this program reads ({known})")]
    Older {
        /// The kind.
        kind: String,
        /// The version that stands there.
        found: u32,
        /// The version known.
        known: u32,
    },
    /// The checksum does not match: some byte is not what was written.
    #[error("damaged: checksum does not match")]
    Damaged,
    /// The payload is whole but does not decode.
    #[error("payload does not decode: {0}")]
    Decode(#[from] bincode::error::DecodeError),
    /// The value does not encode.
    #[error("value does not encode: {0}")]
    Encode(#[from] bincode::error::EncodeError),
}

const fn config() -> bincode::config::Configuration {
    bincode::config::standard().with_little_endian().with_variable_int_encoding()
}

/// Writes a value with its frame.
///
/// # Errors
/// When the value has no binary form (`skip_serializing_if`, untagged or internally tagged enums).
pub fn encode<T: Serialize + ?Sized>(kind: Kind, value: &T) -> Result<Vec<u8>, FrameError> {
    let payload = bincode::serde::encode_to_vec(value, config())?;
    let mut bytes = Vec::with_capacity(HEADER + payload.len() + CHECKSUM);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&kind.name);
    bytes.extend_from_slice(&kind.version.to_le_bytes());
    bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&payload);
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(&hash.as_bytes()[..CHECKSUM]);
    Ok(bytes)
}

/// Reads a value of a kind, after checking that its frame is whole.
///
/// # Errors
/// See [`FrameError`]; never panics, whatever the bytes.
pub fn decode<T: DeserializeOwned>(kind: Kind, bytes: &[u8]) -> Result<T, FrameError> {
    let payload = payload(kind, bytes)?;
    let (value, read) = value(payload)?;
    if read == payload.len() { Ok(value) } else { Err(FrameError::Trailing((payload.len() - read) as u64)) }
}

/// Decodes a payload. A checksum tells damage and not ill will, so a length within the payload is believed only as far as
/// the payload may account for it: a number takes a byte or more, and counts as 16 at most.
fn value<T: DeserializeOwned>(payload: &[u8]) -> Result<(T, usize), bincode::error::DecodeError> {
    const SMALL: usize = 1 << 20;
    const LARGE: usize = 1 << 26;
    // Limits are constants, hence the steps.
    match payload.len() {
        length if length <= SMALL => {
            bincode::serde::decode_from_slice(payload, config().with_limit::<{ SMALL << 4 }>())
        }
        length if length <= LARGE => {
            bincode::serde::decode_from_slice(payload, config().with_limit::<{ LARGE << 4 }>())
        }
        _ => bincode::serde::decode_from_slice(payload, config().with_limit::<{ isize::MAX as usize }>()),
    }
}

/// The first of several frames that stand one after the other, and what follows it; neither is checked further.
///
/// # Errors
/// When the bytes do not begin with a frame, or end before it does.
pub fn split_first(bytes: &[u8]) -> Result<(&[u8], &[u8]), FrameError> {
    let have = bytes.len() as u64;
    if !bytes.starts_with(&MAGIC[..bytes.len().min(4)]) {
        return Err(FrameError::Foreign);
    }
    let truncated = |need| FrameError::Truncated { need, have };
    let least = (HEADER + CHECKSUM) as u64;
    let length = bytes.get(12..HEADER).ok_or_else(|| truncated(least))?;
    let need = little_endian(length).saturating_add(least);
    let split = usize::try_from(need).ok().and_then(|need| bytes.split_at_checked(need));
    split.ok_or_else(|| truncated(need))
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte))
}

fn payload(kind: Kind, bytes: &[u8]) -> Result<&[u8], FrameError> {
    let have = bytes.len() as u64;
    if !bytes.starts_with(&MAGIC[..bytes.len().min(4)]) {
        return Err(FrameError::Foreign);
    }
    let (Some(name), Some(version), Some(length)) =
        (bytes.get(4..8), bytes.get(8..12), bytes.get(12..HEADER))
    else {
        return Err(FrameError::Truncated { need: (HEADER + CHECKSUM) as u64, have });
    };
    if name != kind.name {
        let found = String::from_utf8_lossy(name).into_owned();
        return Err(FrameError::Kind { expected: kind.text(), found });
    }
    let found = little_endian(version) as u32;
    let length = little_endian(length);
    // The version is read before the checksum: a newer format may frame its payload in another way.
    if found > kind.version {
        return Err(FrameError::Newer { kind: kind.text(), found, known: kind.version });
    }
    if found < kind.version {
        return Err(FrameError::Older { kind: kind.text(), found, known: kind.version });
    }
    let need = length.saturating_add((HEADER + CHECKSUM) as u64);
    if have < need {
        return Err(FrameError::Truncated { need, have });
    }
    if have > need {
        return Err(FrameError::Trailing(have - need));
    }
    let (framed, checksum) = bytes.split_at(bytes.len() - CHECKSUM);
    if blake3::hash(framed).as_bytes()[..CHECKSUM] != *checksum {
        return Err(FrameError::Damaged);
    }
    Ok(&framed[HEADER..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KIND: Kind = Kind::new(*b"TEST", 2);

    #[test]
    fn the_frame_is_pinned() {
        let bytes = encode(KIND, &("ab", 300_u32)).unwrap();
        assert_eq!(&bytes[..26], b"HVSKTEST\x02\0\0\0\x06\0\0\0\0\0\0\0\x02ab\xfb\x2c\x01");
    }

    #[test]
    fn newer_and_foreign_frames_are_named() {
        let newer = encode(Kind::new(*b"TEST", 3), &1_u8).unwrap();
        assert!(matches!(decode::<u8>(KIND, &newer), Err(FrameError::Newer { found: 3, known: 2, .. })));
        let older = encode(Kind::new(*b"TEST", 1), &1_u8).unwrap();
        assert!(matches!(decode::<u8>(KIND, &older), Err(FrameError::Older { found: 1, known: 2, .. })));
        assert!(matches!(decode::<u8>(KIND, b"PNG\r\n"), Err(FrameError::Foreign)));
        let other = encode(Kind::new(*b"OTHR", 1), &1_u8).unwrap();
        assert!(matches!(decode::<u8>(KIND, &other), Err(FrameError::Kind { .. })));
    }

    #[test]
    fn a_length_that_cannot_be_is_refused_before_memory_is_asked_for() {
        for length in [u64::MAX, 1 << 62, 1 << 40] {
            // A list's length is written as a number is.
            let bytes = encode(KIND, &length).unwrap();
            assert!(matches!(decode::<String>(KIND, &bytes), Err(FrameError::Decode(_))));
            assert!(matches!(decode::<Vec<u64>>(KIND, &bytes), Err(FrameError::Decode(_))));
        }
        let many = vec![1_u64; 100_000];
        assert_eq!(decode::<Vec<u64>>(KIND, &encode(KIND, &many).unwrap()).unwrap(), many);
        let many = vec![1_u128; 2_000_000];
        assert_eq!(decode::<Vec<u128>>(KIND, &encode(KIND, &many).unwrap()).unwrap(), many);
    }

    #[test]
    fn frames_in_a_row_are_told_apart() {
        let (a, b) = (encode(KIND, &1_u8).unwrap(), encode(KIND, &"x").unwrap());
        let row = [a.clone(), b.clone()].concat();
        assert_eq!(split_first(&row).unwrap(), (&a[..], &b[..]));
        assert!(matches!(split_first(&row[..a.len() - 1]), Err(FrameError::Truncated { .. })));
        assert!(matches!(split_first(b"GIF8"), Err(FrameError::Foreign)));
    }

    proptest! {
        #[test]
        fn any_flipped_bit_or_cut_is_found(value in prop::collection::vec(".{0,8}", 0..6), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let bytes = encode(KIND, &value).unwrap();
            prop_assert_eq!(&decode::<Vec<String>>(KIND, &bytes).unwrap(), &value);
            let mut flipped = bytes.clone();
            flipped[at.index(bytes.len())] ^= 1 << bit;
            prop_assert!(decode::<Vec<String>>(KIND, &flipped).is_err());
            prop_assert!(decode::<Vec<String>>(KIND, &bytes[..at.index(bytes.len())]).is_err());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode::<Vec<String>>(KIND, &bytes).is_err());
        }
    }
}
