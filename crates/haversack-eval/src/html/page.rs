use std::collections::BTreeMap;

use haversack_model::{Digest, VersionId};
use serde::{Deserialize, Serialize};

use crate::{Attribution, Comparison, Factor, GateResult, SweepPoint, TaskPacks, Usage};

/// Everything that the report of a comparison shows.
///
/// [`ReportPage::to_html`] makes one file of it that opens from a disk, without a network or script. Its bytes are a
/// function of this value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportPage {
    /// Heading of the page.
    pub title: String,
    /// The version that is compared with.
    pub a: VersionSide,
    /// The version that is judged.
    pub b: VersionSide,
    /// What was asked.
    pub suite: SuiteSide,
    /// Who answered.
    pub agent: AgentSide,
    /// What came of it.
    pub comparison: Comparison,
    /// What differs between the versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// The packs and outcomes of tasks; those that are the same in both versions may be left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<TaskPacks>,
    /// Which changes moved the outcomes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
    /// Settings by what they cost and give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sweep: Vec<SweepPoint>,
    /// What a policy says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateResult>,
    /// How it was made.
    pub provenance: Provenance,
    /// What the reader must know: calls that failed, tasks left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A version, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionSide {
    /// How it was named: `support@v1`.
    pub address: String,
    /// Its id.
    pub version: VersionId,
    /// When it was built, as people write it; empty where nobody knows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub when: String,
}

/// A suite, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteSide {
    /// Its name.
    pub name: String,
    /// One line on what it asks.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its [digest](crate::Suite::digest).
    pub digest: Digest,
}

/// An agent, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSide {
    /// What people call it.
    pub name: String,
    /// Its [fingerprint](crate::Agent::fingerprint).
    pub fingerprint: Digest,
}

/// Something that differs between the versions, with what it was and is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What differs.
    pub what: Factor,
    /// A field's value in A, or what of a document changed; empty where there is nothing to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub a: String,
    /// A field's value in B.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub b: String,
}

/// How a report was made: enough to make it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The program and its version.
    pub program: String,
    /// The command that made it, without secrets.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub command: String,
    /// When, as people write it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub when: String,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Trials of each task and version.
    pub trials: u32,
    /// What the agent was asked and cost for this report.
    #[serde(default)]
    pub usage: Usage,
    /// Outcomes that were used again, not asked for.
    #[serde(default)]
    pub reused: u64,
    /// Digests of files, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<String, Digest>,
    /// The machine and whatever else belongs to it, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
}
