//! What `scan` finds and what it says of the rest.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use haversack_corpus::{CorpusError, SkipReason, read, scan};
use haversack_model::CorpusSource;

fn source() -> CorpusSource {
    CorpusSource::standard("c", ".")
}

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn paths(source: &CorpusSource, root: &Path) -> Vec<String> {
    scan(source, root).unwrap().files.into_iter().map(|file| file.path).collect()
}

#[test]
fn ignore_files_hidden_files_and_globs_are_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(
        root,
        &[
            (".gitignore", "build/\n*.log\n"),
            (".hidden.md", ""),
            (".git/config.md", ""),
            ("build/out.md", ""),
            ("a.log", ""),
            ("b/z.md", ""),
            ("b.md", ""),
            ("B.md", ""),
            ("b/sub/.gitignore", "secret.md"),
            ("b/sub/secret.md", ""),
            ("b/sub/open.txt", ""),
        ],
    );
    assert_eq!(paths(&source(), root), ["B.md", "b.md", "b/sub/open.txt", "b/z.md"]);
    let all = CorpusSource { hidden: true, gitignore: false, include: vec!["*.md".into()], ..source() };
    let every = [".hidden.md", "B.md", "b.md", "b/sub/secret.md", "b/z.md", "build/out.md"];
    assert_eq!(paths(&all, root), every);
    let some = CorpusSource { exclude: vec!["b/**".into()], ..source() };
    assert_eq!(paths(&some, root), ["B.md", "b.md"]);
}

#[test]
fn what_is_left_out_by_policy_is_listed_and_no_loss() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("a.png", "x"), ("b.docx", "x"), ("c.md", "0123456789"), ("d.md", "x\0y")]);
    let source = CorpusSource { max_bytes: 9, ..source() };
    let found = scan(&source, folder.path()).unwrap();
    let seen: Vec<_> =
        found.skipped.iter().map(|s| (s.path.as_str(), s.reason.code(), s.reason.is_loss())).collect();
    assert_eq!(
        seen,
        [("a.png", "binary", false), ("b.docx", "unsupported", false), ("c.md", "too_large", false)]
    );
    let binary = read(&source, &found.files[0]).unwrap_err();
    assert_eq!((binary.path.as_str(), &binary.reason), ("d.md", &SkipReason::Binary));
    fs::write(folder.path().join("d.md"), "has grown since then").unwrap();
    assert!(matches!(read(&source, &found.files[0]).unwrap_err().reason, SkipReason::TooLarge { .. }));
    fs::remove_file(folder.path().join("d.md")).unwrap();
    assert!(read(&source, &found.files[0]).unwrap_err().reason.is_loss());
}

#[test]
fn unknown_types_are_text_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("a.zork", "x")]);
    assert!(paths(&source(), folder.path()).is_empty());
    let asked = CorpusSource { include: vec!["*.zork".into()], ..source() };
    assert_eq!(paths(&asked, folder.path()), ["a.zork"]);
}

#[test]
fn roots_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    assert!(paths(&source(), folder.path()).is_empty());
    let missing = scan(&source(), &folder.path().join("none")).unwrap_err();
    assert!(matches!(missing, CorpusError::Root { .. }), "{missing}");
    write(folder.path(), &[("one.md", "x")]);
    assert_eq!(paths(&source(), &folder.path().join("one.md")), ["one.md"]);
    let bad = CorpusSource { include: vec!["a[".into()], ..source() };
    assert_eq!(scan(&bad, folder.path()).unwrap_err().to_string(), "corpus `c`: bad glob `a[`");
}

#[test]
fn a_thousand_files_come_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..1_000 {
        fs::write(folder.path().join(format!("{i}.md")), "x").unwrap();
    }
    let found = paths(&source(), folder.path());
    assert_eq!(found.len(), 1_000);
    assert!(found.is_sorted_by(|a, b| a.as_bytes() < b.as_bytes()));
}

#[cfg(unix)]
#[test]
fn links_and_locked_files_are_told() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, &[("a/x.md", "x"), ("locked.md", "x")]);
    symlink(root, root.join("a/loop")).unwrap();
    symlink(root.join("a/x.md"), root.join("link.md")).unwrap();
    fs::set_permissions(root.join("locked.md"), fs::Permissions::from_mode(0o000)).unwrap();
    let plain = scan(&source(), root).unwrap();
    let reasons: Vec<_> = plain.skipped.iter().map(|s| (s.path.as_str(), s.reason.code())).collect();
    assert_eq!(reasons, [("a/loop", "symlink"), ("link.md", "symlink")]);
    let following = CorpusSource { follow_links: true, ..source() };
    let found = scan(&following, root).unwrap();
    assert!(found.skipped.iter().any(|s| s.reason == SkipReason::SymlinkLoop && !s.reason.is_loss()));
    assert!(found.files.iter().any(|file| file.path == "link.md"));
    let locked = plain.files.iter().find(|file| file.path == "locked.md").unwrap();
    // The superuser may read everything.
    if let Err(skipped) = read(&source(), locked) {
        assert!(skipped.reason.is_loss() && skipped.reason.code() == "unreadable");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_cannot_be_ids_are_losses() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"bad\xFF.md")), "x").unwrap();
    fs::write(folder.path().join("line\nbreak.md"), "x").unwrap();
    let found = scan(&source(), folder.path()).unwrap();
    assert_eq!(found.files.len(), 0);
    assert!(found.skipped.iter().all(|s| s.reason == SkipReason::BadName && s.reason.is_loss()));
    assert_eq!(found.skipped.len(), 2);
}
