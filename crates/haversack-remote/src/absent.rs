//! The remote of a program that was built without any service: it cannot be opened.

use std::ops::Range;
use std::path::Path;

use crate::location::{Service, shown};
use crate::{Options, RemoteError, Tag};

/// Files below a URL of an object store. This program was built without any: none can be opened.
#[derive(Debug)]
pub struct ObjectRemote(std::convert::Infallible);

#[allow(clippy::missing_errors_doc, reason = "there is no value to call these on")]
impl ObjectRemote {
    /// Says which feature is missing.
    pub fn open(url: &str, _: &Options) -> Result<Self, RemoteError> {
        Service::of(url)?;
        Err(RemoteError::Url { url: shown(url), reason: "this program has no object stores".to_owned() })
    }

    /// See the type.
    #[must_use]
    pub fn describe(&self) -> String {
        match self.0 {}
    }

    /// See the type.
    pub fn get(&self, _: &str) -> Result<Option<Vec<u8>>, RemoteError> {
        match self.0 {}
    }

    /// See the type.
    pub fn get_range(&self, _: &str, _: Range<u64>) -> Result<Vec<u8>, RemoteError> {
        match self.0 {}
    }

    /// See the type.
    pub fn get_with_tag(&self, _: &str) -> Result<Option<(Vec<u8>, Tag)>, RemoteError> {
        match self.0 {}
    }

    /// See the type.
    pub fn put(&self, _: &str, _: &[u8]) -> Result<(), RemoteError> {
        match self.0 {}
    }

    /// See the type.
    pub fn put_file(&self, _: &str, _: &Path) -> Result<(), RemoteError> {
        match self.0 {}
    }

    /// See the type.
    pub fn put_if(&self, _: &str, _: &[u8], _: Option<&Tag>) -> Result<Tag, RemoteError> {
        match self.0 {}
    }

    /// See the type.
    pub fn list(&self, _: &str) -> Result<Vec<(String, u64)>, RemoteError> {
        match self.0 {}
    }

    /// See the type.
    pub fn exists(&self, _: &str) -> Result<bool, RemoteError> {
        match self.0 {}
    }

    /// See the type.
    pub fn remove(&self, _: &str) -> Result<(), RemoteError> {
        match self.0 {}
    }
}
