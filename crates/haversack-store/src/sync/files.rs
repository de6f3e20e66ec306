use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use haversack_model::Digest;

use super::parallel::{AT_ONCE, each};
use super::{Content, Progress, Remote, SyncError, check_format, prepare};
use crate::sync_folder;

/// Bytes of one read.
const READ: u64 = 8 << 20;

/// A file that stands here and at a remote, and never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCopy {
    /// Its path there.
    pub remote: String,
    /// Its path here.
    pub local: PathBuf,
    /// Its length in bytes.
    pub length: u64,
    /// BLAKE3 of its bytes.
    pub digest: Digest,
}

/// What was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moved {
    /// Files that were not there before.
    pub files: u64,
    /// Bytes sent or fetched.
    pub bytes: u64,
}

/// Sends files that the remote has not, several at once. A file of the same path and length is taken to be the same.
///
/// # Errors
/// [`SyncError::Changed`] when a file here has not the digest it should have (it is not sent then); when the remote fails.
pub fn push_files(
    remote: &dyn Remote,
    files: &[FileCopy],
    progress: Progress<'_>,
) -> Result<Moved, SyncError> {
    prepare(remote)?;
    let folders: BTreeSet<&str> = files.iter().map(|file| parent(&file.remote)).collect();
    let folders: Vec<&str> = folders.into_iter().collect();
    let there: BTreeMap<String, u64> =
        each(&folders, AT_ONCE, |_, folder| remote.list(folder))?.into_iter().flatten().collect();
    let absent = |file: &&FileCopy| there.get(&file.remote) != Some(&file.length);
    let missing: Vec<&FileCopy> = files.iter().filter(absent).collect();
    let (done, total) = (AtomicU64::new(0), missing.iter().map(|file| file.length).sum());
    progress(0, total);
    each(&missing, AT_ONCE, |_, file| {
        if !is_whole(&file.local, file)? {
            return Err(SyncError::Changed { path: file.local.clone() });
        }
        remote.put(&file.remote, Content::File(&file.local))?;
        progress(done.fetch_add(file.length, Ordering::Relaxed) + file.length, total);
        Ok(())
    })?;
    Ok(Moved { files: missing.len() as u64, bytes: total })
}

/// Fetches files that are not here, several at once, each by ranges. A file appears whole, durable and compared with its
/// digest; what came of one before a pull ended stands beside it as `.part`, and the next pull goes on from there.
///
/// # Errors
/// [`SyncError::Damaged`] when what came has another digest; when the remote fails, or a file here cannot be written.
pub fn pull_files(
    remote: &dyn Remote,
    files: &[FileCopy],
    progress: Progress<'_>,
) -> Result<Moved, SyncError> {
    check_format(remote)?;
    let here = each(files, AT_ONCE, |_, file| is_whole(&file.local, file))?;
    let missing: Vec<&FileCopy> =
        files.iter().zip(here).filter(|(_, here)| !here).map(|(file, _)| file).collect();
    let (done, total) = (AtomicU64::new(0), missing.iter().map(|file| file.length).sum());
    progress(0, total);
    let tell = |bytes: u64| progress(done.fetch_add(bytes, Ordering::Relaxed) + bytes, total);
    let fetched = each(&missing, AT_ONCE, |_, file| fetch(remote, file, &tell))?;
    Ok(Moved { files: missing.len() as u64, bytes: fetched.iter().sum() })
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a file stands at `path` with the length and digest that it should have.
fn is_whole(path: &Path, file: &FileCopy) -> Result<bool, SyncError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() == file.length => Ok(digest(path)? == file.digest),
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(SyncError::file("look at", path)(error)),
    }
}

fn digest(path: &Path) -> Result<Digest, SyncError> {
    let mut hasher = blake3::Hasher::new();
    let read = File::open(path).and_then(|mut file| {
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(()),
                read => hasher.update(&buffer[..read]),
            };
        }
    });
    read.map_err(SyncError::file("read", path))?;
    Ok(Digest::from_bytes(*hasher.finalize().as_bytes()))
}

/// Fetches a file; how many bytes came.
fn fetch(remote: &dyn Remote, file: &FileCopy, tell: &impl Fn(u64)) -> Result<u64, SyncError> {
    let folder = file.local.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(SyncError::file("create folder", folder))?;
    let mut name = file.local.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    let resumed = fs::metadata(&part).map_or(0, |metadata| metadata.len());
    // What is too long is of another file.
    let resumed = if resumed <= file.length { resumed } else { 0 };
    tell(resumed);
    let mut fetched = download(remote, file, &part, resumed, tell)?;
    if digest(&part)? != file.digest && resumed > 0 {
        // The part from before may be what is wrong; bytes that come again are not counted twice.
        fetched += download(remote, file, &part, 0, &|_| {})?;
    }
    if digest(&part)? != file.digest {
        fs::remove_file(&part).map_err(SyncError::file("remove", &part))?;
        return Err(SyncError::Damaged {
            path: file.remote.clone(),
            source: Some("its digest is another".into()),
        });
    }
    fs::rename(&part, &file.local).map_err(SyncError::file("rename to", &file.local))?;
    sync_folder(folder)?;
    Ok(fetched)
}

/// Appends to the first `from` bytes of the part all that follows, durably.
fn download(
    remote: &dyn Remote,
    file: &FileCopy,
    part: &Path,
    from: u64,
    tell: &impl Fn(u64),
) -> Result<u64, SyncError> {
    let failed = |error| SyncError::file("write", part)(error);
    let mut to = OpenOptions::new().write(true).create(true).truncate(false).open(part).map_err(failed)?;
    to.set_len(from).map_err(failed)?;
    io::Seek::seek(&mut to, io::SeekFrom::Start(from)).map_err(failed)?;
    let mut at = from;
    while at < file.length {
        let end = file.length.min(at + READ);
        to.write_all(&remote.get_range(&file.remote, at..end)?).map_err(failed)?;
        tell(end - at);
        at = end;
    }
    to.sync_all().map_err(failed)?;
    Ok(file.length - from)
}
