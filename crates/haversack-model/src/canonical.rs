//! The canonical hash: one identity for one value, in any language, on any machine.
//!
//! Specification. A value is written as JSON after RFC 8785 (JCS): no white space, object members sorted by
//! the UTF-16 code units of their names, strings with the shortest escapes, and numbers as ECMAScript
//! prints them. Haversack narrows numbers to those that ECMAScript prints without an exponent: integers of at
//! most 53 bits, and finite floats that are zero or of magnitude in `[1e-6, 1e21)`; anything else is refused. The digest is
//! `BLAKE3("haversack <kind> v1" || 0x00 || json)` with `<kind>` naming the sort of value (`manifest`, `recipe`, ...),
//! so that values of two kinds never share an identity.
//!
//! ```
//! use haversack_model::canonical;
//! let value = serde_json::json!({"b": 1.0, "a": [0.9, "x\n"]});
//! assert_eq!(canonical::text(&value)?, r#"{"a":[0.9,"x\n"],"b":1}"#);
//! # Ok::<(), canonical::CanonicalError>(())
//! ```

use serde::Serialize;
use serde_json::Value;

use crate::Digest;

/// Why a value has no canonical form.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// The value does not serialise to JSON.
    #[error("value has no JSON form")]
    Json(#[from] serde_json::Error),
    /// A number outside the range that every language prints alike.
    #[error("number {0} has no canonical form (magnitude must be 0 or in [1e-6, 1e21))")]
    Number(String),
}

/// The canonical hash of a value of a kind.
///
/// # Errors
/// When the value does not serialise or holds a number without a canonical form.
pub fn digest<T: Serialize + ?Sized>(kind: &str, value: &T) -> Result<Digest, CanonicalError> {
    Ok(digest_text(kind, &text(value)?))
}

/// The digest of a canonical text that was written before.
#[must_use]
pub fn digest_text(kind: &str, text: &str) -> Digest {
    digest_bytes(kind, text.as_bytes())
}

pub(crate) fn digest_bytes(kind: &str, text: &[u8]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"haversack ");
    hasher.update(kind.as_bytes());
    hasher.update(b" v1\0");
    hasher.update(text);
    Digest::from_bytes(*hasher.finalize().as_bytes())
}

/// The canonical JSON of a value.
///
/// # Errors
/// As [`digest`].
pub fn text<T: Serialize + ?Sized>(value: &T) -> Result<String, CanonicalError> {
    let mut out = String::new();
    write(&serde_json::to_value(value)?, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String) -> Result<(), CanonicalError> {
    match value {
        Value::Number(number) => out.push_str(&number_text(number)?),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (i, (name, item)) in members.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                // serde_json escapes strings exactly as JCS asks: \b \t \n \f \r \" \\ and \u00xx.
                out.push_str(&serde_json::to_string(name)?);
                out.push(':');
                write(item, out)?;
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::String(_) => out.push_str(&serde_json::to_string(value)?),
    }
    Ok(())
}

pub(crate) fn number_text(number: &serde_json::Number) -> Result<String, CanonicalError> {
    const SAFE: u64 = 1 << 53;
    let refuse = || CanonicalError::Number(number.to_string());
    if let Some(n) = number.as_u64() {
        return if n <= SAFE { Ok(n.to_string()) } else { Err(refuse()) };
    }
    if let Some(n) = number.as_i64() {
        return if n.unsigned_abs() <= SAFE { Ok(n.to_string()) } else { Err(refuse()) };
    }
    let float = number.as_f64().ok_or_else(refuse)?;
    let magnitude = float.abs();
    if float == 0.0 {
        Ok("0".to_owned())
    } else if (1e-6..1e21).contains(&magnitude) {
        Ok(format!("{float}"))
    } else {
        Err(refuse())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn canonical_form_is_pinned() {
        let value = json!({"z": [true, null, -3], "a": {"é": 0.75, "b\"": "\u{1}\n\u{20ac}"}, "n": -0.0});
        assert_eq!(
            text(&value).unwrap(),
            "{\"a\":{\"b\\\"\":\"\\u0001\\n€\",\"é\":0.75},\"n\":0,\"z\":[true,null,-3]}"
        );
        assert_eq!(
            digest("test", &json!({"a": 1})).unwrap().to_string(),
            blake3::hash(b"haversack test v1\0{\"a\":1}").to_hex().to_string()
        );
    }

    #[test]
    fn numbers_that_languages_print_differently_are_refused() {
        for bad in [json!(1e21), json!(1e-7), json!(u64::MAX)] {
            assert!(matches!(text(&bad), Err(CanonicalError::Number(_))), "{bad}");
        }
    }

    #[test]
    fn kinds_do_not_share_identities() {
        assert_ne!(digest("a", &1).unwrap(), digest("b", &1).unwrap());
    }
}
