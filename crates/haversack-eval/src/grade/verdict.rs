//! What a model says when it judges.

use serde::Deserialize;

use crate::text::json_object;

/// Why a reply is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum VerdictError {
    /// Longer than a verdict can be.
    #[error("{bytes} bytes are too many")]
    TooLong {
        /// How many there are.
        bytes: usize,
    },
    /// Not the one JSON object that was asked for, and nothing else.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
}

/// A verdict: `{"verdict": "correct", "reason": ".."}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verdict {
    pub verdict: Word,
    #[serde(default)]
    pub reason: String,
}

/// The two verdicts that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    Correct,
    Incorrect,
}

/// Most bytes of a reply.
const LONGEST: usize = 8_192;

impl Verdict {
    /// Reads a reply: the object alone, or alone in a fenced block, as models like to write it.
    pub fn parse(reply: &str) -> Result<Self, VerdictError> {
        if reply.len() > LONGEST {
            return Err(VerdictError::TooLong { bytes: reply.len() });
        }
        let reply = reply.trim();
        let fenced = reply.strip_prefix("```").and_then(|inner| inner.strip_suffix("```"));
        let inner = fenced.map(|inner| inner.strip_prefix("json").unwrap_or(inner));
        Ok(json_object(inner.unwrap_or(reply))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_object_and_nothing_else() {
        let word = |reply: &str| Verdict::parse(reply).map(|verdict| verdict.verdict).ok();
        assert_eq!(word(" {\"verdict\": \"correct\"}\n"), Some(Word::Correct));
        assert_eq!(
            word("```json\n{\"verdict\": \"incorrect\", \"reason\": \"no\"}\n```"),
            Some(Word::Incorrect)
        );
        for bad in [
            "",
            "correct",
            "{\"verdict\": \"Correct\"}",
            "{\"verdict\": \"pass\"}",
            "{\"verdict\": true}",
            "{}",
            "{\"verdict\": \"correct\"} as I said",
            "{\"verdict\": \"correct\", \"verdict\": \"incorrect\"}",
            "{\"verdict\": \"correct\", \"score\": 1}",
            "```\n{\"verdict\": \"correct\"}\n```\n```\n{\"verdict\": \"correct\"}\n```",
            "[\"correct\"]",
        ] {
            assert_eq!(word(bad), None, "{bad}");
        }
        let long = format!("{{\"verdict\": \"correct\", \"reason\": \"{}\"}}", "x".repeat(LONGEST));
        assert!(matches!(Verdict::parse(&long), Err(VerdictError::TooLong { .. })));
    }
}
