//! Where versions live: objects named by their hash, document tables that versions share, and the refs and log
//! of every context.
//!
//! The principal type is [`Store`], a `.haversack` folder:
//!
//! ```text
//! format                what this folder is, and which layout it has
//! lock                  held by the one writer
//! packs/<name>.pack     texts, tree nodes, manifests: found by hash, never changed but by erasure
//! refs/<context>.json   one line of versions: log, tags; replaced as a whole, the one before kept as `.old`
//! erased.json           which documents were erased, and why
//! segments/ indexes/ cache/ tmp/   what can be rebuilt
//! ```
//!
//! Objects are written first and synced, then the one file of the context is replaced by a rename: a crash at any
//! instruction leaves the old version or the new one.
//!
//! ```
//! use haversack_store::{Address, Store};
//! let folder = tempfile::tempdir()?;
//! let store = Store::create(&folder.path().join(".haversack"))?;
//! let batch = store.batch();
//! let digest = batch.put_text("some text")?;
//! batch.commit()?;
//! assert_eq!(store.text(digest)?, "some text");
//! assert_eq!("docs@v1".parse::<Address>()?.context, "docs");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod address;
mod atomic;
mod batch;
mod check;
mod check_pack;
mod check_tree;
mod checked;
mod cursor;
mod edit;
mod erase;
mod error;
#[doc(hidden)]
pub mod fuzz;
mod gc;
mod holder;
mod ledger;
mod line;
mod lock;
mod node;
mod node_text;
mod object;
mod pack;
mod read;
mod refs;
mod repair;
mod retention;
mod store;
pub mod sync;
mod tree;
mod tree_diff;
mod walk;

pub use address::{Address, InvalidAddress, Point};
pub use atomic::{replace, sync_folder};
pub use batch::{Batch, Committed};
pub use check::{Check, Problem};
pub use error::StoreError;
pub use gc::{Change, GcContext, GcReport};
pub use ledger::Erasure;
pub use line::{Action, Entry, Line};
pub use lock::WriteLock;
pub use repair::{LineRepair, PackRepair};
pub use retention::Retention;
pub use store::Store;
pub use tree::{Snapshot, snapshot_id};
pub use tree_diff::SnapshotDiff;
