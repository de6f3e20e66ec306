use serde::{Deserialize, Serialize};

use crate::{Grade, Graded};

/// 1 if the agent abstained and the task is unanswerable, or neither; else 0.
///
/// What counts is that the agent says so: an answer that is merely empty is an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Abstained {}

impl Abstained {
    pub(super) fn grade(self, graded: &Graded<'_>) -> Grade {
        match (graded.task.unanswerable, graded.answer.abstained) {
            (true, true) => Grade::of(true, "abstained, rightly"),
            (false, false) => Grade::of(true, "answered, as it should"),
            (true, false) => Grade::of(false, "answered what has no answer"),
            (false, true) => Grade::of(false, "abstained, but there is an answer"),
        }
    }
}
