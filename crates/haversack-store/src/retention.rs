use std::collections::BTreeSet;

use haversack_model::VersionId;

use crate::{Line, StoreError};

/// Which versions of a line a collection of garbage leaves; the latest is always one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// How many distinct versions of the log to keep, newest first; at least 1.
    pub keep_last: usize,
    /// Versions that became the latest at most so many seconds ago are kept too.
    pub keep_younger_secs: Option<u64>,
    /// Whether tagged versions are kept. A person expects so.
    pub keep_tags: bool,
}

impl Retention {
    /// The versions of a line to keep, of those that are there.
    pub(crate) fn keeps(&self, line: &Line, now: u64) -> Result<BTreeSet<VersionId>, StoreError> {
        if self.keep_last == 0 {
            return Err(StoreError::Retention);
        }
        let mut kept = BTreeSet::new();
        for entry in line.entries.iter().rev().filter(|entry| !line.pruned.contains(&entry.version)) {
            let young = self.keep_younger_secs.is_some_and(|most| now.saturating_sub(entry.at) <= most);
            if young || kept.len() < self.keep_last {
                kept.insert(entry.version);
            }
        }
        if self.keep_tags {
            kept.extend(line.tags.values().filter(|version| !line.pruned.contains(version)));
        }
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Entry};
    use haversack_model::Digest;

    #[test]
    fn the_last_the_young_and_the_tagged_are_kept() {
        let id = |n: u8| Digest::from_bytes([n; 32]);
        let mut line = Line::default();
        for n in [1, 2, 3, 2, 4] {
            let at = u64::from(n) * 100;
            line.push(Entry {
                version: id(n),
                parent: None,
                at,
                action: Action::Build,
                message: String::new(),
            });
        }
        line.tags.insert("v".into(), id(1));
        let keeps = |keep_last, keep_younger_secs, keep_tags| {
            let rule = Retention { keep_last, keep_younger_secs, keep_tags };
            rule.keeps(&line, 450).unwrap().into_iter().map(|id| id.as_bytes()[0]).collect::<Vec<_>>()
        };
        assert_eq!(keeps(1, None, false), [4]);
        assert_eq!(keeps(2, None, false), [2, 4]);
        assert_eq!(keeps(1, Some(150), true), [1, 3, 4]);
        let none = Retention { keep_last: 0, keep_younger_secs: None, keep_tags: true };
        assert!(matches!(none.keeps(&line, 0), Err(StoreError::Retention)));
    }
}
