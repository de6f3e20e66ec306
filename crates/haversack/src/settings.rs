//! What `haversack.toml` in the workspace's folder says.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;

use serde::Deserialize;

use crate::remote::RemoteSettings;
use crate::{Error, Workspace};

/// The whole file; it need not be there.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    #[serde(default)]
    pub remote: BTreeMap<String, RemoteSettings>,
    #[serde(default)]
    pub promote: BTreeMap<String, PromoteSettings>,
}

/// What a version must pass before a tag is moved to it: a table `[promote.TAG]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromoteSettings {
    /// The suite whose gate it must pass.
    pub suite: String,
    /// The agent, where it is not the suite's own.
    #[serde(default)]
    pub agent: Option<String>,
    /// The policy, relative to the workspace, where it is not the `gate.toml` of the suite.
    #[serde(default)]
    pub policy: Option<String>,
}

impl Settings {
    pub fn read(workspace: &Workspace) -> Result<Self, Error> {
        let path = workspace.root().join("haversack.toml");
        match fs::read_to_string(&path) {
            Ok(read) => toml::from_str(&read)
                .map_err(|error| Error::Settings { path, reason: error.message().to_owned() }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::io("read", &path)(error)),
        }
    }
}

impl Workspace {
    /// What a version must pass before a tag is moved to it; none when `haversack.toml` asks for nothing.
    ///
    /// # Errors
    /// When the file cannot be read or is wrong.
    pub fn promotion(&self, tag: &str) -> Result<Option<PromoteSettings>, Error> {
        Ok(Settings::read(self)?.promote.remove(tag))
    }
}
