use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{DocumentRecord, Label, Trust};

/// Who asks. A principal may read a document when it holds every label that the document carries.
///
/// ```
/// use haversack_model::Principal;
/// let anyone = Principal::anyone();
/// let hr = Principal::new("ana", ["hr"]);
/// let labels = ["hr".to_owned()].into();
/// assert!(!anyone.may_read(&labels) && hr.may_read(&labels));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Principal {
    /// Name, for the audit log.
    pub name: String,
    /// Labels it holds.
    pub labels: BTreeSet<Label>,
}

impl Principal {
    /// A principal with labels.
    #[must_use]
    pub fn new<L: Into<Label>>(name: &str, labels: impl IntoIterator<Item = L>) -> Self {
        Self { name: name.to_owned(), labels: labels.into_iter().map(Into::into).collect() }
    }

    /// A principal without labels, who reads only what everyone may read.
    #[must_use]
    pub fn anyone() -> Self {
        Self { name: "anyone".to_owned(), labels: BTreeSet::new() }
    }

    /// Whether the principal holds all of `labels`.
    #[must_use]
    pub fn may_read(&self, labels: &BTreeSet<Label>) -> bool {
        labels.is_subset(&self.labels)
    }
}

/// Which documents a request may draw on, besides what its principal may read. All conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Filter {
    /// Globs over document ids (`handbook/api/**`); a document needs to match one. Empty: all.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Metadata that must have exactly these values.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// Language code that the document must have.
    #[serde(default)]
    pub language: Option<String>,
    /// Least trust.
    #[serde(default)]
    pub trust: Option<Trust>,
}

impl Filter {
    /// Whether no condition is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a record meets every condition but the path globs, which need a compiled matcher.
    #[must_use]
    pub fn admits(&self, record: &DocumentRecord) -> bool {
        self.trust.is_none_or(|least| record.trust >= least)
            && self.language.as_ref().is_none_or(|code| record.language.as_ref() == Some(code))
            && self.metadata.iter().all(|(name, value)| record.metadata.get(name) == Some(value))
    }
}
