use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use haversack_model::{Digest, DocumentId};
use rayon::prelude::*;

use crate::check_pack;
use crate::check_tree::Objects;
use crate::error::told;
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
        /// What is wrong, and with which file.
        error: String,
        /// Whether the copy before its last change is whole, so that `Store::repair_lines` can put it back.
        repairable: bool,
    },
    /// A pack is not whole; the objects of it that are may still be read.
    Pack {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        error: String,
    },
    /// An object in a pack is not what its name promises. Another pack may have it.
    Object {
        /// The file.
        file: PathBuf,
        /// The object.
        object: Digest,
        /// What is wrong.
        error: String,
    },
    /// The ledger of erasures cannot be read.
    Ledger {
        /// What is wrong, and with which file.
        error: String,
    },
    /// A document that was erased is not gone.
    Erasure {
        /// The document.
        document: DocumentId,
        /// What is wrong.
        error: String,
    },
}

/// What a check of the sources of truth found.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Check {
    /// Packs that were read.
    pub packs: usize,
    /// Bytes of them.
    pub bytes: u64,
    /// Distinct objects that are whole.
    pub objects: usize,
    /// Versions that are whole.
    pub versions: usize,
    /// Versions that a collection of garbage removed, in the logs of all contexts.
    pub pruned: usize,
    /// Documents of leaves that were erased.
    pub erased: usize,
    /// Objects that no version needs.
    pub orphans: usize,
    /// Bytes of them.
    pub orphan_bytes: u64,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl Store {
    /// Reads every byte of every pack once, compares every object with its name, and walks every version of every context
    /// down to the last document.
    ///
    /// # Errors
    /// When the store's folders cannot be listed; damage is no error but a [`Problem`].
    pub fn check(&self) -> Result<Check, StoreError> {
        let set = self.packs().reload()?;
        let mut check = Check { packs: set.packs.len(), bytes: set.bytes(), ..Check::default() };
        for (path, error) in &set.broken {
            check.problems.push(Problem::Pack { file: path.clone(), error: told(error) });
        }
        // A ledger that cannot be read is told below.
        let ledger = self.ledger().unwrap_or_default();
        let reports: Vec<_> = set.packs.par_iter().map(|pack| check_pack::check(pack, &ledger)).collect();
        let (mut facts, mut bytes) = (HashMap::new(), HashMap::new());
        for report in reports {
            check.problems.extend(report.problems);
            for (digest, length, fact) in report.objects {
                // Of two copies, one may be what an unfinished erasure left: it is the one to be told.
                bytes.insert(digest, length);
                let known = facts.entry(digest).or_insert_with(|| Vec::with_capacity(1));
                known.push(fact);
            }
        }
        check.objects = facts.len();
        let mut objects = Objects::new(&facts);
        self.check_lines(&mut check, &mut objects)?;
        self.check_ledger(&mut check, &objects);
        check.erased = objects.erased();
        let orphans = bytes.iter().filter(|(digest, _)| !objects.is_reached(digest));
        (check.orphans, check.orphan_bytes) =
            orphans.fold((0, 0), |(count, sum), (_, length)| (count + 1, sum + length));
        Ok(check)
    }

    fn check_lines(&self, check: &mut Check, objects: &mut Objects<'_>) -> Result<(), StoreError> {
        for context in self.contexts()? {
            let line = match self.line(&context) {
                Ok(line) => line,
                Err(error) => {
                    let old = crate::checked::old(&self.line_path(&context));
                    let repairable = matches!(crate::Line::read(&old), Ok(Some(_)));
                    check.problems.push(Problem::Line { context, error: told(&error), repairable });
                    continue;
                }
            };
            if let Err(error) = self.check_old(&context) {
                let context = context.clone();
                check.problems.push(Problem::Line { context, error, repairable: true });
            }
            check.pruned += line.pruned.len();
            for version in line.versions() {
                let walked = objects.version(version);
                match walked.and_then(|()| self.check_name(version, &context)) {
                    Ok(()) => check.versions += 1,
                    Err(error) => {
                        let context = context.clone();
                        check.problems.push(Problem::Version { context, version, error });
                    }
                }
            }
        }
        Ok(())
    }

    /// The copy of a line before its last change is whole and of this context.
    pub(crate) fn check_old(&self, context: &str) -> Result<(), String> {
        let old = crate::checked::old(&self.line_path(context));
        let line = crate::Line::read(&old).map_err(|error| told(&error))?;
        match line.as_ref().and_then(crate::Line::latest) {
            // Versions of it may have been removed since.
            Some(version) if self.has(version) => {
                self.check_name(version, context).map_err(|error| format!("`{}`: {error}", old.display()))
            }
            _ => Ok(()),
        }
    }

    /// A line that took another one's place names versions of another context.
    fn check_name(&self, version: Digest, context: &str) -> Result<(), String> {
        match self.manifest(version) {
            Ok(manifest) if manifest.recipe.name == context => Ok(()),
            Ok(manifest) => Err(format!("it is a version of `{}`", manifest.recipe.name)),
            Err(error) => Err(told(&error)),
        }
    }

    fn check_ledger(&self, check: &mut Check, objects: &Objects<'_>) {
        let ledger = match self.ledger() {
            Ok(ledger) => ledger,
            Err(error) => {
                check.problems.push(Problem::Ledger { error: told(&error) });
                return;
            }
        };
        if let Err(error) =
            crate::ledger::Ledger::read(&crate::checked::old(&crate::ledger::Ledger::path(self.root())))
        {
            check.problems.push(Problem::Ledger { error: told(&error) });
        }
        let used = objects.texts();
        for erasure in ledger.erasures {
            let left: BTreeSet<_> =
                erasure.texts.iter().filter(|text| objects.has(text) && !used.contains(text)).collect();
            let error = if !erasure.complete {
                "not complete: the next writer, or erasing again, completes it".to_owned()
            } else if let Some(text) = left.first() {
                format!("its text {} is still there", text.short())
            } else {
                continue;
            };
            check.problems.push(Problem::Erasure { document: erasure.document, error });
        }
    }
}
