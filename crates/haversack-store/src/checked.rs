//! Small JSON files that are replaced as a whole: a value, and the canonical digest of it, so that damage is seen.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use haversack_model::frame::FrameError;
use haversack_model::{Digest, canonical};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{StoreError, replace};

/// A value as it stands in its file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored<T> {
    format: u32,
    value: T,
    checksum: Digest,
}

/// The one field that every format has.
#[derive(Deserialize)]
struct Versioned {
    format: u32,
}

pub(crate) fn to_bytes<T: Serialize>(kind: &str, format: u32, value: &T) -> Result<Vec<u8>, StoreError> {
    let stored = Stored { format, value, checksum: canonical::digest(kind, value)? };
    let mut bytes = serde_json::to_vec_pretty(&stored).map_err(canonical::CanonicalError::from)?;
    bytes.push(b'\n');
    Ok(bytes)
}

pub(crate) fn from_bytes<T: Serialize + DeserializeOwned>(
    kind: &str,
    format: u32,
    bytes: &[u8],
) -> Result<T, FrameError> {
    let found = serde_json::from_slice::<Versioned>(bytes).map_err(|_| FrameError::Damaged)?.format;
    if found > format {
        return Err(FrameError::Newer { kind: kind.to_owned(), found, known: format });
    }
    let stored: Stored<T> = serde_json::from_slice(bytes).map_err(|_| FrameError::Damaged)?;
    let digest = canonical::digest(kind, &stored.value).map_err(|_| FrameError::Damaged)?;
    // A JSON text can be changed without changing its value; what is not as it was written is damaged all the same.
    let same = to_bytes(kind, format, &stored.value).is_ok_and(|written| written == bytes);
    if digest == stored.checksum && same { Ok(stored.value) } else { Err(FrameError::Damaged) }
}

/// Reads a file; `None` when it is not there.
pub(crate) fn read<T: Serialize + DeserializeOwned>(
    path: &Path,
    kind: &str,
    format: u32,
) -> Result<Option<T>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => {
            from_bytes(kind, format, &bytes).map(Some).map_err(|error| StoreError::damaged(path, Some(error)))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("read", path)(error)),
    }
}

/// Where the bytes before the last replacement are kept.
pub(crate) fn old(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".old");
    PathBuf::from(name)
}

/// Replaces a file, keeping what stood there if it was whole. Beside a new file a copy of itself is kept, so that its loss
/// is seen.
pub(crate) fn write<T: Serialize + DeserializeOwned>(
    path: &Path,
    kind: &str,
    format: u32,
    value: &T,
) -> Result<(), StoreError> {
    let bytes = to_bytes(kind, format, value)?;
    match fs::read(path) {
        Ok(before) => {
            if from_bytes::<T>(kind, format, &before).is_ok() {
                replace(&old(path), &before)?;
            }
            replace(path, &bytes)
        }
        Err(_) if old(path).exists() => replace(path, &bytes),
        Err(_) => {
            replace(path, &bytes)?;
            replace(&old(path), &bytes)
        }
    }
}

/// Makes the copy of what stood before the same as the file: what stood before is not to come back.
pub(crate) fn forget_old(path: &Path) -> Result<(), StoreError> {
    replace(&old(path), &fs::read(path).map_err(StoreError::io("read", path))?)
}

/// Puts the copy before the last change back where the file is lost or damaged; `None` when there is no need, or no whole
/// copy.
pub(crate) fn restore<T: Serialize + DeserializeOwned>(
    path: &Path,
    kind: &str,
    format: u32,
) -> Result<Option<T>, StoreError> {
    match read::<T>(path, kind, format) {
        Err(StoreError::Damaged { .. }) => {}
        Ok(None) => {}
        Ok(Some(_)) => {
            if let Err(StoreError::Damaged { .. }) = read::<T>(&old(path), kind, format) {
                forget_old(path)?;
            }
            return Ok(None);
        }
        Err(error) => return Err(error),
    }
    match read::<T>(&old(path), kind, format) {
        Ok(Some(value)) => {
            replace(path, &to_bytes(kind, format, &value)?)?;
            Ok(Some(value))
        }
        Ok(None) | Err(StoreError::Damaged { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
