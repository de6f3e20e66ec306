use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use haversack_model::{Digest, Manifest, VersionId};

use crate::node::Node;
use crate::object;
use crate::pack::{PackSet, Packs};
use crate::{Batch, StoreError, WriteLock, replace};

const FORMAT: &str = "haversack store 2\n";

/// A `.haversack` folder.
///
/// Reading takes no lock: what a published version needs never changes. Writing takes the [`WriteLock`].
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    packs: Arc<Packs>,
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
        for folder in ["packs", "refs", "tmp"] {
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
            Ok(text) if text == FORMAT => {
                Ok(Self { root: root.to_owned(), packs: Arc::new(Packs::new(root.join("packs"))) })
            }
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

    pub(crate) fn packs(&self) -> &Packs {
        &self.packs
    }

    pub(crate) fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Becomes the one writer, removes what writers that were killed left behind, and completes erasures that they began.
    ///
    /// # Errors
    /// When another process holds the lock, or the store can only be read.
    pub fn lock(&self) -> Result<WriteLock, StoreError> {
        let lock = WriteLock::acquire(&self.root.join("lock"))?;
        // A store that was copied by a tool without empty folders has none.
        let tmp = self.tmp();
        fs::create_dir_all(&tmp).map_err(|error| StoreError::denied("create folder", &tmp, error))?;
        self.clear_tmp();
        // In a damaged store that must wait for the repair, for which one needs this very lock; `check` tells it.
        let _ = self.complete_erasures(&lock);
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
        let has = |set: Result<Arc<PackSet>, StoreError>| set.is_ok_and(|set| set.has(digest));
        has(self.packs.current()) || has(self.packs.reload())
    }

    /// The text of a document.
    ///
    /// # Errors
    /// When the object is missing or damaged; [`StoreError::Erased`] when it was erased.
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
}
