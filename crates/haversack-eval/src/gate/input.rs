use std::collections::BTreeMap;

use haversack_model::{Pack, Trust};
use serde::{Deserialize, Serialize};

use crate::{Comparison, Outcome, Pair, Report};

/// What a gate looks at. What is not there is not known, and fails every check that needs it.
#[derive(Debug, Clone, Copy, Default)]
pub struct GateInput<'a> {
    /// The comparison of A and B.
    pub comparison: Option<&'a Comparison>,
    /// The pairs it was made of.
    pub pairs: Option<&'a [Pair]>,
    /// Every outcome of B, failed calls included.
    pub outcomes: Option<&'a [Outcome]>,
    /// Every outcome of A, failed calls included: calls that failed there make B look better.
    pub baseline: Option<&'a [Outcome]>,
    /// Whom the packs of B cite, by task.
    pub packs: Option<&'a BTreeMap<String, PackTrust>>,
    /// Measures of B.
    pub measures: Option<&'a Report>,
}

/// How far the passages of a pack may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackTrust {
    /// Passages of the pack.
    pub passages: usize,
    /// Those of untrusted documents.
    pub untrusted: usize,
}

impl From<&Pack> for PackTrust {
    fn from(pack: &Pack) -> Self {
        let untrusted = pack.passages.iter().filter(|passage| passage.trust == Trust::Untrusted).count();
        Self { passages: pack.passages.len(), untrusted }
    }
}
