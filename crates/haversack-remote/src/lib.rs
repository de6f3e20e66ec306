//! Object stores as remotes: Amazon S3 and what speaks its protocol, Google Cloud Storage, Azure Blob Storage.
//!
//! The principal type is [`ObjectRemote`]: files by path below a URL, read and written whole, with one conditional
//! write. It blocks; the asynchronous machinery is its own. What it is used for it does not know.
//!
//! Each service stands behind a feature (`s3`, `gcs`, `azure`; `cloud` is all of them). Without a feature the type is
//! there and [`ObjectRemote::open`] says which feature is missing.
//!
//! | URL | service | feature |
//! | --- | --- | --- |
//! | `s3://bucket/folder` | Amazon S3, or the server that `AWS_ENDPOINT_URL` names | `s3` |
//! | `https://host/bucket/folder` | a server of the S3 protocol | `s3` |
//! | `gs://bucket/folder` | Google Cloud Storage | `gcs` |
//! | `az://container/folder` | Azure Blob Storage | `azure` |
//!
//! Credentials come from the environment alone, by the names that each service's own tools use (`AWS_ACCESS_KEY_ID`,
//! `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`; `GOOGLE_APPLICATION_CREDENTIALS`;
//! `AZURE_STORAGE_ACCOUNT_NAME`, `AZURE_STORAGE_ACCOUNT_KEY`; and what [`object_store`](https://docs.rs/object_store)
//! adds to them). They are never read from a URL and never stand in a message.
//!
//! ```no_run
//! use haversack_remote::{ObjectRemote, Options};
//! let remote = ObjectRemote::open("s3://knowledge/haversack", &Options::default())?;
//! remote.put("packs/a.pack", b"bytes")?;
//! assert_eq!(remote.get("packs/a.pack")?.as_deref(), Some(&b"bytes"[..]));
//! # Ok::<(), haversack_remote::RemoteError>(())
//! ```
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

#[cfg(not(feature = "_cloud"))]
mod absent;
#[cfg(feature = "_cloud")]
mod connect;
mod error;
mod location;
#[cfg(feature = "_cloud")]
mod object;
mod options;
mod tag;
#[cfg(feature = "_cloud")]
mod upload;

#[cfg(not(feature = "_cloud"))]
pub use absent::ObjectRemote;
pub use error::RemoteError;
pub use location::is_object_url;
#[cfg(feature = "_cloud")]
pub use object::ObjectRemote;
pub use options::Options;
pub use tag::Tag;
