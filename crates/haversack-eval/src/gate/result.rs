use std::fmt;

use serde::{Deserialize, Serialize};

use crate::number::figure;

/// Whether a comparison meets a policy, check by check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateResult {
    /// Whether every check passed.
    pub passed: bool,
    /// Every check of the policy, in its order.
    pub checks: Vec<GateCheck>,
}

/// One demand of a policy, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateCheck {
    /// The dotted key of the policy: `effect.margin`, `tag.security.score`.
    pub name: String,
    /// Whether it is met.
    pub passed: bool,
    /// What is; none where it is not known, and then the check has failed.
    pub actual: Option<f64>,
    /// What is wanted.
    pub wanted: Bound,
    /// In words: what was looked at, or why it is not known.
    pub detail: String,
    /// The tasks that count against it, in the order of ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
}

/// What a number must be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Bound {
    /// Greater than this.
    Above(f64),
    /// This or greater.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Bound {
    /// Whether a number keeps to the bound; what is no number does not.
    #[must_use]
    pub fn holds(self, actual: f64) -> bool {
        match self {
            Self::Above(bound) => actual > bound,
            // A mean that should be exactly at its bound may miss it by the rounding of its sum.
            Self::AtLeast(bound) => actual >= bound - 1e-12,
            Self::AtMost(bound) => actual <= bound + 1e-12,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Above(bound) => write!(f, "> {}", figure(*bound)),
            Self::AtLeast(bound) => write!(f, "≥ {}", figure(*bound)),
            Self::AtMost(bound) => write!(f, "≤ {}", figure(*bound)),
        }
    }
}

impl GateCheck {
    /// What is, in figures; `not known` where it is not.
    #[must_use]
    pub fn actual_text(&self) -> String {
        self.actual.map_or_else(|| "not known".to_owned(), figure)
    }
}

impl GateResult {
    /// A result with these checks: passed if each of them is.
    #[must_use]
    pub fn new(checks: Vec<GateCheck>) -> Self {
        Self { passed: checks.iter().all(|check| check.passed), checks }
    }

    /// The checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &GateCheck> {
        self.checks.iter().filter(|check| !check.passed)
    }

    /// The check with a name.
    #[must_use]
    pub fn check(&self, name: &str) -> Option<&GateCheck> {
        self.checks.iter().find(|check| check.name == name)
    }
}
