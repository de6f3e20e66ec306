use std::fmt;
use std::str::FromStr;

use haversack_model::{Digest, civil_date};
use serde::{Deserialize, Serialize};

/// The name of a run: when it started, and a hash of what it was to do.
///
/// `20261126-154931007-3f9c2a1b7e21` is UTC to the millisecond, then 12 hexadecimal digits. Ids sort by time, and a run
/// can be named by the beginning of the whole or of the digits.
///
/// ```
/// use haversack_eval::RunId;
/// let id = RunId::new(951_782_400_007, b"what it was to do");
/// assert!(id.to_string().starts_with("20000229-000000007-"));
/// assert_eq!(id.to_string().parse(), Ok(id.clone()));
/// assert!(id < RunId::new(951_782_400_008, b""));
/// assert!(id.has_prefix("2000") && id.has_prefix(id.digits()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// A string that is no run id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a run id (as 20261126-154931007-3f9c2a1b7e21)")]
pub struct InvalidRunId(pub String);

/// The last millisecond of the year 9999; later times are shown as this one.
const LAST: u64 = 253_402_300_799_999;
const DIGITS: usize = 12;

impl RunId {
    /// The id of a run that starts `at` milliseconds after 1970 and whose plan has these bytes.
    #[must_use]
    pub fn new(at: u64, plan: &[u8]) -> Self {
        let at = at.min(LAST);
        let (seconds, millis) = (at / 1000, at % 1000);
        let (year, month, day) = civil_date(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        let mut digits = Digest::of(plan).to_string();
        digits.truncate(DIGITS);
        Self(format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}{millis:03}-{digits}"))
    }

    /// Stands for what belongs to no run; it sorts behind all runs.
    #[must_use]
    pub fn of_probes() -> Self {
        Self::new(LAST, b"probes")
    }

    /// The hexadecimal digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        self.0.rsplit('-').next().unwrap_or_default()
    }

    /// Whether the id, or its digits, begin with `prefix`.
    #[must_use]
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.0.starts_with(prefix) || self.digits().starts_with(&prefix.to_ascii_lowercase())
    }

    /// The whole id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for RunId {
    type Err = InvalidRunId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        let hex = |part: &str| {
            part.len() == DIGITS && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        let mut parts = text.split('-');
        let valid = parts.next().is_some_and(|part| number(part, 8))
            && parts.next().is_some_and(|part| number(part, 9))
            && parts.next().is_some_and(hex)
            && parts.next().is_none();
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidRunId(text.chars().take(80).collect())) }
    }
}

impl TryFrom<String> for RunId {
    type Error = InvalidRunId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_are_what_they_look_like() {
        assert!(RunId::new(0, b"").as_str().starts_with("19700101-000000000-"));
        assert!(RunId::new(u64::MAX, b"").as_str().starts_with("99991231-235959999-"));
        for wrong in [
            "",
            "..",
            "20261126-154931007",
            "20261126-154931007-3F9c2a1b7e21",
            "20261126-154931007-3f9c2a1b7e21-",
        ] {
            assert_eq!(wrong.parse::<RunId>(), Err(InvalidRunId(wrong.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn ids_sort_by_time(a in 0..LAST, b in 0..LAST) {
            let (id_a, id_b) = (RunId::new(a, b"x"), RunId::new(b, b"x"));
            prop_assert_eq!(a.cmp(&b), id_a.cmp(&id_b));
            prop_assert_eq!(id_a.to_string().parse::<RunId>(), Ok(id_a));
        }

        #[test]
        fn no_string_panics(text in ".{0,40}") {
            let _ = text.parse::<RunId>();
            prop_assert_eq!(RunId::new(5, b"").has_prefix(&text), "19700101-000000005-".starts_with(&text) || RunId::new(5, b"").digits().starts_with(&text.to_ascii_lowercase()));
        }
    }
}
