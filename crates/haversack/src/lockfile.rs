//! `contexts/<name>/manifest.lock`: what was built, small and committed, as Cargo.lock is to Cargo.toml.

use std::fs;
use std::path::Path;

use haversack_model::{Manifest, VersionId};
use serde::{Deserialize, Serialize};

use crate::Error;

const HEADER: &str = "# Written by `haversack build`. Commit it; do not edit it.\n";

/// A lock file: a manifest and its identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lockfile {
    pub version: VersionId,
    pub manifest: Manifest,
}

impl Lockfile {
    pub fn of(manifest: Manifest) -> Result<Self, Error> {
        Ok(Self { version: manifest.version()?, manifest })
    }

    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
        let wrong = |reason: String| Error::Lockfile { path: path.to_owned(), reason };
        let lock = Self::parse(&text).map_err(|error| wrong(error.message().to_owned()))?;
        if lock.manifest.version()? == lock.version {
            Ok(lock)
        } else {
            Err(wrong("its version is not the hash of its manifest".to_owned()))
        }
    }

    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Writes the file unless it holds just this.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let body = toml::to_string(self)
            .map_err(|error| Error::Lockfile { path: path.to_owned(), reason: error.to_string() })?;
        let text = format!("{HEADER}{body}");
        if fs::read_to_string(path).is_ok_and(|there| there == text) {
            return Ok(());
        }
        Ok(haversack_store::replace(path, text.as_bytes())?)
    }
}
