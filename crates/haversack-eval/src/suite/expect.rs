use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::grade::{json_path, pattern};
use crate::{GradeError, LineError};

/// What graders look for in one answer that is no gold answer; a grader reads the part that is its own.
///
/// ```
/// use haversack_eval::Expect;
/// let expect: Expect = serde_json::from_str(r#"{"number": 24, "units": ["h", "hours"]}"#)?;
/// assert_eq!(expect.number, Some(24.0));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// For graders of kind `regex` without a `pattern`: the pattern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// For `numeric`: the number, instead of the one in the gold answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<f64>,
    /// For `numeric`: what may stand behind the number, instead of the grader's own units.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<String>,
    /// For graders of kind `json_path` without a `path`: the value at each path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub json: BTreeMap<String, Value>,
}

impl Expect {
    pub(super) const KEYS: [&str; 4] = ["regex", "number", "units", "json"];

    /// Refuses a pattern or path that cannot be read.
    pub(super) fn check(&self) -> Result<(), LineError> {
        let wrap = |key| move |source: GradeError| LineError::Expect { key, source: Box::new(source) };
        if let Some(regex) = &self.regex {
            pattern::compile(regex, false).map_err(wrap("regex"))?;
        }
        for path in self.json.keys() {
            json_path::compile(path).map_err(wrap("json"))?;
        }
        Ok(())
    }
}
