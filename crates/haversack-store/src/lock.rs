use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::StoreError;

/// The right to write to a store, held until dropped.
///
/// It is an advisory lock of the operating system on the store's `lock` file, so a holder that died, however it died,
/// holds nothing. The file names the holder for people; it is not read to decide anything.
#[derive(Debug)]
pub struct WriteLock {
    file: File,
}

impl WriteLock {
    pub(crate) fn acquire(path: &Path) -> Result<Self, StoreError> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(StoreError::io("open", path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let read = Read::take(&file, 200).read_to_string(&mut holder);
                let holder =
                    if read.is_ok() && !holder.is_empty() { holder } else { "unknown process".to_owned() };
                return Err(StoreError::Locked { holder: holder.trim().to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", path)(error)),
        }
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "process {}", std::process::id()));
        written.map_err(StoreError::io("write", path))?;
        Ok(Self { file })
    }
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        // Closing the file would release the lock as well; a failure here changes nothing.
        let _ = self.file.unlock();
    }
}
