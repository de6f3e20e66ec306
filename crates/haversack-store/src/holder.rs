use std::fmt;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use haversack_model::civil_date;
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
        let (year, month, day) = civil_date(since / 86_400);
        let (hour, minute) = (since / 3600 % 24, since / 60 % 60);
        let clean = |text: &str| text.chars().filter(|c| !c.is_control()).take(100).collect::<String>();
        write!(f, "process {process}, `{}` on {}, ", clean(command), clean(host))?;
        write!(f, "since {year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
