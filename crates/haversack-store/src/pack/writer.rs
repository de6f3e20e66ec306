use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use haversack_model::Digest;
use tempfile::NamedTempFile;

use super::file::read_at;
use super::{ERASED, HEADER, Index, Slot, Tag, header};
use crate::atomic::shared;
use crate::{StoreError, sync_folder};

const BUFFER: usize = 1 << 18;

/// A pack being written to `tmp/`. Dropping it removes the file.
#[derive(Debug)]
pub(crate) struct PackWriter {
    file: BufWriter<NamedTempFile>,
    end: u64,
    slots: BTreeMap<Digest, Slot>,
    /// Checksums of leaves with erased entries, which are part of the pack's name.
    erased: BTreeMap<Digest, [u8; 16]>,
}

/// A pack that is durable and visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub name: String,
    pub objects: u64,
    pub bytes: u64,
}

impl PackWriter {
    pub fn new(tmp: &Path) -> Result<Self, StoreError> {
        let mut builder = tempfile::Builder::new();
        shared(builder.prefix("pack-"));
        let file =
            builder.tempfile_in(tmp).map_err(|error| StoreError::denied("create a file in", tmp, error))?;
        let mut file = BufWriter::with_capacity(BUFFER, file);
        file.write_all(&header()).map_err(StoreError::io("write", tmp))?;
        Ok(Self { file, end: HEADER, slots: BTreeMap::new(), erased: BTreeMap::new() })
    }

    pub fn slot(&self, digest: Digest) -> Option<Slot> {
        self.slots.get(&digest).copied()
    }

    /// Appends an object, unless it is in this pack already.
    pub fn append(&mut self, digest: Digest, kind: Tag, frame: &[u8]) -> Result<bool, StoreError> {
        if self.slots.contains_key(&digest) {
            return Ok(false);
        }
        let path = self.file.get_ref().path().to_owned();
        let length = u32::try_from(frame.len()).map_err(|_| StoreError::TooLarge(frame.len() as u64))?;
        self.file.write_all(frame).map_err(StoreError::io("write", &path))?;
        if kind == ERASED
            && let Some(checksum) = frame.last_chunk::<16>()
        {
            self.erased.insert(digest, *checksum);
        }
        self.slots.insert(digest, Slot { digest, offset: self.end, length, kind });
        self.end += u64::from(length);
        Ok(true)
    }

    /// Makes what was appended readable, and gives a handle to read it by.
    pub fn reader(&mut self) -> Result<File, StoreError> {
        let path = self.file.get_ref().path().to_owned();
        self.file.flush().map_err(StoreError::io("write", &path))?;
        self.file.get_ref().as_file().try_clone().map_err(StoreError::io("open", &path))
    }

    pub fn read(file: &File, slot: &Slot) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; slot.length as usize];
        read_at(file, &mut bytes, slot.offset)?;
        Ok(bytes)
    }

    /// Makes the pack durable and visible in `folder`; a pack without objects is dropped and `None`.
    pub fn finish(self, folder: &Path) -> Result<Option<Written>, StoreError> {
        if self.slots.is_empty() {
            return Ok(None);
        }
        let name = name(self.slots.values(), |digest| self.erased.get(&digest).copied());
        let slots: Vec<Slot> = self.slots.into_values().collect();
        let tail = Index::encode(&slots, self.end);
        let path = folder.join(format!("{name}.{}", super::EXTENSION));
        let mut file = self.file;
        file.write_all(&tail).map_err(StoreError::io("write", &path))?;
        let file = file.into_inner().map_err(|error| StoreError::io("write", &path)(error.into_error()))?;
        file.as_file().sync_all().map_err(StoreError::io("sync", &path))?;
        file.persist(&path).map_err(|error| StoreError::io("rename to", &path)(error.error))?;
        sync_folder(folder)?;
        Ok(Some(Written { name, objects: slots.len() as u64, bytes: self.end + tail.len() as u64 }))
    }
}

/// The name of a pack of these objects, in the order of digests.
pub(crate) fn name<'s>(
    slots: impl Iterator<Item = &'s Slot>,
    checksum: impl Fn(Digest) -> Option<[u8; 16]>,
) -> String {
    let mut hasher = blake3::Hasher::new();
    for slot in slots {
        hasher.update(slot.digest.as_bytes());
        if slot.kind == ERASED {
            hasher.update(&checksum(slot.digest).unwrap_or_default());
        }
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
