use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Digest, Recipe, VersionId, canonical};

/// The hash of a corpus snapshot: the root of its document table.
pub type SnapshotId = Digest;

/// What was built: the complete identity of a context version.
///
/// Nothing of time, machine, path or history stands in it, so the same recipe over the same documents with the
/// same stages is the same version everywhere. The change that led to a version is kept apart, in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The effective recipe, every field written out.
    pub recipe: Recipe,
    /// One snapshot for each corpus of the recipe, by corpus name.
    pub snapshots: BTreeMap<String, SnapshotRef>,
    /// Versions of every stage that shapes a pack.
    pub stages: StageVersions,
}

impl Manifest {
    /// The version id: `canonical::digest("manifest", self)`.
    ///
    /// # Errors
    /// When a number of the recipe has no canonical form.
    pub fn version(&self) -> Result<VersionId, canonical::CanonicalError> {
        canonical::digest("manifest", self)
    }
}

/// A corpus snapshot in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotRef {
    /// Root of the document table.
    pub id: SnapshotId,
    /// Documents in it.
    pub documents: u64,
    /// Bytes of text in it.
    pub bytes: u64,
    /// Sources that were left out, by reason code, where the recipe allows it (`too_large`, `binary`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skipped: BTreeMap<String, u64>,
}

/// Names and versions of the stages: a change of any of them can change a pack, so each is part of the identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageVersions {
    /// Sources to documents.
    pub reader: String,
    /// Documents to chunks.
    pub chunker: String,
    /// Fingerprint of the embedder, `none` without one.
    pub embedder: String,
    /// Text to terms.
    pub analyzer: String,
    /// Query to candidates.
    pub retriever: String,
    /// Candidates to pack.
    pub selector: String,
}
