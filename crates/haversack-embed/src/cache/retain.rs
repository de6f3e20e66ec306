//! The caches of all embedders: dropping vectors, and checking what is there.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use super::TextHash;
use super::record::Layout;
use super::vectors::{at, folder_name};
use crate::EmbedError;

/// Writes every cache under `folder` again with the vectors that `keep` says, of those that are whole. Returns how many
/// were dropped.
///
/// For whoever must be sure that nothing of a text is left: vectors tell something of what they were made from. No other
/// process may be writing; one that has a cache open keeps what it read.
///
/// # Errors
/// [`EmbedError::Io`] if a file cannot be read or replaced; it is then as it was.
pub fn retain_vectors(folder: &Path, keep: &dyn Fn(&TextHash) -> bool) -> Result<usize, EmbedError> {
    let mut dropped = 0;
    for path in logs(folder)? {
        dropped += retain(&path, keep).map_err(at("rewrite", &path))?;
    }
    Ok(dropped)
}

/// Reads every cache under `folder` whole, and lists the files that hold something damaged, with how many vectors. A cache
/// never serves what is damaged; such a vector is only computed again.
///
/// # Errors
/// [`EmbedError::Io`] if a file cannot be read.
pub fn check_vectors(folder: &Path) -> Result<Vec<(PathBuf, usize)>, EmbedError> {
    let mut damaged = Vec::new();
    for path in logs(folder)? {
        let check = || -> io::Result<usize> {
            let Some(mut log) = Log::open(&path)? else { return Ok(1) };
            let mut count = usize::from(log.torn);
            while let Some((_, whole)) = log.next()? {
                count += usize::from(!whole);
            }
            Ok(count)
        };
        let count = check().map_err(at("read", &path))?;
        if count > 0 {
            damaged.push((path, count));
        }
    }
    Ok(damaged)
}

/// The logs of all embedders.
fn logs(folder: &Path) -> Result<Vec<PathBuf>, EmbedError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(at("list", folder)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        found.push(entry.map_err(at("list", folder))?.path().join("vectors.log"));
    }
    found.retain(|path| path.exists());
    found.sort();
    Ok(found)
}

/// A log that is read from its start.
struct Log {
    reader: BufReader<File>,
    layout: Layout,
    record: Vec<u8>,
    left: u64,
    /// Whether a part of a record stands at the end.
    torn: bool,
}

impl Log {
    /// None when the header is damaged or of something else.
    fn open(path: &Path) -> io::Result<Option<Self>> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let layout = Layout::read(&mut reader)?.filter(|layout| {
            let folder = path.parent().and_then(Path::file_name);
            folder.is_some_and(|folder| *folder == *folder_name(layout.fingerprint()))
        });
        let Some(layout) = layout else { return Ok(None) };
        let end = layout.whole(length);
        let left = end - layout.header.len() as u64;
        Ok(Some(Self { reader, record: vec![0; layout.record()], layout, left, torn: end < length }))
    }

    /// The next record's text, and whether the record is whole.
    fn next(&mut self) -> io::Result<Option<(TextHash, bool)>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.reader.read_exact(&mut self.record)?;
        self.left -= self.record.len() as u64;
        let mut hash = TextHash::default();
        hash.copy_from_slice(&self.record[..32]);
        Ok(Some((hash, self.layout.decode(&hash, &self.record).is_some())))
    }
}

fn retain(path: &Path, keep: &dyn Fn(&TextHash) -> bool) -> io::Result<usize> {
    let Some(mut log) = Log::open(path)? else {
        // A file that is none of ours, or damaged, may hold anything; it is a cache.
        return fs::remove_file(path).map(|()| 0);
    };
    let aside = path.with_extension("new");
    let mut writer = BufWriter::new(File::create(&aside)?);
    writer.write_all(&log.layout.header)?;
    let mut dropped = 0;
    while let Some((hash, whole)) = log.next()? {
        if whole && keep(&hash) {
            writer.write_all(&log.record)?;
        } else {
            dropped += 1;
        }
    }
    writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(&aside, path)?;
    Ok(dropped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{VectorCache, text_hash};

    #[test]
    fn only_what_is_named_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (text_hash("a"), text_hash("b"));
        let cache = VectorCache::open_for(folder.path(), "test", 2).unwrap();
        cache.insert([(a, &[1.0, 0.0][..], 1), (b, &[0.0, 1.0][..], 1)]).unwrap();
        assert_eq!(retain_vectors(folder.path(), &|hash| *hash == b).unwrap(), 1);
        let bytes = fs::read(cache.path()).unwrap();
        assert!(!bytes.windows(32).any(|window| window == a));
        let cache = VectorCache::open_for(folder.path(), "test", 2).unwrap();
        assert!(!cache.was_reset());
        assert_eq!(cache.get(&b).unwrap(), Some((vec![0.0, 1.0], 1)));
        assert_eq!(cache.get(&a).unwrap(), None);
        assert_eq!(retain_vectors(&folder.path().join("none"), &|_| true).unwrap(), 0);
    }

    #[test]
    fn a_file_that_is_no_cache_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x/vectors.log");
        fs::create_dir(folder.path().join("x")).unwrap();
        fs::write(&path, b"something else, and long enough for a header").unwrap();
        assert_eq!(retain_vectors(folder.path(), &|_| true).unwrap(), 0);
        assert!(!path.exists());
    }

    #[test]
    fn a_damaged_vector_is_found_and_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (text_hash("a"), text_hash("b"));
        let cache = VectorCache::open_for(folder.path(), "test", 2).unwrap();
        cache.insert([(a, &[1.0, 0.0][..], 1), (b, &[0.0, 1.0][..], 1)]).unwrap();
        assert!(check_vectors(folder.path()).unwrap().is_empty());
        let mut bytes = fs::read(cache.path()).unwrap();
        let last = bytes.len() - 10;
        bytes[last] ^= 1;
        fs::write(cache.path(), &bytes).unwrap();
        assert_eq!(check_vectors(folder.path()).unwrap(), [(cache.path().to_owned(), 1)]);
        assert_eq!(retain_vectors(folder.path(), &|_| true).unwrap(), 1);
        assert!(check_vectors(folder.path()).unwrap().is_empty());
    }
}
