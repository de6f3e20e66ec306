use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use haversack_model::Digest;
use haversack_model::frame::FrameError;

use super::index::{FANOUT, FOOTER, SLOT, array};
use super::{Footer, Index, Slot};
use crate::StoreError;

/// Slots that are read at once at the end of a bisection.
const WINDOW: u64 = 32;

/// An open pack. What it holds stays readable when the file is replaced or removed.
#[derive(Debug)]
pub(crate) struct Pack {
    pub path: PathBuf,
    pub footer: Footer,
    /// Bytes of the whole file.
    pub bytes: u64,
    fanout: Box<[u32; 256]>,
    identity: Identity,
    file: File,
}

/// What tells one file from another that took its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    bytes: u64,
    modified: Option<SystemTime>,
    number: u64,
}

impl Identity {
    pub fn of(metadata: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let number = 0;
        Self { bytes: metadata.len(), modified: metadata.modified().ok(), number }
    }
}

impl Pack {
    /// Opens a pack; of its index only the fanout is read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::io("open", path))?;
        let metadata = file.metadata().map_err(StoreError::io("look at", path))?;
        let bytes = metadata.len();
        let bad = |source| StoreError::damaged(path, Some(source));
        let short = || bad(FrameError::Truncated { need: (FANOUT + FOOTER) as u64, have: bytes });
        let at = bytes.checked_sub((FANOUT + FOOTER) as u64).ok_or_else(short)?;
        let mut tail = vec![0; FANOUT + FOOTER];
        read_at(&file, &mut tail, at).map_err(StoreError::io("read", path))?;
        let footer = Footer::parse(&tail[FANOUT..], bytes).map_err(bad)?;
        let mut fanout = Box::new([0; 256]);
        for (count, bytes) in fanout.iter_mut().zip(tail.chunks_exact(4)) {
            *count = array(bytes, 0).map(u32::from_le_bytes).unwrap_or_default();
        }
        let ascending = fanout.windows(2).all(|pair| pair[0] <= pair[1]);
        if !ascending || u64::from(fanout[255]) != footer.objects {
            return Err(bad(FrameError::Damaged));
        }
        Ok(Self { path: path.to_owned(), footer, bytes, fanout, identity: Identity::of(&metadata), file })
    }

    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// The name, without folder and extension.
    pub fn name(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Where an object stands. The index is not verified: a damaged one leads to a frame that does not decode, or to
    /// none.
    pub fn find(&self, digest: Digest) -> Result<Option<Slot>, StoreError> {
        let first = usize::from(digest.as_bytes()[0]);
        let mut from = first.checked_sub(1).map_or(0, |before| u64::from(self.fanout[before]));
        let mut to = u64::from(self.fanout[first]);
        while to - from > WINDOW {
            let middle = from + (to - from) / 2;
            let mut bytes = [0; 32];
            self.fill(&mut bytes, self.footer.index + middle * SLOT as u64)?;
            if bytes <= *digest.as_bytes() {
                from = middle;
            } else {
                to = middle;
            }
        }
        if from == to {
            return Ok(None);
        }
        let mut bytes = [0; SLOT * WINDOW as usize];
        let window = &mut bytes[..(to - from) as usize * SLOT];
        self.fill(window, self.footer.index + from * SLOT as u64)?;
        Ok(window.chunks_exact(SLOT).filter_map(Slot::from_bytes).find(|slot| slot.digest == digest))
    }

    /// The frame of an object.
    pub fn read(&self, slot: &Slot) -> Result<Vec<u8>, StoreError> {
        if slot.end() > self.footer.index {
            return Err(StoreError::damaged(&self.path, None));
        }
        let mut bytes = vec![0; slot.length as usize];
        self.fill(&mut bytes, slot.offset)?;
        Ok(bytes)
    }

    /// The whole index, verified.
    pub fn index(&self) -> Result<Index, StoreError> {
        Index::parse(&self.tail()?).map_err(|error| StoreError::damaged(&self.path, Some(error)))
    }

    /// The bytes of the index part: from the index to the end.
    pub fn tail(&self) -> Result<Vec<u8>, StoreError> {
        let length = usize::try_from(self.bytes - self.footer.index);
        let mut tail = vec![0; length.map_err(|_| StoreError::damaged(&self.path, None))?];
        self.fill(&mut tail, self.footer.index)?;
        Ok(tail)
    }

    /// Bytes of the pack from an offset.
    pub fn fill(&self, bytes: &mut [u8], at: u64) -> Result<(), StoreError> {
        read_at(&self.file, bytes, at).map_err(StoreError::io("read", &self.path))
    }
}

/// Reads exactly so many bytes at an offset, without moving any cursor.
pub(crate) fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_exact_at(file, bytes, at);
    #[cfg(windows)]
    {
        let mut done = 0;
        while done < bytes.len() {
            match std::os::windows::fs::FileExt::seek_read(file, &mut bytes[done..], at + done as u64)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => done += read,
            }
        }
        Ok(())
    }
}
