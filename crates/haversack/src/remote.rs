//! Remotes by name, folder or URL.

use std::ops::Range;
use std::path::Path;

use haversack_remote::{ObjectRemote, Options, RemoteError};
use haversack_store::sync::{Content, FolderRemote, Remote, SyncError, Tag};
use serde::Deserialize;

use crate::settings::Settings;
use crate::{Error, Workspace};

/// A remote with a name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoteSettings {
    /// URL or folder.
    pub url: String,
    /// Public keys (minisign); what is pulled from this remote must be signed by one of them, if there are any.
    #[serde(default)]
    pub signers: Vec<String>,
}

impl RemoteSettings {
    /// The remote of this name in `haversack.toml`, else the text itself as a folder or URL.
    pub fn find(workspace: &Workspace, text: &str) -> Result<Self, Error> {
        match Settings::read(workspace)?.remote.get(text) {
            Some(found) => Ok(found.clone()),
            None => Ok(Self { url: text.to_owned(), signers: Vec::new() }),
        }
    }

    /// Makes ready to talk to it.
    pub fn open(&self, workspace: &Workspace) -> Result<Box<dyn Remote>, Error> {
        if haversack_remote::is_object_url(&self.url) {
            return Ok(Box::new(Objects(ObjectRemote::open(&self.url, &Options::default())?)));
        }
        if self.url.is_empty() {
            return Err(Error::NoRemote(self.url.clone()));
        }
        // A folder of the command line is relative to where the command runs, one of the settings to their file.
        let given = Path::new(&self.url);
        let folder = if given.exists() { given.to_owned() } else { workspace.root().join(given) };
        // A bare word that is neither in the settings nor there is more likely a slip than a new folder.
        let bare = given.components().count() == 1 && !self.url.contains(['/', '\\', '.']);
        if bare && !folder.exists() {
            return Err(Error::NoRemote(self.url.clone()));
        }
        Ok(Box::new(FolderRemote::new(&folder)))
    }
}

/// An object store, as the store's push and pull want it.
struct Objects(ObjectRemote);

impl Objects {
    fn failed(&self, action: &'static str, path: &str, error: RemoteError) -> SyncError {
        match error {
            RemoteError::Missing(path) => SyncError::Absent { path },
            RemoteError::LostRace(path) => SyncError::LostRace { path },
            error => {
                let (remote, path) = (self.0.describe(), path.to_owned());
                SyncError::Transport { remote, action, path, source: Box::new(error) }
            }
        }
    }
}

impl Remote for Objects {
    fn describe(&self) -> String {
        self.0.describe()
    }

    fn get(&self, path: &str) -> Result<Option<Vec<u8>>, SyncError> {
        self.0.get(path).map_err(|error| self.failed("read", path, error))
    }

    fn get_range(&self, path: &str, range: Range<u64>) -> Result<Vec<u8>, SyncError> {
        self.0.get_range(path, range).map_err(|error| self.failed("read", path, error))
    }

    fn get_with_tag(&self, path: &str) -> Result<Option<(Vec<u8>, Tag)>, SyncError> {
        let read = self.0.get_with_tag(path).map_err(|error| self.failed("read", path, error))?;
        Ok(read.map(|(bytes, tag)| (bytes, Tag::new(tag.as_str()))))
    }

    fn put(&self, path: &str, content: Content<'_>) -> Result<(), SyncError> {
        let put = match content {
            Content::Bytes(bytes) => self.0.put(path, bytes),
            Content::File(file) => self.0.put_file(path, file),
        };
        put.map_err(|error| self.failed("write", path, error))
    }

    fn put_if(&self, path: &str, bytes: &[u8], expected: Option<&Tag>) -> Result<Tag, SyncError> {
        let expected = expected.map(|tag| haversack_remote::Tag::new(tag.as_str()));
        let put = self.0.put_if(path, bytes, expected.as_ref());
        Ok(Tag::new(put.map_err(|error| self.failed("write", path, error))?.as_str()))
    }

    fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, SyncError> {
        self.0.list(folder).map_err(|error| self.failed("list", folder, error))
    }

    fn exists(&self, path: &str) -> Result<bool, SyncError> {
        self.0.exists(path).map_err(|error| self.failed("look for", path, error))
    }

    fn remove(&self, path: &str) -> Result<(), SyncError> {
        self.0.remove(path).map_err(|error| self.failed("remove", path, error))
    }
}
