//! Signatures of versions, beside the versions.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use haversack_model::{Digest, VersionId};
use haversack_sign::Signed;

use crate::travel::IndexList;
use crate::{Error, Store, derived};

/// Where a version's signature stands, here and at a remote, below the root of either.
pub(crate) fn path(version: VersionId) -> String {
    format!("signatures/{version}.minisig")
}

fn local(store: &Store, version: VersionId) -> PathBuf {
    store.inner.root().join(path(version))
}

/// Every signature that is here, with its version.
pub(crate) fn all(store: &Store) -> Result<Vec<(PathBuf, VersionId)>, Error> {
    let version = |path: &PathBuf| path.file_name()?.to_str()?.strip_suffix(".minisig")?.parse().ok();
    let files = derived::entries(&store.inner.root().join("signatures"))?;
    Ok(files.into_iter().filter_map(|path| Some((path.clone(), version(&path)?))).collect())
}

impl Store {
    /// Signs a version, and its index if it is here, with a secret key of minisign, given as the text of its file. The
    /// signature is kept with the version, in the place of one that it had, and is pushed with it. Returns the version.
    ///
    /// # Errors
    /// When the address names no version, or the key cannot be read.
    pub fn sign(&self, address: &str, secret: &str, password: Option<&str>) -> Result<VersionId, Error> {
        let version = self.resolve(address)?;
        let context = self.manifest(version)?.recipe.name;
        let index = IndexList::of(&self.inner, version).and_then(|list| list.to_bytes());
        let index = index.ok().map(|bytes| Digest::of(&bytes));
        let signature = haversack_sign::sign(secret, password, version, &context, index)?;
        self.keep_signature(version, &signature)?;
        Ok(version)
    }

    /// Whether a version has a signature by one of these public keys, and what it says.
    ///
    /// # Errors
    /// [`Error::Unsigned`] when it has none; when it is by another key or damaged.
    pub fn signed(&self, version: VersionId, keys: &[String]) -> Result<Signed, Error> {
        let signature = self.signature(version)?.ok_or(Error::Unsigned(version))?;
        Ok(haversack_sign::verify(&signature, version, keys)?)
    }

    pub(crate) fn keep_signature(&self, version: VersionId, signature: &str) -> Result<(), Error> {
        Ok(haversack_store::replace(&local(self, version), signature.as_bytes())?)
    }

    pub(crate) fn signature(&self, version: VersionId) -> Result<Option<String>, Error> {
        let path = local(self, version);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("read", &path)(error)),
        }
    }
}
