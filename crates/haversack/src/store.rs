use std::path::Path;

use haversack_model::{DocumentRecord, Manifest, VersionId};
use haversack_store::{Action, Address, Entry, Line};

use crate::embedder::Machine;
use crate::tokenizer::Tokenizers;
use crate::{Context, Error};

/// A `.haversack` folder with its contexts and versions.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: haversack_store::Store,
    pub(crate) machine: Machine,
}

impl Store {
    /// Opens a store.
    ///
    /// # Errors
    /// When there is none at `path`, or its layout is unknown.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let inner = haversack_store::Store::open(path.as_ref())?;
        Ok(Self { inner, machine: Machine::default() })
    }

    /// Opens a store, or makes it where there is none.
    ///
    /// # Errors
    /// When the folder cannot be made, or holds something else.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, Error> {
        let inner = haversack_store::Store::create(path.as_ref())?;
        Ok(Self { inner, machine: Machine::default() })
    }

    /// Says what the machine has, for embedders that need native libraries.
    #[must_use]
    pub fn machine(mut self, machine: Machine) -> Self {
        self.machine = machine;
        self
    }

    /// Tokenizers as a context's recipe names them.
    pub(crate) fn tokenizers(&self, context: &str) -> Tokenizers {
        let root = self.inner.root().parent().unwrap_or(Path::new("."));
        Tokenizers::new(root.join("contexts").join(context))
    }

    /// Opens the version that an address names: `docs`, `docs@v1`, `docs@latest~1`, `docs@3f9c2a1b`.
    ///
    /// # Errors
    /// When the address names none, or its index is not on this machine.
    pub fn context(&self, address: &str) -> Result<Context, Error> {
        let address: Address = address.parse()?;
        let mut version = self.inner.resolve(&address)?;
        loop {
            let opened = Context::open(self, &address.context, version);
            // What stood in the way may be garbage collected just now: a reader that came late takes what is there now.
            match self.inner.resolve(&address) {
                Ok(now) if opened.is_err() && now != version => version = now,
                _ => return opened,
            }
        }
    }

    /// The version that an address names.
    ///
    /// # Errors
    /// When it names none or several.
    pub fn resolve(&self, address: &str) -> Result<VersionId, Error> {
        Ok(self.inner.resolve(&address.parse()?)?)
    }

    /// Names of all contexts with versions, sorted.
    ///
    /// # Errors
    /// When the store cannot be listed.
    pub fn contexts(&self) -> Result<Vec<String>, Error> {
        Ok(self.inner.contexts()?)
    }

    /// Log and tags of a context.
    ///
    /// # Errors
    /// When it has no versions, or its file is damaged.
    pub fn line(&self, context: &str) -> Result<Line, Error> {
        Ok(self.inner.line(context)?)
    }

    /// What a version is made of.
    ///
    /// # Errors
    /// When its manifest is missing or damaged.
    pub fn manifest(&self, version: VersionId) -> Result<Manifest, Error> {
        Ok(self.inner.manifest(version)?)
    }

    /// Every document of a version, in the order of ids.
    ///
    /// # Errors
    /// When an object is missing or damaged.
    pub fn documents(&self, version: VersionId) -> Result<Vec<DocumentRecord>, Error> {
        let mut records = Vec::new();
        for snapshot in self.inner.manifest(version)?.snapshots.values() {
            records.extend(self.inner.snapshot(snapshot.id)?);
        }
        records.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(records)
    }

    /// Gives a version a fixed name. With `force` a tag that names another version is moved.
    ///
    /// # Errors
    /// When the name is taken or cannot be one, or another process writes.
    pub fn tag(&self, address: &str, tag: &str, force: bool) -> Result<VersionId, Error> {
        let address: Address = address.parse()?;
        let lock = self.inner.lock()?;
        let mut line = self.inner.line(&address.context)?;
        let version = line.resolve(&address)?;
        line.tag(&address.context, tag, version, force)?;
        self.inner.set_line(&lock, &address.context, &line)?;
        Ok(version)
    }

    /// Makes an earlier version the latest again, as a new entry of the log. `now` is seconds since 1970.
    ///
    /// # Errors
    /// When the address names no version, or another process writes.
    pub fn rollback(&self, address: &str, now: u64) -> Result<VersionId, Error> {
        let parsed: Address = address.parse()?;
        let lock = self.inner.lock()?;
        let mut line = self.inner.line(&parsed.context)?;
        let version = line.resolve(&parsed)?;
        // A version that cannot be read back is none to return to.
        self.inner.manifest(version)?;
        let parent = line.latest();
        if parent != Some(version) {
            let message = format!("to {address}");
            line.entries.push(Entry { version, parent, at: now, action: Action::Rollback, message });
            self.inner.set_line(&lock, &parsed.context, &line)?;
        }
        Ok(version)
    }

    /// Every version that is here, sorted.
    ///
    /// # Errors
    /// When a context's file is damaged.
    pub fn versions(&self) -> Result<Vec<VersionId>, Error> {
        Ok(self.inner.live_versions()?)
    }
}
