//! What a change of version can touch: the tasks whose packs differ. No agent is called.

mod passages;

use haversack_model::{Digest, Pack};
use serde::{Deserialize, Serialize};

use crate::Task;

/// A task with its packs in two versions.
#[derive(Debug, Clone, Copy)]
pub struct PackPair<'a> {
    /// The task.
    pub task: &'a Task,
    /// Its pack in A.
    pub a: &'a Pack,
    /// Its pack in B.
    pub b: &'a Pack,
}

/// Which tasks' packs differ between two versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impact {
    /// Every task, ascending by id.
    pub tasks: Vec<TaskImpact>,
    /// Tasks whose packs differ.
    pub changed: u64,
    /// Tasks whose packs are the same bytes: no agent can tell the versions apart by them.
    pub unchanged: u64,
    /// Calls that a comparison makes: every trial of each changed task in both versions.
    pub calls_needed: u64,
    /// Calls that two full runs make beyond that: every trial of each unchanged task in both versions.
    pub calls_saved: u64,
}

/// What differs between the packs of one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskImpact {
    /// Id of the task.
    pub task: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether the packs differ in a byte. They may with the same passages at the same positions: by what a document is
    /// called, or its headings.
    pub changed: bool,
    /// The pack in A.
    pub pack_a: Digest,
    /// The pack in B.
    pub pack_b: Digest,
    /// Tokens of the pack in A.
    pub tokens_a: usize,
    /// Tokens of the pack in B.
    pub tokens_b: usize,
    /// Citations of passages that only B has, in the order of its pack.
    pub entered: Vec<String>,
    /// Citations of passages that only A has, in the order of its pack.
    pub left: Vec<String>,
    /// Passages that both have, at another position, in the order of B's pack.
    pub moved: Vec<PassageMove>,
}

/// A passage that both packs have, at different positions, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassageMove {
    /// How B's pack cites it.
    pub citation: String,
    /// Position in A.
    pub a: usize,
    /// Position in B.
    pub b: usize,
}

/// Compares the packs of tasks in two versions; `trials` is how often each task would be run.
///
/// A passage is the same in both packs when its document and text are; so one whose lines were only moved within its
/// document is the same, and one with an edited word is one that left and one that entered.
#[must_use]
pub fn impact(packs: &[PackPair<'_>], trials: u32) -> Impact {
    let mut tasks: Vec<TaskImpact> = packs.iter().map(TaskImpact::of).collect();
    tasks.sort_by(|a, b| a.task.cmp(&b.task));
    let changed = tasks.iter().filter(|task| task.changed).count() as u64;
    let unchanged = tasks.len() as u64 - changed;
    let calls = |tasks: u64| 2 * u64::from(trials) * tasks;
    Impact { tasks, changed, unchanged, calls_needed: calls(changed), calls_saved: calls(unchanged) }
}

impl TaskImpact {
    fn of(packs: &PackPair<'_>) -> Self {
        let PackPair { task, a, b } = *packs;
        let changed = a.pack_id != b.pack_id;
        let (entered, left, moved) =
            if changed { passages::compare(a, b) } else { (Vec::new(), Vec::new(), Vec::new()) };
        Self {
            task: task.id.clone(),
            tags: task.tags.clone(),
            changed,
            pack_a: a.pack_id,
            pack_b: b.pack_id,
            tokens_a: a.tokens,
            tokens_b: b.tokens,
            entered,
            left,
            moved,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::runner::samples::pack;

    fn impact_of(a: &[&str], b: &[&str]) -> TaskImpact {
        let task = Task::new("t", "q");
        let (a, b) = (pack("q", a), pack("q", b));
        impact(&[PackPair { task: &task, a: &a, b: &b }], 1).tasks.remove(0)
    }

    #[test]
    fn passages_enter_leave_and_move() {
        let same = impact_of(&["x", "y"], &["x", "y"]);
        assert!(!same.changed && same.moved.is_empty());
        let other = impact_of(&["x", "y", "z"], &["w", "x", "y"]);
        assert_eq!((other.entered, other.left), (vec!["c/w#1".to_owned()], vec!["c/z#3".to_owned()]));
        let moved: Vec<(usize, usize)> = other.moved.iter().map(|moved| (moved.a, moved.b)).collect();
        assert_eq!(moved, [(1, 2), (2, 3)]);
    }

    #[test]
    fn a_text_that_stands_twice_counts_twice() {
        let once_more = impact_of(&["x"], &["x", "x"]);
        assert_eq!((once_more.entered, once_more.left.len()), (vec!["c/x#2".to_owned()], 0));
        assert!(once_more.moved.is_empty());
    }

    #[test]
    fn tasks_are_sorted_and_calls_counted() {
        let (t1, t2) = (Task::new("t1", "q"), Task::new("t2", "q"));
        let (a, b) = (pack("q", &["x"]), pack("q", &["y"]));
        let packs = [PackPair { task: &t2, a: &a, b: &b }, PackPair { task: &t1, a: &a, b: &a }];
        let impact = impact(&packs, 3);
        assert_eq!(impact.tasks.iter().map(|task| task.task.as_str()).collect::<Vec<_>>(), ["t1", "t2"]);
        assert_eq!((impact.changed, impact.unchanged, impact.calls_needed, impact.calls_saved), (1, 1, 6, 6));
    }

    proptest! {
        #[test]
        fn every_passage_is_accounted_for(a in prop::collection::vec("[a-d]", 0..7), b in prop::collection::vec("[a-d]", 0..7)) {
            let strs = |texts: &'_ [String]| texts.to_vec();
            let (a, b) = (strs(&a), strs(&b));
            let refs = |texts: &'_ Vec<String>| -> Vec<&'static str> {
                texts.iter().map(|text| match text.as_str() { "a" => "a", "b" => "b", "c" => "c", _ => "d" }).collect()
            };
            let there = impact_of(&refs(&a), &refs(&b));
            let back = impact_of(&refs(&b), &refs(&a));
            prop_assert_eq!(&there.entered, &back.left);
            prop_assert_eq!(&there.left, &back.entered);
            prop_assert_eq!(there.moved.len(), back.moved.len());
            prop_assert_eq!(there.changed, a != b);
            prop_assert_eq!(a.len() - there.left.len(), b.len() - there.entered.len());
            if there.changed && !there.entered.iter().chain(&there.left).any(|_| true) {
                prop_assert!(!there.moved.is_empty());
            }
        }
    }
}
