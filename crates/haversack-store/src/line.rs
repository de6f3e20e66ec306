//! The line of versions of one context: its log and its tags, in one file that is replaced as a whole.

use std::collections::BTreeMap;

use haversack_model::{VersionId, canonical};
use serde::{Deserialize, Serialize};

use crate::address::is_name;
use crate::{Address, Point, StoreError};

/// What moved `latest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A build.
    Build,
    /// A return to an earlier version.
    Rollback,
}

/// One step of a context's log: the change that led to a version, which is no part of the version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The version that became the latest.
    pub version: VersionId,
    /// The one before it.
    pub parent: Option<VersionId>,
    /// Seconds since 1970 by the writer's clock; for people.
    pub at: u64,
    /// What happened.
    pub action: Action,
    /// What a person said of it.
    pub message: String,
}

/// The log and tags of one context.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Oldest first; never empty in a stored line.
    pub entries: Vec<Entry>,
    /// Fixed names.
    pub tags: BTreeMap<String, VersionId>,
}

/// A line as it stands in its file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: u32,
    line: Line,
    /// Canonical digest of `line`, so that damage is seen.
    checksum: haversack_model::Digest,
}

const FORMAT: u32 = 1;

impl Line {
    /// The newest version.
    #[must_use]
    pub fn latest(&self) -> Option<VersionId> {
        self.entries.last().map(|entry| entry.version)
    }

    /// Every version that the log or a tag names, newest first, each once.
    #[must_use]
    pub fn versions(&self) -> Vec<VersionId> {
        let mut seen = std::collections::BTreeSet::new();
        let logged = self.entries.iter().rev().map(|entry| entry.version);
        logged.chain(self.tags.values().copied()).filter(|version| seen.insert(*version)).collect()
    }

    /// The version that an address names in this line.
    ///
    /// # Errors
    /// When it names none, or several.
    pub fn resolve(&self, address: &Address) -> Result<VersionId, StoreError> {
        let none = || StoreError::NoVersion { address: address.to_string(), known: self.known() };
        let start = match &address.point {
            Point::Latest => self.latest().ok_or_else(none)?,
            Point::Named(name) => match self.tags.get(name) {
                Some(version) => *version,
                None => self.by_prefix(name, address)?.ok_or_else(none)?,
            },
        };
        if address.back == 0 {
            return Ok(start);
        }
        let at = self.entries.iter().rposition(|entry| entry.version == start).ok_or_else(none)?;
        at.checked_sub(address.back)
            .and_then(|at| self.entries.get(at))
            .map(|entry| entry.version)
            .ok_or_else(none)
    }

    fn by_prefix(&self, prefix: &str, address: &Address) -> Result<Option<VersionId>, StoreError> {
        if prefix.len() < 4 || !prefix.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let candidates: Vec<_> = self.versions().into_iter().filter(|v| v.has_prefix(prefix)).collect();
        match candidates.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            _ => Err(StoreError::Ambiguous { address: address.to_string(), candidates }),
        }
    }

    fn known(&self) -> Vec<String> {
        let tags = self.tags.keys().cloned();
        tags.chain(self.versions().iter().take(5).map(haversack_model::Digest::short)).collect()
    }

    /// Gives a version a fixed name.
    ///
    /// # Errors
    /// When the name is none that a tag may have, or is taken and `force` is not set.
    pub fn tag(
        &mut self,
        context: &str,
        tag: &str,
        version: VersionId,
        force: bool,
    ) -> Result<(), StoreError> {
        let like_an_id = tag.len() >= 4 && tag.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_name(tag) || tag == "latest" || like_an_id {
            return Err(StoreError::TagName(tag.to_owned()));
        }
        match self.tags.get(tag) {
            Some(taken) if *taken != version && !force => Err(StoreError::TagExists {
                context: context.to_owned(),
                tag: tag.to_owned(),
                version: *taken,
            }),
            _ => {
                self.tags.insert(tag.to_owned(), version);
                Ok(())
            }
        }
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, StoreError> {
        let checksum = canonical::digest("line", self)?;
        let stored = Stored { format: FORMAT, line: self.clone(), checksum };
        let mut bytes = serde_json::to_vec_pretty(&stored).map_err(canonical::CanonicalError::from)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// `None` when the bytes are not a whole line.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let stored: Stored = serde_json::from_slice(bytes).ok()?;
        let whole =
            stored.format == FORMAT && canonical::digest("line", &stored.line).ok()? == stored.checksum;
        whole.then_some(stored.line)
    }
}
