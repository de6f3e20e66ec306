use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::tomlfile::{self, Keys};
use crate::{EvalError, Measure, Report};

/// Numbers that must reproduce, and what they belong to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The context, or a version of one (`cacm@v1`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The recipe's file, where it is not that of the context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<String>,
    /// The version id they were measured on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where they come from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The numbers.
    pub measures: BTreeMap<Measure, ExpectedValue>,
}

/// One number that must reproduce.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedValue {
    /// The mean.
    pub value: f64,
    /// How far off is still the same.
    #[serde(default)]
    pub tolerance: f64,
}

/// A number that did not reproduce.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Deviation {
    /// The measure.
    pub measure: Measure,
    /// What it should be.
    pub expected: ExpectedValue,
    /// What it is; `None` when it was not measured.
    pub measured: Option<f64>,
}

impl Expected {
    /// The numbers that a report does not have, or has otherwise.
    #[must_use]
    pub fn deviations(&self, report: &Report) -> Vec<Deviation> {
        let compare = |(measure, expected): (&Measure, &ExpectedValue)| {
            let measured = report.measures.get(measure).map(|measure| measure.mean);
            // Written so that NaN deviates; the last term forgives the rounding of a sum.
            let same = measured.is_some_and(|got| (got - expected.value).abs() <= expected.tolerance + 1e-12);
            (!same).then_some(Deviation { measure: *measure, expected: *expected, measured })
        };
        self.measures.iter().filter_map(compare).collect()
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { measure, expected: ExpectedValue { value, tolerance }, measured } = self;
        match measured {
            Some(got) => write!(f, "{measure} is {got:.4}, expected {value:.4} ± {tolerance}"),
            None => write!(f, "{measure} was not measured, expected {value:.4} ± {tolerance}"),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    expected: Vec<Expected>,
}

const VALUE: Keys = Keys::Table(&[("value", Keys::Leaf), ("tolerance", Keys::Leaf)]);
const KEYS: Keys = Keys::Table(&[(
    "expected",
    Keys::Table(&[
        ("context", Keys::Leaf),
        ("recipe", Keys::Leaf),
        ("version", Keys::Leaf),
        ("note", Keys::Leaf),
        ("measures", Keys::Any(&VALUE)),
    ]),
)]);

pub(crate) fn parse(text: &str, file: &str) -> Result<Vec<Expected>, EvalError> {
    Ok(tomlfile::parse::<File>(text, file, &KEYS)?.expected)
}

pub(super) fn write(expected: &[Expected]) -> Result<String, EvalError> {
    Ok(toml::to_string(&File { expected: expected.to_vec() })?)
}
