use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use haversack_model::Digest;

/// Whether a program is named by a path, rather than looked for.
pub(crate) fn is_path(program: &str) -> bool {
    program.contains('/') || (cfg!(windows) && program.contains('\\'))
}

/// A file that a program is made of and that cannot be read.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: std::io::Error,
}

/// Digests of files by the names that a suite gives them: part of a program's identity.
pub(crate) type Digests = BTreeMap<String, Digest>;

/// Adds the digest of a program or argument, if `name`, seen from `base`, is a file under the suite's folder.
///
/// Files elsewhere, such as an interpreter, are known by their names only: the fingerprint should be the same on
/// another machine.
pub(crate) fn digest_near(
    digests: &mut Digests,
    folder: &Path,
    base: &Path,
    name: &str,
) -> Result<(), Unreadable> {
    let path = base.join(name);
    if !name.is_empty() && path.is_file() && is_within(&path, folder) {
        digests.insert(name.to_owned(), digest(path)?);
    }
    Ok(())
}

/// Adds the digest of a file that the suite lists, from its folder; it must be there.
pub(crate) fn digest_listed(digests: &mut Digests, folder: &Path, name: &str) -> Result<(), Unreadable> {
    digests.insert(name.to_owned(), digest(folder.join(name))?);
    Ok(())
}

fn is_within(path: &Path, folder: &Path) -> bool {
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => false,
    }
}

fn digest(path: PathBuf) -> Result<Digest, Unreadable> {
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Digest::of(&bytes)),
        Err(source) => Err(Unreadable { path, source }),
    }
}
