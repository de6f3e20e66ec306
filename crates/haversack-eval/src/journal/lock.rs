use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::{JournalError, RunId};

/// The right to append to a run, held until dropped.
///
/// An advisory lock of the operating system on the run's `lock` file, so a holder that died, however it died, holds
/// nothing.
#[derive(Debug)]
pub(super) struct RunLock(#[expect(dead_code, reason = "closing the file lets go of the lock")] File);

impl RunLock {
    pub fn acquire(folder: &Path, run: &RunId) -> Result<Self, JournalError> {
        let path = folder.join("lock");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path).map_err(JournalError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(JournalError::Locked { run: run.clone() }),
            Err(TryLockError::Error(source)) => Err(JournalError::io("lock", &path)(source)),
        }
    }
}
