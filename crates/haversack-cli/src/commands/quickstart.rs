//! The whole job on the sample corpus, inside the clone: build, pack, edit, build, diff.

use std::fs;
use std::path::{Path, PathBuf};

use haversack::{BuildOptions, DiffOptions, Request, Store, Workspace};

use super::{build, diff, machine, now, pack, workspace};
use crate::Answer;
use crate::args::Global;
use crate::failure::Failure;
use crate::output::{FAINT, Output, STRONG, paint};

const NAME: &str = "quickstart";
const QUERY: &str = "how often must signing keys be rotated, and how long do both keys work?";
const BUDGET: usize = 600;

pub(crate) fn run(global: &Global, output: &Output) -> Result<Answer, Failure> {
    let outer = workspace(global)?;
    let (base, next) = (outer.root().join("corpora/handbook"), outer.root().join("corpora/handbook-next"));
    for corpus in [&base, &next] {
        if !corpus.is_dir() {
            return Err(Failure::usage(
                format!("quickstart needs the sample corpus at `{}`", corpus.display()),
                "run it in a clone of the repository, or give --root; for your own files: `haversack init FOLDER`",
            ));
        }
    }
    // Everything it writes is under .haversack/, which ignores itself.
    let play = Workspace::at(&outer.store_path().join(NAME));
    let copy = play.root().join("corpora/handbook");
    step(output, "1. A corpus: the handbook of an invented company, copied so that it can be edited.");
    mirror(&base, &copy, &["corpus.toml"])?;
    haversack::replace(&play.recipe_path(NAME), RECIPE.as_bytes()).map_err(haversack::Error::from)?;
    output.note(&paint(FAINT, format!("   {}", copy.display())));

    step(output, "2. haversack build: scan, chunk, embed, index; the result is a version.");
    let options = |message: &str| BuildOptions {
        message: message.into(),
        now: now(),
        machine: machine(),
        ..BuildOptions::default()
    };
    let first = build::build(&play, NAME, &options("the handbook"), output)?;
    output.data(&build::text(&first))?;

    step(output, &format!("3. haversack pack \"{QUERY}\" --budget {BUDGET}"));
    let store = Store::open(play.store_path())?.machine(machine());
    let pack = store.context(NAME)?.pack(&Request::new(QUERY).budget(BUDGET))?;
    output.raw(&format!("{}\n", pack.text))?;
    output.data(&format!("{}\n", paint(FAINT, pack::summary(&pack))))?;

    step(
        output,
        "4. The handbook is edited: a policy is revised, pages are added, removed, relabelled. Build again.",
    );
    apply(&next, &copy)?;
    let second = build::build(&play, NAME, &options("the next state"), output)?;
    output.data(&build::text(&second))?;

    step(output, "5. haversack diff: what changed, and what it does to the pack.");
    let queries = vec![QUERY.to_owned()];
    let options = DiffOptions { queries, budget: Some(BUDGET), ..DiffOptions::default() };
    let (a, b) = (format!("{NAME}@{}", first.version), format!("{NAME}@{}", second.version));
    output.data(&diff::text(&haversack::diff(&store, &a, &b, &options)?))?;
    output.note(&format!(
        "\nTry it: haversack --root {} search {NAME} \"late fee\"",
        play.root().strip_prefix(outer.root()).unwrap_or(play.root()).display()
    ));
    output.note(&format!(
        "Your own files: haversack init FOLDER, then haversack build ({})",
        build::line(&second)
    ));
    Ok(Answer::Done)
}

const RECIPE: &str =
    "name = \"quickstart\"\n\n[[corpus]]\nname = \"handbook\"\npath = \"../../corpora/handbook\"\n";

fn step(output: &Output, text: &str) {
    output.note(&format!("\n{}", paint(STRONG, text)));
}

/// Makes `to` hold what `from` holds, writing only files that differ.
fn mirror(from: &Path, to: &Path, leave: &[&str]) -> Result<(), Failure> {
    let wanted = files(from)?;
    if to.is_dir() {
        for path in files(to)? {
            if !wanted.contains(&path) {
                fs::remove_file(to.join(&path)).map_err(Failure::file("remove", &path))?;
            }
        }
    }
    copy(from, to, wanted.into_iter().filter(|path| !leave.iter().any(|name| path == Path::new(name))))
}

/// Lays the files of `overlay` over `to`, and removes what `removed.txt` lists.
fn apply(overlay: &Path, to: &Path) -> Result<(), Failure> {
    let list = overlay.join("removed.txt");
    let own = [Path::new("removed.txt"), Path::new("corpus.toml")];
    copy(overlay, to, files(overlay)?.into_iter().filter(|path| !own.contains(&path.as_path())))?;
    let removed = fs::read_to_string(&list).map_err(Failure::file("read", &list))?;
    for path in removed.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let path = to.join(path);
        if path.exists() {
            fs::remove_file(&path).map_err(Failure::file("remove", &path))?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, paths: impl Iterator<Item = PathBuf>) -> Result<(), Failure> {
    for path in paths {
        let (source, target) = (from.join(&path), to.join(&path));
        let bytes = fs::read(&source).map_err(Failure::file("read", &source))?;
        if fs::read(&target).is_ok_and(|there| there == bytes) {
            continue;
        }
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(Failure::file("create folder", folder))?;
        }
        fs::write(&target, bytes).map_err(Failure::file("write", &target))?;
    }
    Ok(())
}

/// Paths of all files below a folder, relative to it, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut stack = vec![PathBuf::new()];
    while let Some(below) = stack.pop() {
        let here = folder.join(&below);
        for entry in fs::read_dir(&here).map_err(Failure::file("list", &here))? {
            let entry = entry.map_err(Failure::file("list", &here))?;
            let path = below.join(entry.file_name());
            if entry.path().is_dir() { stack.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}
