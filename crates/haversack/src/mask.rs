//! Which documents a request may draw on, kept for the next request of the same scope.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use globset::{Glob, GlobSet, GlobSetBuilder};
use haversack_index::{Admission, Class, Index, Mask};
use haversack_model::{DocumentRecord, Filter, Principal, Trust};

use crate::Error;

/// Scopes that are kept; agents come with few.
const MOST: usize = 64;

/// Masks by scope.
#[derive(Default)]
pub(crate) struct Masks {
    made: Mutex<BTreeMap<String, Mask>>,
}

impl Masks {
    pub fn get(
        &self,
        index: &Index,
        min_trust: Trust,
        principal: &Principal,
        filter: &Filter,
    ) -> Result<Mask, Error> {
        let key = format!("{min_trust} {:?} {filter:?}", principal.labels);
        if let Some(mask) = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(mask.clone());
        }
        let paths = compile(&filter.paths)?;
        let path = paths.as_ref().map(|paths| |id: &str| paths.is_match(id));
        let record = |record: &DocumentRecord| filter.admits(record);
        let mask = index.mask(&Admission {
            class: &|class: &Class| {
                principal.may_read(&class.labels)
                    && class.trust >= min_trust.max(filter.trust.unwrap_or(min_trust))
                    && filter.language.as_ref().is_none_or(|code| class.language.as_ref() == Some(code))
            },
            id: path.as_ref().map(|path| path as &dyn Fn(&str) -> bool),
            record: if filter.metadata.is_empty() { None } else { Some(&record) },
        })?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.len() >= MOST {
            made.pop_first();
        }
        made.insert(key, mask.clone());
        Ok(mask)
    }
}

/// Whether a principal may read a document and a filter, with its compiled globs, admits it.
pub(crate) fn admits(
    record: &DocumentRecord,
    principal: &Principal,
    filter: &Filter,
    paths: Option<&GlobSet>,
) -> bool {
    principal.may_read(&record.labels)
        && filter.admits(record)
        && paths.is_none_or(|paths| paths.is_match(record.id.as_str()))
}

pub(crate) fn compile(globs: &[String]) -> Result<Option<GlobSet>, Error> {
    if globs.is_empty() {
        return Ok(None);
    }
    let wrong = |glob: &str| {
        let glob = glob.to_owned();
        move |source| Error::Glob { glob, source: Box::new(source) }
    };
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(Glob::new(glob).map_err(wrong(glob))?);
    }
    set.build().map(Some).map_err(wrong(&globs.join(", ")))
}
