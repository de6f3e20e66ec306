use std::ops::Range;
use std::path::Path;

use super::SyncError;

/// Files by path, somewhere else. Paths are relative, their parts divided by `/`.
///
/// Calls block, and come from several threads at once. A file is never seen half written.
pub trait Remote: Send + Sync {
    /// What people know it by; nothing secret.
    fn describe(&self) -> String;

    /// The bytes of a file; `None` when it is not there.
    ///
    /// # Errors
    /// When the remote cannot be reached or refuses; so for every other call.
    fn get(&self, path: &str) -> Result<Option<Vec<u8>>, SyncError>;

    /// Bytes `range.start .. range.end` of a file, all of them.
    ///
    /// # Errors
    /// [`SyncError::Absent`] when the file is not there; an error when it is shorter.
    fn get_range(&self, path: &str, range: Range<u64>) -> Result<Vec<u8>, SyncError>;

    /// The bytes of a file and which state of it they are.
    ///
    /// # Errors
    /// See [`get`](Self::get).
    fn get_with_tag(&self, path: &str) -> Result<Option<(Vec<u8>, Tag)>, SyncError>;

    /// Writes a file, over one that may be there.
    ///
    /// # Errors
    /// See [`get`](Self::get); also when a local file cannot be read.
    fn put(&self, path: &str, content: Content<'_>) -> Result<(), SyncError>;

    /// Writes a file if it is in the expected state (`None`: if it is not there), and returns its new state.
    ///
    /// # Errors
    /// [`SyncError::LostRace`] when it is in another state.
    fn put_if(&self, path: &str, bytes: &[u8], expected: Option<&Tag>) -> Result<Tag, SyncError>;

    /// Paths and lengths of all files below a folder, sorted by path. A folder that is not there is empty.
    ///
    /// # Errors
    /// See [`get`](Self::get).
    fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, SyncError>;

    /// Whether a file is there.
    ///
    /// # Errors
    /// See [`get`](Self::get).
    fn exists(&self, path: &str) -> Result<bool, SyncError>;

    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    /// See [`get`](Self::get).
    fn remove(&self, path: &str) -> Result<(), SyncError>;
}

/// What a file is to hold.
#[derive(Debug, Clone, Copy)]
pub enum Content<'c> {
    /// These bytes.
    Bytes(&'c [u8]),
    /// The bytes of a file of this machine.
    File(&'c Path),
}

/// Which state of a file was read. Opaque; two states with different bytes never have the same tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag(String);

impl Tag {
    /// A tag as a remote knows it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
