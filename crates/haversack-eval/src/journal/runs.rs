use std::path::{Path, PathBuf};

use haversack_model::{Digest, VersionId};

use super::appending::{read_header, read_run};
use super::{Journal, JournalError, JournalOptions, Recording, RunHeader, RunId};

/// A folder of recorded runs.
///
/// Runs are made and read here; nothing here removes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
    folder: PathBuf,
}

/// All runs of a folder, those that cannot be read included.
#[derive(Debug, Default)]
pub struct Listing {
    /// Runs, oldest first.
    pub recordings: Vec<Recording>,
    /// Runs that are there and cannot be read, oldest first.
    pub unreadable: Vec<(RunId, JournalError)>,
}

impl Runs {
    /// The runs of a folder, which need not be there yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The ids of all runs, oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Vec<RunId>, JournalError> {
        let wrap = |source| JournalError::Io { what: "list", path: self.folder.clone(), source };
        let mut runs = Vec::new();
        match std::fs::read_dir(&self.folder) {
            Ok(entries) => {
                for entry in entries {
                    let name = entry.map_err(wrap)?.file_name();
                    runs.extend(name.to_str().and_then(|name| name.parse::<RunId>().ok()));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(wrap(error)),
        }
        runs.sort();
        Ok(runs)
    }

    /// The one run whose id, or the digits of it, begin with `prefix`.
    ///
    /// # Errors
    /// When there is none, or several.
    pub fn find(&self, prefix: &str) -> Result<RunId, JournalError> {
        let all = self.list()?;
        let mut candidates: Vec<RunId> = all.iter().filter(|run| run.has_prefix(prefix)).cloned().collect();
        match candidates.len() {
            1 if !prefix.is_empty() => Ok(candidates.remove(0)),
            0 => Err(JournalError::NoRun {
                prefix: prefix.to_owned(),
                known: all.into_iter().rev().take(5).collect(),
            }),
            _ => Err(JournalError::Ambiguous { prefix: prefix.to_owned(), candidates }),
        }
    }

    /// Reads a run, be it finished or not.
    ///
    /// # Errors
    /// When it cannot be read or is damaged.
    pub fn read(&self, run: &RunId) -> Result<Recording, JournalError> {
        read_run(&self.folder, run)
    }

    /// What a run is of: its first line alone.
    ///
    /// # Errors
    /// When the line cannot be read or is damaged.
    pub fn header(&self, run: &RunId) -> Result<RunHeader, JournalError> {
        read_header(&self.folder, run)
    }

    /// Reads all runs.
    ///
    /// # Errors
    /// When the folder cannot be read; a run that cannot is part of the listing.
    pub fn all(&self) -> Result<Listing, JournalError> {
        let mut listing = Listing::default();
        for run in self.list()? {
            match self.read(&run) {
                Ok(recording) => listing.recordings.push(recording),
                Err(error) => listing.unreadable.push((run, error)),
            }
        }
        Ok(listing)
    }

    /// The newest run of a suite on a version by an agent, complete or not.
    ///
    /// # Errors
    /// When a run that is newer than it cannot be read: it might have been the one.
    pub fn latest(
        &self,
        suite: &str,
        version: VersionId,
        agent: Digest,
    ) -> Result<Option<Recording>, JournalError> {
        for run in self.list()?.iter().rev() {
            let header = self.header(run)?;
            if header.suite == suite && header.version == version && header.agent.fingerprint == agent {
                return self.read(run).map(Some);
            }
        }
        Ok(None)
    }

    /// Begins a run.
    ///
    /// # Errors
    /// When the run is there or another process begins it, or the folder cannot be written.
    pub fn create(&self, header: RunHeader, options: &JournalOptions) -> Result<Journal, JournalError> {
        Journal::create(&self.folder, header, options)
    }

    /// Goes on with a run, `now` being milliseconds since 1970. A torn tail is cut off and told in
    /// [`Recording::torn`]; nothing that is whole is touched.
    ///
    /// # Errors
    /// When another process writes to it, or it cannot be read, or is damaged before its end.
    pub fn resume(&self, run: &RunId, now: u64, options: &JournalOptions) -> Result<Journal, JournalError> {
        Journal::resume(&self.folder, run, now, options)
    }
}
