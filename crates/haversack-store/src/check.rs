use std::collections::BTreeSet;
use std::fs;

use haversack_model::Digest;

use crate::tree::Node;
use crate::{Store, StoreError};

/// Something in the store that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Problem {
    /// A version cannot be read back.
    Version {
        /// The context whose line names it.
        context: String,
        /// The version.
        version: Digest,
        /// What is wrong.
        error: String,
    },
    /// A context's line cannot be read.
    Line {
        /// The context.
        context: String,
        /// What is wrong.
        error: String,
    },
}

/// What a check of the sources of truth found.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Check {
    /// Objects that versions need and that were read and hashed.
    pub objects: usize,
    /// Versions that are whole.
    pub versions: usize,
    /// Objects that no version needs.
    pub orphans: usize,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl Store {
    /// Reads every version of every context down to the last document and compares every object with its name.
    ///
    /// # Errors
    /// When the store's folders cannot be listed; damage is no error but a [`Problem`].
    pub fn check(&self) -> Result<Check, StoreError> {
        let mut check = Check::default();
        let mut seen = BTreeSet::new();
        for context in self.contexts()? {
            let line = match self.line(&context) {
                Ok(line) => line,
                Err(error) => {
                    check.problems.push(Problem::Line { context, error: error.to_string() });
                    continue;
                }
            };
            for version in line.versions() {
                match self.check_version(version, &mut seen) {
                    Ok(()) => check.versions += 1,
                    Err(error) => {
                        let context = context.clone();
                        check.problems.push(Problem::Version { context, version, error: error.to_string() });
                    }
                }
            }
        }
        check.objects = seen.len();
        check.orphans = self.object_count()?.saturating_sub(seen.len());
        Ok(check)
    }

    fn check_version(&self, version: Digest, seen: &mut BTreeSet<Digest>) -> Result<(), StoreError> {
        let manifest = self.manifest(version)?;
        seen.insert(version);
        let mut frontier: Vec<Digest> = manifest.snapshots.values().map(|snapshot| snapshot.id).collect();
        while let Some(digest) = frontier.pop() {
            if seen.contains(&digest) {
                continue;
            }
            match self.node(digest)? {
                Node::Branch { children, .. } => frontier.extend(children.iter().map(|child| child.node)),
                Node::Leaf(records) => {
                    for record in records {
                        if !seen.contains(&record.text) {
                            self.text(record.text)?;
                            seen.insert(record.text);
                        }
                    }
                }
            }
            // Only now: a node whose texts failed is tried again for the next version that needs it.
            seen.insert(digest);
        }
        Ok(())
    }

    fn object_count(&self) -> Result<usize, StoreError> {
        let objects = self.objects();
        let mut count = 0;
        for shard in fs::read_dir(&objects).map_err(StoreError::io("list", &objects))? {
            let shard = shard.map_err(StoreError::io("list", &objects))?.path();
            count += fs::read_dir(&shard).map_err(StoreError::io("list", &shard))?.count();
        }
        Ok(count)
    }
}
