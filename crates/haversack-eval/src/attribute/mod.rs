//! Which changes move the outcome: randomised ablation over documents and fields of the recipe.

use std::collections::BTreeMap;
use std::fmt;

use haversack_model::DocumentId;
use serde::{Deserialize, Serialize};

use crate::Estimate;

/// Something that differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Factor {
    /// A document that is in B only.
    Added {
        /// Its id.
        document: DocumentId,
    },
    /// A document that is in A only.
    Removed {
        /// Its id.
        document: DocumentId,
    },
    /// A document that is in both, but not the same.
    Changed {
        /// Its id.
        document: DocumentId,
    },
    /// A field of the recipe (or, where they cannot be set apart, several, separated by commas).
    Field {
        /// Its dotted path.
        field: String,
    },
    /// A document of the one version that is looked at: the factor is its presence.
    Present {
        /// Its id.
        document: DocumentId,
    },
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { document } => write!(f, "+ {document}"),
            Self::Removed { document } => write!(f, "- {document}"),
            Self::Changed { document } => write!(f, "~ {document}"),
            Self::Field { field } => write!(f, "{field}"),
            Self::Present { document } => write!(f, "{document}"),
        }
    }
}

/// What each change does to the outcomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attribution {
    /// False-discovery rate that `found` keeps to.
    pub fdr: f64,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// Every factor, largest absolute effect first, then in the order of factors.
    pub factors: Vec<FactorEffect>,
    /// Agent calls made.
    pub calls: u64,
    /// Agent calls that leaving out one factor at a time would have made, with as many trials over all tasks.
    pub leave_one_out_calls: u64,
    /// Tasks whose outcome no factor can touch: their packs are the same in A and B and in everything between.
    pub untouched: Vec<String>,
}

/// What one change does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FactorEffect {
    /// The change.
    pub factor: Factor,
    /// Tasks whose packs it can change.
    pub tasks: usize,
    /// Its mean effect on the score of those tasks, over random choices of the other changes; 0 without tasks.
    pub effect: Estimate,
    /// The same on the mean of the whole suite.
    pub suite_effect: f64,
    /// p-value of there being no effect.
    pub p_value: f64,
    /// The same under false-discovery control.
    pub q_value: f64,
    /// Whether it has an effect at the false-discovery rate.
    pub found: bool,
    /// Effect on each task that it can touch.
    pub per_task: BTreeMap<String, f64>,
}
