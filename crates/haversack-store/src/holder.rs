use std::fmt;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Who holds the lock of a store, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Holder {
    /// Process id.
    pub process: u32,
    /// Program and its first argument; no more, since arguments may be secret.
    pub command: String,
    /// The machine.
    pub host: String,
    /// Seconds since 1970.
    pub since: u64,
}

impl Holder {
    /// This process, now.
    pub fn this() -> Self {
        let mut words = std::env::args_os().take(2);
        let program = words.next().unwrap_or_default();
        let program =
            std::path::Path::new(&program).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let command = match words.next() {
            Some(first) => format!("{program} {}", first.to_string_lossy()),
            None => program,
        };
        let host =
            fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| fs::read_to_string("/etc/hostname"));
        Self {
            process: std::process::id(),
            command: command.chars().take(100).collect(),
            host: host.map_or_else(|_| "this machine".to_owned(), |name| name.trim().to_owned()),
            since: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        }
    }

    /// What a lock file says; never trusted further than to be shown.
    pub fn describe(bytes: &[u8]) -> String {
        match serde_json::from_slice::<Self>(bytes) {
            Ok(holder) => holder.to_string(),
            Err(_) => "unknown process".to_owned(),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { process, command, host, since } = self;
        let (year, month, day) = date(since / 86_400);
        let (hour, minute) = (since / 3600 % 24, since / 60 % 60);
        let clean = |text: &str| text.chars().filter(|c| !c.is_control()).take(100).collect::<String>();
        write!(f, "process {process}, `{}` on {}, ", clean(command), clean(host))?;
        write!(f, "since {year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
    }
}

/// The Gregorian date of a day counted from 1970-01-01, by counting in years that begin in March.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days.min(1 << 40) + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (days, expected) in [
            (0, (1970, 1, 1)),
            (59, (1970, 3, 1)),
            (11_016, (2000, 2, 29)),
            (20_780, (2026, 11, 23)),
            (47_541, (2100, 3, 1)),
        ] {
            assert_eq!(date(days), expected);
        }
    }

    #[test]
    fn a_holder_is_told_in_words() {
        let holder = Holder {
            process: 7,
            command: "haversack build".into(),
            host: "box".into(),
            since: 86_400 + 3_660,
        };
        let text = "process 7, `haversack build` on box, since 1970-01-02 01:01 UTC";
        assert_eq!(holder.to_string(), text);
        assert_eq!(Holder::describe(&serde_json::to_vec(&holder).unwrap()), text);
        assert_eq!(Holder::describe(b"{\"process\": 1"), "unknown process");
    }
}
