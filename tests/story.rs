//! The story in docs/which-information.md is what the program says: every command in it is run, and what is printed is
//! compared. `HAVERSACK_UPDATE_DOCS=1` writes what comes.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

const STORY: &str = "docs/which-information.md";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What a shell prints for a command in a folder where the program is on the path, with times taken out.
fn run(folder: &Path, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_haversack"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(folder).env("PATH", path).env("NO_COLOR", "1");
    let output = shell.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let timeless = |line: &str| match line.trim().split_once(' ') {
        Some((number, "s")) if number.parse::<f64>().is_ok() => "  (some seconds)".to_owned(),
        _ => line.trim_end().to_owned(),
    };
    said.lines().map(|line| timeless(line) + "\n").collect()
}

#[test]
fn the_story_is_what_the_program_says() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["corpora", "contexts", "evals"] {
        common::copy(&root().join(name), &folder.path().join(name));
    }
    let text = std::fs::read_to_string(root().join(STORY)).unwrap();
    let (mut told, mut inside, mut skipping) = (String::new(), false, false);
    for line in text.lines() {
        if line.starts_with("```") {
            (inside, skipping) = (line == "```console", false);
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            told.push_str(&format!("{line}\n{}", run(folder.path(), command)));
            skipping = true;
            continue;
        }
        if !skipping {
            told.push_str(&format!("{line}\n"));
        }
    }
    if std::env::var_os("HAVERSACK_UPDATE_DOCS").is_some() {
        std::fs::write(root().join(STORY), &told).unwrap();
    }
    let differs = text.lines().zip(told.lines()).find(|(written, said)| written != said);
    assert!(text == told, "{STORY} differs from what the program says, first at {differs:?}\n\n{told}");
}
