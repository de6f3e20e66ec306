//! Files mapped into memory: the only module that maps.
#![expect(unsafe_code, reason = "a mapping is unsafe by nature; the conditions stand at each use")]

use std::fs::File;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;
use stable_deref_trait::StableDeref;

use crate::IndexError;

/// Read-only bytes, mostly a mapping, that are cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Mapped(Bytes);

#[derive(Debug, Clone)]
enum Bytes {
    /// A file.
    Map(Arc<Mmap>),
    /// What stands in for one.
    Held(Arc<[u8]>),
}

impl Mapped {
    pub(crate) fn open(path: &Path) -> Result<Self, IndexError> {
        let file = File::open(path).map_err(IndexError::io(path))?;
        let length = file.metadata().map_err(IndexError::io(path))?.len();
        if length == 0 {
            return Ok(Self::of(&[]));
        }
        // SAFETY: the mapping is read-only. Files of a segment are written once, in a folder that gets its name only
        // when they are complete, and are never changed or cut afterwards, so the bytes behind the slice do not
        // change. Whoever truncates a file of a live segment from outside breaks this; bytes are compared with their
        // digest before their first use, so that a file that was cut before opening is found.
        let map = unsafe { Mmap::map(&file) }.map_err(IndexError::io(path))?;
        Ok(Self(Bytes::Map(Arc::new(map))))
    }

    /// Bytes in memory.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Bytes::Held(bytes.into()))
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Bytes::Map(map) => map,
            Bytes::Held(bytes) => bytes,
        }
    }
}

// SAFETY: the slice lies in the mapping or on the heap behind an `Arc`; neither moving nor cloning `Mapped` changes its
// address, and the `Arc` keeps it as long as a clone lives.
unsafe impl StableDeref for Mapped {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_files_and_the_empty_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, b"").unwrap();
        assert_eq!(&*Mapped::open(&path).unwrap(), b"");
        std::fs::write(&path, b"abc").unwrap();
        let map = Mapped::open(&path).unwrap();
        let (clone, address) = (map.clone(), map.as_ptr());
        drop(map);
        assert_eq!((&*clone, clone.as_ptr()), (&b"abc"[..], address));
        assert!(Mapped::open(&dir.path().join("none")).is_err());
    }
}
