//! Moving versions between stores by way of a remote: files by path, in a folder or an object store.
//!
//! A remote holds objects in packs, the lines of contexts, and files that belong to versions (segments, signatures):
//!
//! ```text
//! format                what this is, and which layout it has
//! packs/<name>.pack     objects, named by the hash of the file's bytes; never changed
//! packs/<name>.idx      the index part of that pack; it makes the pack count, and is written after it
//! refs/<context>.json   one line of versions; replaced only in the state in which it was read
//! erased.json           which documents were erased
//! indexes/ segments/ signatures/   files that the caller names
//! ```
//!
//! Objects go up children first, so whoever sees an object at a remote finds all that it needs. A line goes up last.
//! Nothing that comes down is believed: every object is hashed, every file compared with its digest.
//!
//! ```
//! use haversack_store::sync::{self, FolderRemote};
//! use haversack_store::{Action, Entry, Line, Store};
//! # let folder = tempfile::tempdir()?;
//! # let manifest = haversack_model::Manifest {
//! #     recipe: haversack_model::Recipe::standard("docs"),
//! #     snapshots: Default::default(),
//! #     stages: haversack_model::StageVersions {
//! #         reader: "".into(), chunker: "".into(), embedder: "".into(),
//! #         analyzer: "".into(), retriever: "".into(), selector: "".into(),
//! #     },
//! # };
//! let ours = Store::create(&folder.path().join("ours"))?;
//! let batch = ours.batch();
//! let version = batch.put_manifest(&manifest)?;
//! batch.commit()?;
//! let mut line = Line::default();
//! line.push(Entry { version, parent: None, at: 0, action: Action::Build, message: String::new() });
//!
//! let remote = FolderRemote::new(&folder.path().join("shared"));
//! sync::push_objects(&ours, &remote, &[version], false, &|_, _| {})?;
//! sync::push_line(&remote, "docs", &line, false)?;
//!
//! let theirs = Store::create(&folder.path().join("theirs"))?;
//! let (line, _) = sync::fetch_line(&remote, "docs")?.ok_or("no such context")?;
//! sync::pull_objects(&theirs, &theirs.lock()?, &remote, &line.versions(), false, &|_, _| {})?;
//! assert_eq!(theirs.manifest(version)?, manifest);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod catalog;
mod check;
mod erasures;
mod error;
mod files;
mod folder;
mod lines;
mod parallel;
mod pull;
mod push;
mod ranges;
mod remote;

pub use check::{RemoteCheck, RemoteProblem, check_remote, discard_packs};
pub use erasures::{ErasedThere, fetch_erasures, pull_erasures, push_erasures};
pub use error::SyncError;
pub use files::{FileCopy, Moved, pull_files, push_files};
pub use folder::FolderRemote;
pub use lines::{Diverged, PushedLine, fetch_line, list_lines, merge_line, push_line};
#[doc(hidden)]
pub use pull::pull_objects_with;
pub use pull::{Pulled, pull_objects};
#[doc(hidden)]
pub use push::push_objects_with;
pub use push::{Pushed, push_objects};
pub use remote::{Content, Remote, Tag};

/// Told bytes done and bytes in all, from several threads; the second number may grow.
pub type Progress<'p> = &'p (dyn Fn(u64, u64) + Sync);

const FORMAT: &str = "haversack remote 1\n";
const FORMAT_PATH: &str = "format";

/// Makes sure that a remote is one, which an empty one becomes.
fn prepare(remote: &dyn Remote) -> Result<(), SyncError> {
    match check_format(remote) {
        Err(SyncError::NotARemote { .. }) => {}
        other => return other,
    }
    match remote.put_if(FORMAT_PATH, FORMAT.as_bytes(), None) {
        // Somebody else was first; then it must be one.
        Ok(_) | Err(SyncError::LostRace { .. }) => check_format(remote),
        Err(error) => Err(error),
    }
}

/// Makes sure that a remote is one of a layout that this program reads.
fn check_format(remote: &dyn Remote) -> Result<(), SyncError> {
    match remote.get(FORMAT_PATH)? {
        Some(found) if found == FORMAT.as_bytes() => Ok(()),
        Some(found) => {
            let found =
                String::from_utf8_lossy(&found).lines().next().unwrap_or_default().chars().take(40).collect();
            Err(SyncError::Layout { remote: remote.describe(), found })
        }
        None => Err(SyncError::NotARemote { remote: remote.describe() }),
    }
}
