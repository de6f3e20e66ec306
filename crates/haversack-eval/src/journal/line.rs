//! One line of a journal: an event with its number and a checksum.
//!
//! ```text
//! {"sum":"<16 hexadecimal digits>","n":<number of the line, from 1>,"event":{"<kind>":{..}}}
//! ```
//!
//! `sum` is the beginning of BLAKE3 over the bytes behind `"sum":"..",`, up to and without the line feed. So a line says
//! of itself whether it is whole; that none is lost, doubled or elsewhere, its number says.

use haversack_model::Digest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const HEAD: &[u8] = b"{\"sum\":\"";
const DIGITS: usize = 16;
const NECK: &[u8] = b"\",";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbered<E> {
    n: u64,
    event: E,
}

/// The line of an event, without line feed.
pub(super) fn encode<E: Serialize>(n: u64, event: &E) -> Result<Vec<u8>, serde_json::Error> {
    Ok(framed(n, &serde_json::to_vec(event)?))
}

/// The line of an event that is JSON already.
pub(crate) fn framed(n: u64, event: &[u8]) -> Vec<u8> {
    let body = [format!("\"n\":{n},\"event\":").as_bytes(), event, b"}"].concat();
    [HEAD, sum(&body).as_bytes(), NECK, &body].concat()
}

/// What follows the checksum, if the line is whole.
pub(super) fn body(line: &[u8]) -> Option<&[u8]> {
    let (digits, rest) = line.strip_prefix(HEAD)?.split_at_checked(DIGITS)?;
    let body = rest.strip_prefix(NECK)?;
    (sum(body).as_bytes() == digits).then_some(body)
}

/// Number and event of a body.
pub(super) fn decode<E: DeserializeOwned>(body: &[u8]) -> Result<(u64, E), serde_json::Error> {
    let value = [b"{", body].concat();
    let Numbered { n, event } = serde_json::from_slice(&value)?;
    Ok((n, event))
}

fn sum(body: &[u8]) -> String {
    let mut digits = Digest::of(body).to_string();
    digits.truncate(DIGITS);
    digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_form_of_a_line_is_pinned() {
        let line = encode(3, &serde_json::json!({"stopped": {"at": 7}})).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert_eq!(line, "{\"sum\":\"2ef163a3d6064b20\",\"n\":3,\"event\":{\"stopped\":{\"at\":7}}}");
        // Any reader of JSON lines understands it.
        assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap()["n"], 3);
    }

    proptest! {
        #[test]
        fn any_flipped_bit_or_cut_is_found(text in ".{0,12}", n in any::<u64>(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let line = encode(n, &text).unwrap();
            prop_assert!(!line.contains(&b'\n'));
            prop_assert_eq!(decode::<String>(body(&line).unwrap()).unwrap(), (n, text));
            let mut flipped = line.clone();
            flipped[at.index(line.len())] ^= 1 << bit;
            prop_assert!(body(&flipped).is_none());
            prop_assert!(body(&line[..at.index(line.len())]).is_none());
        }
    }
}
