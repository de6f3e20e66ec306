use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::policy_file;
use crate::{EvalError, Measure};

/// What a version must keep to be let through: the file `gate.toml`.
///
/// Everything may be left out, but not all of it. Each number that is given is one check of the
/// [`GateResult`](crate::GateResult).
///
/// ```
/// use haversack_eval::{GateInput, Policy};
///
/// let policy = Policy::parse("[effect]\nmargin = 0.02\n", "gate.toml")?;
/// // Nothing is known here, so the check fails: it is never passed over.
/// let result = policy.judge(&GateInput::default());
/// assert!(!result.passed);
/// assert_eq!(result.checks[0].name, "effect.margin");
///
/// let error = Policy::parse("[effect]\nmargins = 0.02\n", "gate.toml").unwrap_err();
/// assert!(error.to_string().contains("gate.toml:2"));
/// # Ok::<(), haversack_eval::EvalError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// On the effect over all tasks.
    #[serde(default)]
    pub effect: EffectPolicy,
    /// On counts, shares and cost.
    #[serde(default)]
    pub limit: LimitPolicy,
    /// On the tasks with a tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tag: BTreeMap<String, TagPolicy>,
    /// Least means of measures of B.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measure: BTreeMap<Measure, f64>,
}

/// Demands on the mean effect over all tasks.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EffectPolicy {
    /// Non-inferiority: the lower end of the interval must be above minus this; from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Superiority: the lower end of the interval must be above this; from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub improvement: Option<f64>,
    /// Least confidence of the interval, as 0.95; from 0.5 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Fewest tasks that must have been compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<u32>,
}

/// Demands on counts, shares and cost.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitPolicy {
    /// Most tasks that passed in A and fail in B.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regressions: Option<u32>,
    /// Most tasks of B whose pack holds a passage of an untrusted document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untrusted_passages: Option<u32>,
    /// The same as a share of the tasks of B; from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untrusted_share: Option<f64>,
    /// Most that the agent's answers in B may cost, in the currency of the suite's prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Most calls in B that failed or ran out of time, as a share; from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_calls: Option<f64>,
}

/// Demands on the tasks with one tag.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagPolicy {
    /// Least mean score in B; from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Least mean effect; from -1 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<f64>,
    /// Most tasks that do not pass in B, as a share; from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_rate: Option<f64>,
}

impl Policy {
    /// Reads a policy; `file` is the name that errors give.
    ///
    /// # Errors
    /// On bad TOML, an unknown key (with the nearest known one) or measure, a number outside its range, and a policy that
    /// demands nothing, since it would let everything through.
    pub fn parse(text: &str, file: &str) -> Result<Self, EvalError> {
        policy_file::parse(text, file)
    }

    /// The measures of B that it needs.
    pub fn measures(&self) -> impl Iterator<Item = Measure> {
        self.measure.keys().copied()
    }

    /// Whether nothing is demanded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.effect == EffectPolicy::default()
            && self.limit == LimitPolicy::default()
            && self.tag.values().all(|tag| *tag == TagPolicy::default())
            && self.measure.is_empty()
    }
}
