//! One module per command: from arguments to the library and back to text.

pub(crate) mod build;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod eval;
pub(crate) mod forget;
pub(crate) mod fsck;
pub(crate) mod gc;
pub(crate) mod generate;
pub(crate) mod init;
pub(crate) mod log;
pub(crate) mod pack;
pub(crate) mod promote;
pub(crate) mod quickstart;
pub(crate) mod rollback;
pub(crate) mod scope;
pub(crate) mod search;
pub(crate) mod show;
pub(crate) mod sign;
pub(crate) mod sync;
pub(crate) mod tag;
pub(crate) mod verify;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use haversack::{Machine, Store, Workspace};

use crate::args::Global;
use crate::failure::Failure;

/// The workspace that the command works in.
pub(crate) fn workspace(global: &Global) -> Result<Workspace, Failure> {
    match &global.root {
        Some(root) if root.is_dir() => Ok(Workspace::at(root)),
        Some(root) => Err(Failure::usage(
            format!("`{}` is not a folder", root.display()),
            "--root names the folder that holds contexts/ and .haversack/",
        )),
        None => Ok(Workspace::find(Path::new("."))?),
    }
}

/// The store of a workspace.
pub(crate) fn store(workspace: &Workspace) -> Result<Store, Failure> {
    Ok(Store::open(workspace.store_path())?.machine(machine()))
}

/// What this machine has, as the environment says. This is the one place that reads it for the library.
pub(crate) fn machine() -> Machine {
    let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    Machine { threads: None, onnx_runtime: path("ORT_DYLIB_PATH"), models: path("HAVERSACK_MODELS") }
}

/// The context that is meant when none is named: the only one.
pub(crate) fn context_or_only(workspace: &Workspace, given: Option<&str>) -> Result<String, Failure> {
    if let Some(name) = given {
        return Ok(name.to_owned());
    }
    let mut contexts = workspace.contexts()?;
    if contexts.is_empty() {
        // A clone has versions and no recipes.
        contexts = Store::open(workspace.store_path()).and_then(|store| store.contexts()).unwrap_or_default();
    }
    match contexts.len() {
        0 => Err(Failure::usage("there is no context here", "make one with `haversack init FOLDER`")),
        1 => Ok(contexts.remove(0)),
        _ => Err(Failure::usage("several contexts are here; name one", contexts.join(", "))),
    }
}

/// The context that an address is of: `docs` of `docs@v1` and `docs~1`.
pub(crate) fn context_of(address: &str) -> &str {
    address.split(['@', '~']).next().unwrap_or(address)
}

/// Replaces "no such context" by the same with the nearest name, where one is near.
pub(crate) fn suggest(workspace: &Workspace, given: &str, error: haversack::Error) -> Failure {
    let missing = matches!(
        &error,
        haversack::Error::NoRecipe { .. } | haversack::Error::Store(haversack::StoreError::NoContext(_))
    );
    let contexts = workspace.contexts().unwrap_or_default();
    let name = context_of(given);
    let nearest = contexts
        .iter()
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .filter(|(distance, known)| *distance > 0 && *distance <= 2.max(known.len() / 3))
        .min();
    match nearest {
        Some((_, known)) if missing => Failure::usage(error.to_string(), format!("did you mean `{known}`?")),
        _ => error.into(),
    }
}

/// Seconds since 1970; `SOURCE_DATE_EPOCH` wins, so that logs can be reproduced.
pub(crate) fn now() -> u64 {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok());
    fixed.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()))
}

/// `2026-11-23 08:15` in UTC, from seconds since 1970.
pub(crate) fn date(seconds: u64) -> String {
    let (year, month, day) = haversack::civil_date(seconds / 86_400);
    let (hour, minute) = (seconds % 86_400 / 3_600, seconds % 3_600 / 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_are_civil() {
        let cases =
            [(0, "1970-01-01 00:00"), (951_782_400, "2000-02-29 00:00"), (1_795_421_700, "2026-11-23 08:15")];
        for (seconds, expected) in cases {
            assert_eq!(date(seconds), expected);
        }
    }
}
