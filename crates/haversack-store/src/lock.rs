use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::StoreError;
use crate::holder::Holder;

/// What a lock file may hold at most.
const MOST: u64 = 1 << 10;

/// The right to write to a store, held until dropped.
///
/// It is an advisory lock of the operating system on the store's `lock` file, so a holder that died, however it died,
/// holds nothing. The file names the holder for people; it is not read to decide anything. A holder that lets go empties
/// the file, so words in it that nobody holds are those of one that died.
#[derive(Debug)]
pub struct WriteLock {
    file: File,
    taken_over: Option<String>,
}

impl WriteLock {
    pub(crate) fn acquire(path: &Path) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(|error| StoreError::denied("open", path, error))?;
        let locked = file.try_lock();
        let mut words = Vec::new();
        let read = Read::take(&file, MOST).read_to_end(&mut words);
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked { holder: Holder::describe(&words) });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::denied("lock", path, error)),
        }
        read.map_err(StoreError::io("read", path))?;
        let taken_over = (!words.is_empty()).then(|| Holder::describe(&words));
        let words = serde_json::to_vec(&Holder::this()).unwrap_or_default();
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(&words));
        written.map_err(|error| StoreError::denied("write", path, error))?;
        Ok(Self { file, taken_over })
    }

    /// Who held the lock before and died holding it; what it had not published is gone.
    #[must_use]
    pub fn taken_over(&self) -> Option<&str> {
        self.taken_over.as_deref()
    }
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        // Closing the file would release the lock as well; a failure here changes nothing.
        let _ = self.file.set_len(0).and_then(|()| self.file.unlock());
    }
}
