use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use haversack_model::Digest;

use super::{Content, Remote, SyncError, Tag};
use crate::atomic::shared;
use crate::sync_folder;

/// A remote in a folder: a mounted share, another disk, a stick.
///
/// Conditional writes are made under an advisory lock on the file `lock`, which network file systems must support for
/// races between machines to be seen.
#[derive(Debug, Clone)]
pub struct FolderRemote {
    root: PathBuf,
}

const LOCK: &str = "lock";
const TEMPORARY: &str = ".new-";

impl FolderRemote {
    /// A remote in this folder, which is made when something is first written.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn at(&self, path: &str) -> Result<PathBuf, SyncError> {
        let plain =
            |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':', '\0']);
        if path.split('/').all(plain) && path != LOCK {
            Ok(path.split('/').fold(self.root.clone(), |at, part| at.join(part)))
        } else {
            Err(SyncError::Path(path.chars().take(200).collect()))
        }
    }

    fn failed(&self, action: &'static str, path: &str) -> impl Fn(io::Error) -> SyncError {
        let (remote, path) = (self.describe(), path.to_owned());
        move |error| match error.kind() {
            ErrorKind::NotFound if action == "read" => SyncError::Absent { path: path.clone() },
            _ => SyncError::Transport {
                remote: remote.clone(),
                action,
                path: path.clone(),
                source: Box::new(error),
            },
        }
    }

    /// Written aside, synced, renamed: so whole or not at all, also after a crash.
    fn write(&self, path: &str, mut from: impl Read) -> Result<(), SyncError> {
        let at = self.at(path)?;
        let folder = at.parent().unwrap_or(&self.root);
        let failed = self.failed("write", path);
        make_folder(folder).map_err(&failed)?;
        let mut builder = tempfile::Builder::new();
        shared(builder.prefix(TEMPORARY));
        let mut file = builder.tempfile_in(folder).map_err(&failed)?;
        io::copy(&mut from, &mut file).map_err(&failed)?;
        file.as_file().sync_all().map_err(&failed)?;
        file.persist(&at).map_err(|error| failed(error.error))?;
        Ok(sync_folder(folder)?)
    }
}

impl Remote for FolderRemote {
    fn describe(&self) -> String {
        self.root.display().to_string()
    }

    fn get(&self, path: &str) -> Result<Option<Vec<u8>>, SyncError> {
        match fs::read(self.at(path)?) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("read", path)(error)),
        }
    }

    fn get_range(&self, path: &str, range: Range<u64>) -> Result<Vec<u8>, SyncError> {
        let failed = self.failed("read", path);
        let mut file = File::open(self.at(path)?).map_err(&failed)?;
        let length = range.end.saturating_sub(range.start);
        // What is not there is not asked for: a wrong number must not become an allocation.
        if file.metadata().map_err(&failed)?.len() < range.end {
            return Err(failed(ErrorKind::UnexpectedEof.into()));
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| failed(ErrorKind::OutOfMemory.into()))?];
        file.seek(SeekFrom::Start(range.start)).map_err(&failed)?;
        file.read_exact(&mut bytes).map_err(&failed)?;
        Ok(bytes)
    }

    fn get_with_tag(&self, path: &str) -> Result<Option<(Vec<u8>, Tag)>, SyncError> {
        Ok(self.get(path)?.map(|bytes| {
            let tag = tag(&bytes);
            (bytes, tag)
        }))
    }

    fn put(&self, path: &str, content: Content<'_>) -> Result<(), SyncError> {
        match content {
            Content::Bytes(bytes) => self.write(path, bytes),
            Content::File(local) => {
                self.write(path, File::open(local).map_err(SyncError::file("open", local))?)
            }
        }
    }

    fn put_if(&self, path: &str, bytes: &[u8], expected: Option<&Tag>) -> Result<Tag, SyncError> {
        let failed = self.failed("lock", path);
        make_folder(&self.root).map_err(&failed)?;
        let lock = self.root.join(LOCK);
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(lock).map_err(&failed)?;
        lock.lock().map_err(&failed)?;
        if self.get_with_tag(path)?.map(|(_, tag)| tag).as_ref() != expected {
            return Err(SyncError::LostRace { path: path.to_owned() });
        }
        self.write(path, bytes)?;
        Ok(tag(bytes))
    }

    fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, SyncError> {
        let mut files = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let failed = self.failed("list", &folder);
            let at = if folder.is_empty() { self.root.clone() } else { self.at(&folder)? };
            let entries = match fs::read_dir(&at) {
                Ok(entries) => entries,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(failed(error)),
            };
            for entry in entries {
                let entry = entry.map_err(&failed)?;
                let name = entry.file_name();
                let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
                let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
                match entry.metadata() {
                    Ok(metadata) if metadata.is_dir() => folders.push(path),
                    Ok(metadata) if path != LOCK => files.push((path, metadata.len())),
                    // Removed since it was listed.
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
                    _ => {}
                }
            }
        }
        files.sort();
        Ok(files)
    }

    fn exists(&self, path: &str) -> Result<bool, SyncError> {
        self.at(path)?.try_exists().map_err(self.failed("look for", path))
    }

    fn remove(&self, path: &str) -> Result<(), SyncError> {
        match fs::remove_file(self.at(path)?) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.failed("remove", path)(error)),
            _ => Ok(()),
        }
    }
}

/// A state is its bytes: a file that returns to them is in the state in which it was.
fn tag(bytes: &[u8]) -> Tag {
    Tag::new(Digest::of(bytes).to_string())
}

/// Makes a folder and all above it, durably.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent().filter(|above| !above.as_os_str().is_empty()) {
        make_folder(above)?;
        return match fs::create_dir(folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => File::open(above)?.sync_all(),
        };
    }
    fs::create_dir_all(folder)
}
