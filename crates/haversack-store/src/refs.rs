use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use haversack_model::VersionId;

use crate::address::is_name;
use crate::{Address, Line, Store, StoreError, WriteLock, checked};

impl Store {
    /// Names of all contexts with versions, sorted; also of those whose file is lost but for the copy before its last change.
    ///
    /// # Errors
    /// When the folder of refs cannot be listed.
    pub fn contexts(&self) -> Result<Vec<String>, StoreError> {
        let refs = self.root().join("refs");
        let mut names = BTreeSet::new();
        for file in fs::read_dir(&refs).map_err(StoreError::io("list", &refs))? {
            let name = file.map_err(StoreError::io("list", &refs))?.file_name();
            let name = name.to_str().map(|name| name.strip_suffix(".old").unwrap_or(name));
            if let Some(name) = name.and_then(|name| name.strip_suffix(".json"))
                && is_name(name)
            {
                names.insert(name.to_owned());
            }
        }
        Ok(names.into_iter().collect())
    }

    /// The line of a context.
    ///
    /// # Errors
    /// When the context has no versions, or its file is damaged or lost.
    pub fn line(&self, context: &str) -> Result<Line, StoreError> {
        if !is_name(context) {
            return Err(StoreError::NoContext(context.chars().take(100).collect()));
        }
        let path = self.line_path(context);
        match Line::read(&path)? {
            Some(line) => Ok(line),
            // A line is never removed, so a context with an older copy has lost it.
            None if checked::old(&path).exists() => Err(StoreError::damaged(&path, None)),
            None => Err(StoreError::NoContext(context.to_owned())),
        }
    }

    /// Replaces the line of a context: the moment at which a version is published. What stood there is kept beside it.
    ///
    /// # Errors
    /// When the file cannot be replaced; the old line then stands.
    pub fn set_line(&self, _lock: &WriteLock, context: &str, line: &Line) -> Result<(), StoreError> {
        if !is_name(context) {
            return Err(StoreError::NoContext(context.chars().take(100).collect()));
        }
        line.write(&self.line_path(context))
    }

    pub(crate) fn line_path(&self, context: &str) -> PathBuf {
        self.root().join("refs").join(format!("{context}.json"))
    }

    /// The version that an address names.
    ///
    /// # Errors
    /// When it names none or several, or one that was removed.
    pub fn resolve(&self, address: &Address) -> Result<VersionId, StoreError> {
        self.line(&address.context)?.resolve(address)
    }
}
