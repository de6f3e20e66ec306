use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use haversack_model::{CorpusSource, DocumentId};
use ignore::WalkBuilder;

use crate::error::CorpusError;
use crate::format::{Format, Named};
use crate::globs::Globs;
use crate::skip::{SkipReason, Skipped};

/// A file that [`read`](fn@crate::read) can try to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path relative to the corpus folder, with `/`; the file's name where the corpus is one file.
    pub path: String,
    /// Where it lies.
    pub absolute: PathBuf,
    /// Size in bytes.
    pub bytes: u64,
    /// Time of the last change, as seconds and nanoseconds since 1970; zeros where the system does not say.
    pub modified: (i64, u32),
    /// Time of the last change of status, which no program can set back, in the same form; zeros where the system has
    /// none.
    pub changed: (i64, u32),
    pub(crate) format: Format,
    /// Indices of the corpus rules whose glob matches, in order.
    pub(crate) rules: Vec<usize>,
}

/// What lies in a corpus folder: every file is in exactly one of the two lists, but for ignored ones.
///
/// Files that include and exclude globs, ignore files and the `hidden` setting leave out are not listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scan {
    /// Files to read, ordered by the bytes of their paths.
    pub files: Vec<SourceFile>,
    /// Files that are not read, in the same order.
    pub skipped: Vec<Skipped>,
}

/// Walks the folder of a corpus, or takes its one file.
///
/// `root` is the resolved `source.path`. Ignore files (`.gitignore`, `.ignore`) count where they lie in the
/// folder or below it, with or without a git repository, and those of parent folders and of the user do not:
/// a corpus is the same wherever it is checked out. `.git` and `.haversack` are never entered. A file with an
/// extension that no reader knows is listed as unsupported, unless an include glob asks for it: then it is text.
///
/// # Errors
/// When `root` cannot be read, or a glob is malformed.
pub fn scan(source: &CorpusSource, root: &Path) -> Result<Scan, CorpusError> {
    let root_error = |error: io::Error| CorpusError::Root {
        corpus: source.name.clone(),
        path: root.to_owned(),
        source: error,
    };
    let mut scanner = Scanner::new(source)?;
    let metadata = fs::metadata(root).map_err(root_error)?;
    if metadata.is_file() {
        let name = root.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        scanner.file(&name, root, &metadata);
        return Ok(scanner.finish());
    }
    fs::read_dir(root).map_err(root_error)?;
    for entry in walker(source, root).build() {
        match entry {
            Ok(entry) => scanner.entry(root, &entry),
            Err(error) => scanner.walk_error(root, &error),
        }
    }
    Ok(scanner.finish())
}

fn walker(source: &CorpusSource, root: &Path) -> WalkBuilder {
    let mut walk = WalkBuilder::new(root);
    walk.standard_filters(false)
        .hidden(!source.hidden)
        .ignore(source.gitignore)
        .git_ignore(source.gitignore)
        .require_git(false)
        .follow_links(source.follow_links)
        .filter_entry(|entry| {
            entry.depth() == 0 || !(entry.file_name() == ".git" || entry.file_name() == ".haversack")
        });
    walk
}

struct Scanner<'a> {
    source: &'a CorpusSource,
    include: Globs,
    exclude: Globs,
    rules: Vec<Globs>,
    found: Scan,
}

impl<'a> Scanner<'a> {
    fn new(source: &'a CorpusSource) -> Result<Self, CorpusError> {
        let bad = |(glob, error)| CorpusError::Glob { corpus: source.name.clone(), glob, source: error };
        Ok(Self {
            source,
            include: Globs::new(&source.include).map_err(bad)?,
            exclude: Globs::new(&source.exclude).map_err(bad)?,
            rules: source
                .rules
                .iter()
                .map(|rule| Globs::new([&rule.path]).map_err(bad))
                .collect::<Result<_, _>>()?,
            found: Scan::default(),
        })
    }

    fn entry(&mut self, root: &Path, entry: &ignore::DirEntry) {
        let path = relative(root, entry.path());
        let Some(kind) = entry.file_type() else { return };
        if kind.is_dir() {
            return;
        }
        if kind.is_symlink() {
            self.skip(path, SkipReason::Symlink);
        } else if !kind.is_file() {
            self.skip(path, SkipReason::SpecialFile);
        } else {
            match entry.metadata() {
                Ok(metadata) => self.file(&path, entry.path(), &metadata),
                Err(error) => self.skip(path, SkipReason::Unreadable { error: error.to_string() }),
            }
        }
    }

    fn file(&mut self, path: &str, absolute: &Path, metadata: &Metadata) {
        if !self.wants(path) {
            return;
        }
        let named = Format::of_name(path.rsplit('/').next().unwrap_or(path));
        // A replacement character means that the name was not UTF-8: two such names could collide.
        let named_well = absolute.to_str().is_some() && DocumentId::new(&self.source.name, path).is_ok();
        let format = match named {
            _ if !named_well => return self.skip(path.to_owned(), SkipReason::BadName),
            Named::Binary => return self.skip(path.to_owned(), SkipReason::Binary),
            Named::Unknown if self.include.is_empty() => {
                return self.skip(path.to_owned(), SkipReason::Unsupported);
            }
            Named::Unknown => Format::Text,
            Named::Format(format) => format,
        };
        if metadata.len() > self.source.max_bytes {
            return self.skip(path.to_owned(), SkipReason::TooLarge { bytes: metadata.len() });
        }
        let rules = (0..self.rules.len()).filter(|&rule| self.rules[rule].matches(path)).collect();
        self.found.files.push(SourceFile {
            path: path.to_owned(),
            absolute: absolute.to_owned(),
            bytes: metadata.len(),
            modified: modified(metadata),
            changed: changed(metadata),
            format,
            rules,
        });
    }

    fn wants(&self, path: &str) -> bool {
        (self.include.is_empty() || self.include.matches(path)) && !self.exclude.matches(path)
    }

    fn skip(&mut self, path: String, reason: SkipReason) {
        // What the globs leave out is nobody's loss.
        if !self.exclude.matches(&path) {
            self.found.skipped.push(Skipped { path, reason });
        }
    }

    fn walk_error(&mut self, root: &Path, error: &ignore::Error) {
        let (path, reason) = describe(error);
        self.skip(path.map_or_else(|| ".".to_owned(), |path| relative(root, path)), reason);
    }

    fn finish(mut self) -> Scan {
        self.found.files.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        self.found.skipped.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        self.found
    }
}

fn describe(error: &ignore::Error) -> (Option<&Path>, SkipReason) {
    match error {
        ignore::Error::WithPath { path, err } => {
            let (inner, reason) = describe(err);
            (inner.or(Some(path)), reason)
        }
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => describe(err),
        ignore::Error::Loop { child, .. } => (Some(child), SkipReason::SymlinkLoop),
        other => (None, SkipReason::Unreadable { error: other.to_string() }),
    }
}

fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

fn modified(metadata: &Metadata) -> (i64, u32) {
    let Ok(time) = metadata.modified() else { return (0, 0) };
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => (i64::try_from(after.as_secs()).unwrap_or(i64::MAX), after.subsec_nanos()),
        // Before 1970: whole seconds are enough to notice a change.
        Err(before) => (-i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX), 0),
    }
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> (i64, u32) {
    use std::os::unix::fs::MetadataExt;
    (metadata.ctime(), u32::try_from(metadata.ctime_nsec()).unwrap_or(0))
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> (i64, u32) {
    (0, 0)
}
