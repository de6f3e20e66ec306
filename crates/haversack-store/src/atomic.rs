use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::StoreError;

/// Replaces a file as a whole: a reader or a crash sees the old bytes or the new ones, never a mixture.
///
/// # Errors
/// When the folder cannot be written or synced; the old file is then still there.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(StoreError::io("create folder", folder))?;
    let mut builder = tempfile::Builder::new();
    shared(builder.prefix(".new-"));
    let mut file = builder.tempfile_in(folder).map_err(StoreError::io("create a file in", folder))?;
    file.write_all(bytes).map_err(StoreError::io("write", path))?;
    file.as_file().sync_all().map_err(StoreError::io("sync", path))?;
    file.persist(path).map_err(|error| StoreError::io("replace", path)(error.error))?;
    sync_folder(folder)
}

/// Temporary files are for their owner alone; what they become is for whom the umask says.
#[cfg(unix)]
pub(crate) fn shared(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
pub(crate) fn shared(_: &mut tempfile::Builder<'_, '_>) {}

/// Makes renames and new names in a folder durable.
///
/// # Errors
/// When the folder cannot be opened or synced.
pub fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreError::io("sync folder", folder))
}
