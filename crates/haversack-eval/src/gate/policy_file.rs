//! Reads `gate.toml`, with the line of what is wrong.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::policy::{EffectPolicy, LimitPolicy, Policy, TagPolicy};
use crate::suite::tomlfile::{self, Keys};
use crate::text::at;
use crate::{EvalError, LineError, Measure};

type Number = Option<Spanned<f64>>;
type Count = Option<u32>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    effect: EffectTable,
    #[serde(default)]
    limit: LimitTable,
    #[serde(default)]
    tag: BTreeMap<String, TagTable>,
    #[serde(default)]
    measure: BTreeMap<Measure, Spanned<f64>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct EffectTable {
    margin: Number,
    improvement: Number,
    confidence: Number,
    tasks: Count,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct LimitTable {
    regressions: Count,
    untrusted_passages: Count,
    untrusted_share: Number,
    cost: Number,
    failed_calls: Number,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TagTable {
    score: Number,
    effect: Number,
    failure_rate: Number,
}

const TAG: Keys = Keys::Table(&[("score", Keys::Leaf), ("effect", Keys::Leaf), ("failure_rate", Keys::Leaf)]);
const KEYS: Keys = Keys::Table(&[
    (
        "effect",
        Keys::Table(&[
            ("margin", Keys::Leaf),
            ("improvement", Keys::Leaf),
            ("confidence", Keys::Leaf),
            ("tasks", Keys::Leaf),
        ]),
    ),
    (
        "limit",
        Keys::Table(&[
            ("regressions", Keys::Leaf),
            ("untrusted_passages", Keys::Leaf),
            ("untrusted_share", Keys::Leaf),
            ("cost", Keys::Leaf),
            ("failed_calls", Keys::Leaf),
        ]),
    ),
    ("tag", Keys::Any(&TAG)),
    ("measure", Keys::Any(&Keys::Leaf)),
]);

pub(super) fn parse(text: &str, file: &str) -> Result<Policy, EvalError> {
    let read: File = tomlfile::parse(text, file, &KEYS)?;
    let check = Check { text, file };
    let policy = Policy {
        effect: EffectPolicy {
            margin: check.number("effect.margin", read.effect.margin, (0.0, 1.0))?,
            improvement: check.number("effect.improvement", read.effect.improvement, (0.0, 1.0))?,
            confidence: check.number("effect.confidence", read.effect.confidence, (0.5, 1.0))?,
            tasks: read.effect.tasks,
        },
        limit: LimitPolicy {
            regressions: read.limit.regressions,
            untrusted_passages: read.limit.untrusted_passages,
            untrusted_share: check.number("limit.untrusted_share", read.limit.untrusted_share, (0.0, 1.0))?,
            cost: check.number("limit.cost", read.limit.cost, (0.0, f64::MAX))?,
            failed_calls: check.number("limit.failed_calls", read.limit.failed_calls, (0.0, 1.0))?,
        },
        tag: read.tag.into_iter().map(|(tag, table)| check.tag(tag, table)).collect::<Result<_, _>>()?,
        measure: read
            .measure
            .into_iter()
            .map(|(measure, floor)| {
                let key = format!("measure.{measure}");
                let floor = check.number(&key, Some(floor), (f64::MIN, f64::MAX))?;
                Ok((measure, floor.unwrap_or_default()))
            })
            .collect::<Result<_, EvalError>>()?,
    };
    if policy.is_empty() {
        return Err(at(file, 1, LineError::EmptyPolicy));
    }
    Ok(policy)
}

struct Check<'a> {
    text: &'a str,
    file: &'a str,
}

impl Check<'_> {
    fn tag(&self, tag: String, table: TagTable) -> Result<(String, TagPolicy), EvalError> {
        let key = |name: &str| format!("tag.{tag}.{name}");
        let policy = TagPolicy {
            score: self.number(&key("score"), table.score, (0.0, 1.0))?,
            effect: self.number(&key("effect"), table.effect, (-1.0, 1.0))?,
            failure_rate: self.number(&key("failure_rate"), table.failure_rate, (0.0, 1.0))?,
        };
        Ok((tag, policy))
    }

    /// A number within its range; one that is none (`nan`) is in no range.
    fn number(&self, key: &str, value: Number, (from, to): (f64, f64)) -> Result<Option<f64>, EvalError> {
        let Some(value) = value else { return Ok(None) };
        let number = *value.get_ref();
        if (from..=to).contains(&number) {
            return Ok(Some(number));
        }
        let before = &self.text.as_bytes()[..value.span().start.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Err(at(self.file, line, LineError::Range { key: key.to_owned(), value: number, from, to }))
    }
}
