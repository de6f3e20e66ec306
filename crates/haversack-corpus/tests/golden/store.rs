//! A store of values by name.

use std::collections::BTreeMap;
use std::io;

/// Most values that a store holds.
pub const MOST: usize = 1_000;

/// Keeps values in memory.
///
/// It is not meant for many values.
#[derive(Debug, Default)]
pub struct Store {
    values: BTreeMap<String, Vec<u8>>,
}

impl Store {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a value in, and gives back the one that was there.
    ///
    /// # Errors
    /// When the store is full.
    #[inline]
    pub fn put(&mut self, name: &str, value: Vec<u8>) -> io::Result<Option<Vec<u8>>> {
        if self.values.len() >= MOST && !self.values.contains_key(name) {
            return Err(io::Error::other("the store is full"));
        }
        let before = self.values.insert(name.to_owned(), value);
        if before.is_some() {
            // Whoever watches the store wants to know of what was replaced.
            self.changed(name);
        }
        Ok(before)
    }

    fn changed(&self, _name: &str) {}
}

impl Drop for Store {
    fn drop(&mut self) {
        self.values.clear();
    }
}

mod helpers {
    pub fn a() -> u8 {
        1
    }
}
