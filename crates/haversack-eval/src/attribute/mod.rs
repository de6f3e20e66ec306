//! Which changes move the outcome: randomised ablation over documents and fields of the recipe.
//!
//! # What is done
//!
//! 1. **Touch.** Without an agent: which changes can alter the pack of which task. Contexts on a path between two others
//!    are halved wherever packs differ, from A to B and from random contexts, until six paths in a row show nothing new. It takes
//!    12 packs for a task that nothing touches, else about log2(n) for each touching change. For
//!    [`attribute_one`] instead: which documents alter the pack when they alone are taken away (1 pack, or about 2 log2(n) for
//!    each). The agent is never asked about a change that touches nothing.
//! 2. **Survey.** Each touched task is asked in pairs of random contexts that are each other's opposite, so that in every pair each
//!    touching change is made once. The signed difference of a pair has a change's Banzhaf value as its mean: the effect of
//!    making it while every other touching change is made or not with equal chance. Effects and intervals are from these pairs only.
//! 3. **Search.** Two contexts whose outcomes differ are joined by a path, which is halved down to a single change (a witness: a
//!    context in which this change alone moves the outcome); then contexts are compared again within each combination of
//!    the changes that are known. So redundant changes are found, and those that work only together. How often a context is
//!    tried again follows from how often two trials of A, and of B, differ over the suite. Up to ten changes a task.
//! 4. **Test.** Each candidate is toggled at its witness on trials that nothing looked at before, and a bettor foretells which of
//!    the two outcomes is better. The p-value is the reciprocal of the bettor's capital.
//! 5. **More pairs** for tasks that a found change touches, for narrower intervals.
//!
//! # What holds
//!
//! The model: trials of one task and pack are independent draws from a distribution that belongs to that pack. The hypothesis
//! of a change: in no context that was tested does it alter that distribution. Then the two outcomes of a pair are as likely
//! one way round as the other, and the capital is an e-process: its reciprocal is a valid p-value however few and discrete the
//! outcomes, and whenever one stops (Ville 1939). Candidates are chosen on other trials than those that test them,
//! all are tested in the same rounds, and whether to go on is decided before a round's trials are seen; so stopping early does not
//! break error control. q-values are those of e-BH over the candidates (Wang and Ramdas, *False discovery rate control with
//! e-values*, JRSS B 2022), under which the expected share of false ones among the found is at most `fdr`, however
//! outcomes that tests share make them depend on each other. A p-value says how sure the test was when it stopped, not how large an
//! effect is, nor how sure more calls could make it. For a repeatable agent a witness is proof: p is 0.
//!
//! What does not hold: that every cause is found. One that matters in few contexts only, beside others that mask it, may not show in
//! the survey. Intervals are Student's, approximate, and hold for each factor by itself, not for the largest of
//! many; where a change works both ways its mean effect may be about 0 and it is found nevertheless. What was measured stands in
//! `benches/runs/2026-11-eval-causes`.

pub(crate) mod bet;
mod confirm;
mod engine;
mod options;
mod search;
mod survey;

use std::collections::BTreeMap;
use std::fmt;

use haversack_model::DocumentId;
use serde::{Deserialize, Serialize};

use crate::Estimate;
pub use engine::{attribute, attribute_one};
pub use options::AttributeOptions;

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
    /// Agent calls that leaving out one factor at a time would have made over all tasks, with one trial of each.
    pub leave_one_out_calls: u64,
    /// Packs made to find out which factors touch which tasks, and for contexts that the agent was asked in.
    #[serde(default)]
    pub packs: u64,
    /// Whether all was asked that was wanted; false when the budget of calls ended it, and causes may be missing.
    #[serde(default = "yes")]
    pub complete: bool,
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

fn yes() -> bool {
    true
}
