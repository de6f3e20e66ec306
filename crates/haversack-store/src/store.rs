use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use haversack_model::frame::FrameError;
use haversack_model::{Digest, DocumentRecord, Manifest, SnapshotId, VersionId};

use crate::address::is_name;
use crate::object;
use crate::tree::Node;
use crate::{Address, Batch, Line, StoreError, WriteLock, replace};

const FORMAT: &str = "haversack store 1\n";

/// A `.haversack` folder.
///
/// Reading takes no lock: what a published version needs never changes. Writing takes the [`WriteLock`].
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// Opens a store, or makes it when the folder is not there or empty.
    ///
    /// # Errors
    /// When the folder cannot be made, or holds something else.
    pub fn create(root: &Path) -> Result<Self, StoreError> {
        match Self::open(root) {
            Err(StoreError::NoStore(_)) => {}
            other => return other,
        }
        for folder in ["objects", "refs", "tmp"] {
            let folder = root.join(folder);
            fs::create_dir_all(&folder).map_err(StoreError::io("create folder", &folder))?;
        }
        // A folder that ignores itself needs no line in anybody's .gitignore.
        replace(&root.join(".gitignore"), b"*\n")?;
        replace(&root.join("format"), FORMAT.as_bytes())?;
        Self::open(root)
    }

    /// Opens a store that is there.
    ///
    /// # Errors
    /// When there is none, or its layout is unknown.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let path = root.join("format");
        match fs::read_to_string(&path) {
            Ok(text) if text == FORMAT => Ok(Self { root: root.to_owned() }),
            Ok(text) => {
                let found = text.lines().next().unwrap_or_default().chars().take(40).collect();
                Err(StoreError::Layout { path: root.to_owned(), found })
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Err(StoreError::NoStore(root.to_owned()))
            }
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A folder for what can be rebuilt (`segments`, `indexes`, `cache`).
    #[must_use]
    pub fn derived(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.root.join("objects")
    }

    pub(crate) fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    pub(crate) fn object_path(&self, digest: Digest) -> PathBuf {
        let name = digest.to_string();
        self.objects().join(&name[..2]).join(&name[2..])
    }

    /// Becomes the one writer, and removes what writers that were killed left behind.
    ///
    /// # Errors
    /// When another process holds the lock.
    pub fn lock(&self) -> Result<WriteLock, StoreError> {
        let lock = WriteLock::acquire(&self.root.join("lock"))?;
        for (folder, prefix) in [(self.tmp(), ""), (self.derived("segments"), "building-")] {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for path in entries.flatten().map(|entry| entry.path()) {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if name.starts_with(prefix) {
                    // What cannot be removed harms nobody.
                    let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                }
            }
        }
        Ok(lock)
    }

    /// Begins to write objects.
    #[must_use]
    pub fn batch(&self) -> Batch<'_> {
        Batch::new(self)
    }

    /// Whether an object is there; it is not read.
    #[must_use]
    pub fn has(&self, digest: Digest) -> bool {
        self.object_path(digest).exists()
    }

    /// The text of a document.
    ///
    /// # Errors
    /// When the object is missing or damaged.
    pub fn text(&self, digest: Digest) -> Result<String, StoreError> {
        self.read(digest, object::decode_text)
    }

    /// A manifest by version id.
    ///
    /// # Errors
    /// When the object is missing or damaged.
    pub fn manifest(&self, version: VersionId) -> Result<Manifest, StoreError> {
        self.read(version, object::decode_manifest)
    }

    pub(crate) fn node(&self, digest: Digest) -> Result<Node, StoreError> {
        self.read(digest, object::decode_node)
    }

    fn read<T>(
        &self,
        digest: Digest,
        decode: impl FnOnce(Digest, &[u8]) -> Result<T, Option<FrameError>>,
    ) -> Result<T, StoreError> {
        let path = self.object_path(digest);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(StoreError::Missing(digest)),
            Err(error) => return Err(StoreError::io("read", &path)(error)),
        };
        decode(digest, &bytes).map_err(|source| StoreError::Damaged { path, source })
    }

    /// Every document of a snapshot, in the order of ids.
    ///
    /// # Errors
    /// When a node is missing or damaged.
    pub fn snapshot(&self, id: SnapshotId) -> Result<Vec<DocumentRecord>, StoreError> {
        let mut records = Vec::new();
        let mut stack = vec![id];
        while let Some(digest) = stack.pop() {
            match self.node(digest)? {
                Node::Leaf(leaf) => records.extend(leaf),
                Node::Branch { children, .. } => stack.extend(children.iter().rev().map(|child| child.node)),
            }
        }
        Ok(records)
    }

    /// Names of all contexts with versions, sorted.
    ///
    /// # Errors
    /// When the folder of refs cannot be listed.
    pub fn contexts(&self) -> Result<Vec<String>, StoreError> {
        let refs = self.root.join("refs");
        let mut names = Vec::new();
        for file in fs::read_dir(&refs).map_err(StoreError::io("list", &refs))? {
            let name = file.map_err(StoreError::io("list", &refs))?.file_name();
            if let Some(name) = name.to_str().and_then(|name| name.strip_suffix(".json"))
                && is_name(name)
            {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// The line of a context.
    ///
    /// # Errors
    /// When the context has no versions, or its file is damaged.
    pub fn line(&self, context: &str) -> Result<Line, StoreError> {
        if !is_name(context) {
            return Err(StoreError::NoContext(context.chars().take(100).collect()));
        }
        let path = self.line_path(context);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(StoreError::NoContext(context.to_owned()));
            }
            Err(error) => return Err(StoreError::io("read", &path)(error)),
        };
        Line::from_bytes(&bytes).ok_or(StoreError::Damaged { path, source: None })
    }

    /// Replaces the line of a context: the moment at which a version is published.
    ///
    /// # Errors
    /// When the file cannot be replaced; the old line then stands.
    pub fn set_line(&self, _lock: &WriteLock, context: &str, line: &Line) -> Result<(), StoreError> {
        replace(&self.line_path(context), &line.to_bytes()?)
    }

    fn line_path(&self, context: &str) -> PathBuf {
        self.root.join("refs").join(format!("{context}.json"))
    }

    /// The version that an address names.
    ///
    /// # Errors
    /// When it names none or several.
    pub fn resolve(&self, address: &Address) -> Result<VersionId, StoreError> {
        self.line(&address.context)?.resolve(address)
    }
}
