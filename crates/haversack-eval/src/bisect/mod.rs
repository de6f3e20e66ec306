//! Which smallest set of changes flips an outcome, and which version of a log flipped it first.
//!
//! The model. Every context has, for the tasks that are asked, a mean score; trials are independent draws around it, from 0 to
//! 1, whatever their distribution. Scores become numbers from 0 (as in A) to 1 (as in B); a context is *like A* when their mean
//! is at most `low`, *like B* when it is at least `high`, levels that are set once, from trials of A and B. Each
//! question whether a context is like one or the other is put to trial after trial until a sequential probability ratio test
//! (Wald 1945) decides, or its trials are spent: then it is unsettled, which the search treats as "does not flip".
//! A context whose packs are those of A or of B is decided without a call.
//!
//! [`bisect`] first asks whether A and B differ at all (pairs of trials, a betting test that may stop at any time), then minimises
//! the set of all changes that touch the tasks' packs by ddmin (Zeller and Hildebrandt, *Simplifying and isolating
//! failure-inducing input*, TSE 28(2), 2002), with quick tests that are wrong up to one time in fifty.
//! Its answer is then checked on fresh trials: that the set flips the outcome, and that no set with one change less does.
//! A check that fails sends the search back, with stricter tests. The errors of the test of A against B (a quarter of `1 -
//! confidence`) and of all checks (half of the rest for the first, half of what is left for the next, divided over their
//! questions) sum to at most `1 - confidence`: with that confidence a conclusive answer flips the outcome and is
//! 1-minimal. Quick tests that err cost calls, not correctness. A repeatable agent is asked once per context, and the
//! answer is certain.
//!
//! 1-minimal means that no single change can be left out; when effects are not monotone a smaller set may lie elsewhere.
//! [`Bisection::redundant`] says whether B without the set still has B's outcome: then another set suffices as well.
//!
//! [`bisect_log`] is a binary search in which every version on the path is decided by such a test, with the error divided over
//! the questions that a search of the log can ask. What it returns, two neighbours of which the first is good and the second
//! bad, is right with the stated confidence also when the log goes back and forth; versions that it finds out of place
//! are reported.

mod ddmin;
mod ends;
mod log;
mod options;
mod search;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Factor;
pub use ddmin::bisect;
pub use log::{LogBisection, LogStep, bisect_log};
pub use options::BisectOptions;

/// A smallest set of changes that flips an outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bisection {
    /// The set, in the order of factors; made upon A it gives B's outcome. When not conclusive the smallest that seemed to;
    /// empty when A and B do not differ.
    pub factors: Vec<Factor>,
    /// Further sets, each without changes of those before it, when all were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Vec<Factor>>,
    /// Whether B without the set still has B's outcome, so that others suffice too; none when that was not settled. Judged by
    /// quick tests.
    pub redundant: Option<bool>,
    /// Which way the outcome went from A to B.
    pub direction: Direction,
    /// Mean score of the trials of A; none when nothing was asked.
    pub from_score: Option<f64>,
    /// Mean score of the trials of B; none when nothing was asked.
    pub to_score: Option<f64>,
    /// Confidence that a conclusive answer is right.
    pub confidence: f64,
    /// Agent calls made.
    pub calls: u64,
    /// Packs made.
    pub packs: u64,
    /// What was asked, in order.
    pub steps: Vec<Step>,
    /// Whether the set (or that there is none) is sure to the confidence.
    pub conclusive: bool,
    /// Why the search ended.
    pub reason: Reason,
}

/// Which way an outcome went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// B scores higher.
    Better,
    /// B scores lower.
    Worse,
    /// No difference was seen.
    Same,
}

/// One question: is the context with these changes like A or like B?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What it was asked for.
    pub stage: Stage,
    /// Numbers of the changes that are made, of those that touch the tasks.
    pub made: Vec<usize>,
    /// Trials looked at; 0 when its packs decided it.
    pub trials: u32,
    /// Mean score of those trials.
    pub score: Option<f64>,
    /// The answer.
    pub verdict: Verdict,
}

/// What a question is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// To make the set smaller.
    Search,
    /// To be sure of the result, on fresh trials.
    Check,
    /// To see whether the set is the only one.
    Redundancy,
}

/// What a context is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It has the outcome of A.
    LikeA,
    /// It has the outcome of B.
    LikeB,
    /// Its trials were spent before either was sure.
    Unsettled,
}

/// Why a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A set was found and checked.
    Found,
    /// The packs of A and B are the same, so no change can flip anything.
    SamePacks,
    /// No difference between the outcomes of A and B was seen within the trials.
    SameOutcome,
    /// Checks were not settled, or failed again and again: outcomes in between are like neither.
    Unsettled,
    /// The budget of calls was spent.
    Budget,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Found => "a minimal set was found and checked",
            Self::SamePacks => "the packs of both versions are the same",
            Self::SameOutcome => "no difference between the outcomes of both versions was seen",
            Self::Unsettled => "some outcomes are like neither version's",
            Self::Budget => "the budget of agent calls was spent",
        })
    }
}
