//! Versioned context for agents: build it, pack it, prove which information changes the outcome.
//!
//! An agent holds a [`Context`]: one published version, immutable, cheap to clone, safe to share between threads. It
//! hands over a [`Request`] and gets back a [`Pack`]: text that fits the budget, with citations, and a reason for
//! every candidate that was kept or dropped.
//!
//! ```
//! use haversack::{BuildOptions, InitOptions, Request, Silent, Store, Workspace};
//!
//! let folder = tempfile::tempdir()?;
//! std::fs::create_dir(folder.path().join("docs"))?;
//! std::fs::write(folder.path().join("docs/keys.md"), "# Keys\n\nRotate the signing key every 90 days.\n")?;
//! let workspace = Workspace::at(folder.path());
//! let options = InitOptions { embedder: Some("none".to_owned()), ..InitOptions::default() };
//! haversack::init(&workspace, &folder.path().join("docs"), &options)?;
//! haversack::build(&workspace, "docs", &BuildOptions::default(), &Silent)?;
//!
//! let store = Store::open(&workspace.store_path())?;
//! let context = store.context("docs")?;
//! let pack = context.pack(&Request::new("how often is the signing key rotated?").budget(200))?;
//! assert!(pack.text().contains("every 90 days") && pack.tokens <= 200);
//! for passage in pack.passages() {
//!     println!("{} {}", passage.citation(), passage.tokens());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Engineers [`build`] versions in a [`Workspace`]; evaluators [`diff`] them. This crate wires the crates below it and
//! holds no algorithm of its own.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod build;
mod changes;
mod chunks;
mod compact;
mod context;
mod derived;
mod diff;
mod embedder;
mod erased;
mod error;
pub mod evaluate;
mod forget;
mod fsck;
#[doc(hidden)]
pub mod fuzz;
mod gc;
mod index_build;
mod index_meta;
mod ingest;
mod init;
mod lockfile;
mod mask;
mod pack_diff;
mod progress;
mod recipe_diff;
mod remote;
mod repair;
mod scan_cache;
mod segments;
mod settings;
mod signing;
mod store;
mod sync;
mod tokenizer;
mod travel;
mod verify;
mod workspace;

pub use build::{BuildOptions, BuildReport, DocumentCounts, build};
pub use context::{Context, Ranked, RankedChunk, Retriever};
pub use diff::{ChunkDiff, Diff, DiffOptions, DocumentChange, SourceDiff, diff};
pub use embedder::{Machine, check_embedder, try_embedder};
pub use erased::versions_with;
pub use error::Error;
pub use forget::{Forgotten, forget, forget_runs};
pub use fsck::{Checked, Damage, fsck};
pub use gc::{Collected, gc};
pub use haversack_model::{
    Candidate, Chunk, ChunkId, Decision, Digest, DocumentId, DocumentRecord, Filter, Format, Fusion,
    FusionMethod, InvalidDocumentId, Manifest, Order, Pack, Passage, Principal, Reason, Recipe, RecipeError,
    Request, Scores, Span, Timings, Trust, VectorSearch, Verdict, VersionId, civil_date,
};
pub use haversack_select::reason_text;
pub use haversack_sign::{KeyPair, SignError, Signed, normal_key};
pub use haversack_store::sync::SyncError;
pub use haversack_store::{
    Action, Check, Entry, Erasure, InvalidAddress as AddressError, Line, LineRepair, PackRepair, Problem,
    Retention, StoreError, replace,
};
pub use index_build::ChunkCounts;
pub use ingest::SkippedSource;
pub use init::{InitOptions, Initialized, init};
pub use pack_diff::{Cause, PackDiff, PassageChange};
pub use progress::{Progress, Silent, Stage};
pub use recipe_diff::FieldChange;
pub use repair::{Repair, repair};
pub use settings::PromoteSettings;
pub use store::Store;
pub use sync::{TravelOptions, Travelled, clone, pull, push};
pub use verify::{Verification, verify};
pub use workspace::Workspace;
