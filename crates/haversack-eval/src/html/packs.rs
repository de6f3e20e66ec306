use std::collections::BTreeMap;

use haversack_model::{Digest, DocumentId, Pack, Trust};
use serde::{Deserialize, Serialize};

use crate::Outcome;

/// The packs of one task in both versions, and what came of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskPacks {
    /// Id of the task.
    pub task: String,
    /// What is asked.
    pub query: String,
    /// Gold answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<String>,
    /// Version A.
    pub a: PackSide,
    /// Version B.
    pub b: PackSide,
}

/// One version's pack of a task, with its outcomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackSide {
    /// Hash of the text.
    pub pack_id: Digest,
    /// Tokens of the text.
    pub tokens: usize,
    /// The rendered context.
    pub text: String,
    /// What it cites, in the order of the text.
    pub passages: Vec<PassageSide>,
    /// The outcome of each trial.
    pub outcomes: Vec<Outcome>,
}

/// A passage of a pack, without its text, which stands in the pack's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassageSide {
    /// How the pack cites it.
    pub citation: String,
    /// Its document.
    pub document: DocumentId,
    /// Hash of its text.
    pub text_digest: Digest,
    /// Tokens of its text.
    pub tokens: usize,
    /// Trust of its document.
    pub trust: Trust,
}

/// What became of a passage between A and B. Positions count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PassageChange {
    /// Only B has it.
    Entered {
        /// Position in B.
        b: usize,
    },
    /// Only A has it.
    Left {
        /// Position in A.
        a: usize,
    },
    /// Both have it, elsewhere.
    Moved {
        /// Position in A.
        a: usize,
        /// Position in B.
        b: usize,
    },
    /// Both have it at the same place.
    Same {
        /// Position in both.
        at: usize,
    },
}

impl PackSide {
    /// A pack with the outcomes of its trials.
    #[must_use]
    pub fn new(pack: &Pack, outcomes: Vec<Outcome>) -> Self {
        let passages = pack.passages.iter().map(|passage| PassageSide {
            citation: passage.citation.clone(),
            document: passage.document.clone(),
            text_digest: Digest::of(passage.text.as_bytes()),
            tokens: passage.tokens,
            trust: passage.trust,
        });
        Self {
            pack_id: pack.pack_id,
            tokens: pack.tokens,
            text: pack.text.clone(),
            passages: passages.collect(),
            outcomes,
        }
    }

    fn scores(&self) -> Vec<(f64, bool)> {
        self.outcomes.iter().map(|outcome| (outcome.score, outcome.passed)).collect()
    }
}

impl TaskPacks {
    /// Whether packs or outcomes differ.
    #[must_use]
    pub fn differ(&self) -> bool {
        self.a.pack_id != self.b.pack_id || self.a.scores() != self.b.scores()
    }

    /// What became of each passage: those of B in their order, then those that left in the order of A.
    ///
    /// A passage is the same if document and text are, wherever in the document the text stands. Of several equal ones
    /// the first is paired with the first.
    #[must_use]
    pub fn passages(&self) -> Vec<(PassageChange, &PassageSide)> {
        let mut waiting: BTreeMap<(&DocumentId, Digest), Vec<usize>> = BTreeMap::new();
        for (at, passage) in self.a.passages.iter().enumerate().rev() {
            waiting.entry((&passage.document, passage.text_digest)).or_default().push(at);
        }
        let mut changes = Vec::new();
        for (at, passage) in self.b.passages.iter().enumerate() {
            let before = waiting.get_mut(&(&passage.document, passage.text_digest)).and_then(Vec::pop);
            let change = match before {
                None => PassageChange::Entered { b: at + 1 },
                Some(a) if a == at => PassageChange::Same { at: at + 1 },
                Some(a) => PassageChange::Moved { a: a + 1, b: at + 1 },
            };
            changes.push((change, passage));
        }
        let mut left: Vec<usize> = waiting.into_values().flatten().collect();
        left.sort_unstable();
        changes.extend(left.into_iter().map(|a| (PassageChange::Left { a: a + 1 }, &self.a.passages[a])));
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(passages: &[(&str, &str)]) -> PackSide {
        let passage = |(document, text): &(&str, &str)| PassageSide {
            citation: (*document).to_owned(),
            document: document.parse().unwrap(),
            text_digest: Digest::of(text.as_bytes()),
            tokens: 1,
            trust: Trust::Standard,
        };
        let text = format!("{passages:?}");
        PackSide {
            pack_id: Digest::of(text.as_bytes()),
            tokens: 1,
            text,
            passages: passages.iter().map(passage).collect(),
            outcomes: Vec::new(),
        }
    }

    #[test]
    fn every_passage_has_one_change_and_equal_ones_are_paired_in_order() {
        use PassageChange::{Entered, Left, Moved, Same};
        let packs = TaskPacks {
            task: "t".to_owned(),
            query: "q".to_owned(),
            answers: vec![],
            a: side(&[("c/x", "1"), ("c/y", "1"), ("c/y", "1"), ("c/z", "1")]),
            b: side(&[("c/x", "1"), ("c/new", "1"), ("c/y", "1"), ("c/y", "2")]),
        };
        let changes: Vec<PassageChange> = packs.passages().iter().map(|(change, _)| *change).collect();
        assert_eq!(
            changes,
            [
                Same { at: 1 },
                Entered { b: 2 },
                Moved { a: 2, b: 3 },
                Entered { b: 4 },
                Left { a: 3 },
                Left { a: 4 }
            ]
        );
        assert!(packs.differ());
    }
}
