//! The line of versions of one context: its log and its tags, in one file that is replaced as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use haversack_model::VersionId;
use haversack_model::frame::FrameError;
use serde::{Deserialize, Serialize};

use crate::address::is_name;
use crate::{Address, Point, StoreError, checked};

/// What moved `latest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A build.
    Build,
    /// A return to an earlier version.
    Rollback,
    /// A version that came from elsewhere.
    Pull,
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
    /// Versions whose objects a collection of garbage removed; the log still shows them.
    pub pruned: BTreeSet<VersionId>,
}

const KIND: &str = "line";
const FORMAT: u32 = 1;

impl Line {
    /// The newest version.
    #[must_use]
    pub fn latest(&self) -> Option<VersionId> {
        self.entries.last().map(|entry| entry.version)
    }

    /// Every version that the log or a tag names and that is there, newest first, each once.
    #[must_use]
    pub fn versions(&self) -> Vec<VersionId> {
        self.all_versions().into_iter().filter(|version| !self.pruned.contains(version)).collect()
    }

    /// Every version that the log or a tag names, even where it was removed, newest first, each once.
    #[must_use]
    pub fn all_versions(&self) -> Vec<VersionId> {
        let mut seen = BTreeSet::new();
        let logged = self.entries.iter().rev().map(|entry| entry.version);
        logged.chain(self.tags.values().copied()).filter(|version| seen.insert(*version)).collect()
    }

    /// The version that an address names in this line.
    ///
    /// # Errors
    /// When it names none, or several, or one that was removed.
    pub fn resolve(&self, address: &Address) -> Result<VersionId, StoreError> {
        let none = || StoreError::NoVersion { address: address.to_string(), known: self.known() };
        let version = self.named(address)?.ok_or_else(none)?;
        if self.pruned.contains(&version) {
            return Err(StoreError::Pruned { address: address.to_string(), version });
        }
        Ok(version)
    }

    fn named(&self, address: &Address) -> Result<Option<VersionId>, StoreError> {
        let start = match &address.point {
            Point::Latest => self.latest(),
            Point::Named(name) => match self.tags.get(name) {
                Some(version) => Some(*version),
                None => self.by_prefix(name, address)?,
            },
        };
        if address.back == 0 {
            return Ok(start);
        }
        let at = self.entries.iter().rposition(|entry| Some(entry.version) == start);
        let at = at.and_then(|at| at.checked_sub(address.back));
        Ok(at.and_then(|at| self.entries.get(at)).map(|entry| entry.version))
    }

    fn by_prefix(&self, prefix: &str, address: &Address) -> Result<Option<VersionId>, StoreError> {
        if prefix.len() < 4 || !prefix.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let candidates: Vec<_> = self.all_versions().into_iter().filter(|v| v.has_prefix(prefix)).collect();
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

    /// Appends a step to the log. A version that was removed before is there again.
    pub fn push(&mut self, entry: Entry) {
        self.pruned.remove(&entry.version);
        self.entries.push(entry);
    }

    /// Whether the log of this line is the beginning of that of another, or all of it.
    #[must_use]
    pub fn is_prefix_of(&self, other: &Self) -> bool {
        other.entries.starts_with(&self.entries)
    }

    /// The steps that this line has after all those of `base`; `None` when the logs went apart.
    #[must_use]
    pub fn since(&self, base: &Self) -> Option<&[Entry]> {
        self.entries.strip_prefix(base.entries.as_slice())
    }

    /// Takes over the tags of another line.
    ///
    /// # Errors
    /// When a tag names another version there and `force` is not set; the line is then as it was.
    pub fn unite_tags(&mut self, context: &str, other: &Self, force: bool) -> Result<(), StoreError> {
        let mut united = self.clone();
        for (tag, version) in &other.tags {
            united.tag(context, tag, *version, force)?;
        }
        self.tags = united.tags;
        Ok(())
    }

    /// The bytes of a line's file.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, StoreError> {
        checked::to_bytes(KIND, FORMAT, self)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, FrameError> {
        checked::from_bytes(KIND, FORMAT, bytes)
    }

    pub(crate) fn restore(path: &Path) -> Result<Option<Self>, StoreError> {
        checked::restore(path, KIND, FORMAT)
    }

    pub(crate) fn read(path: &Path) -> Result<Option<Self>, StoreError> {
        checked::read(path, KIND, FORMAT)
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), StoreError> {
        checked::write(path, KIND, FORMAT, self)
    }
}
