//! The dependency rules of ARCHITECTURE.md, read off `cargo metadata`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Dependencies (not of tests) by crate of the workspace.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let normal = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        all.filter(|dependency| dependency["kind"].is_null()).map(name).collect()
    };
    metadata["packages"].as_array().unwrap().iter().map(|package| (name(package), normal(package))).collect()
}

#[test]
fn arrows_only_point_up() {
    let siblings = ["corpus", "embed", "index", "select", "store", "remote", "sign", "eval"]
        .map(|name| format!("haversack-{name}"));
    for (name, dependencies) in dependencies() {
        let ours: BTreeSet<&str> =
            dependencies.iter().map(String::as_str).filter(|d| d.starts_with("haversack")).collect();
        let allowed: BTreeSet<&str> = match name.as_str() {
            "haversack-model" => BTreeSet::new(),
            name if siblings.iter().any(|sibling| sibling == name) => BTreeSet::from(["haversack-model"]),
            "haversack" => siblings.iter().map(String::as_str).chain(["haversack-model"]).collect(),
            "haversack-cli" => BTreeSet::from(["haversack", "haversack-eval"]),
            other => panic!("{other} has no place in ARCHITECTURE.md"),
        };
        assert!(ours.is_subset(&allowed), "{name} depends on {ours:?}, allowed is {allowed:?}");
    }
}

#[test]
fn engines_have_one_home() {
    let homes = [
        ("bincode", "haversack-model"),
        ("tantivy", "haversack-index"),
        ("hnsw_rs", "haversack-index"),
        ("rten", "haversack-embed"),
        ("tokenizers", "haversack-embed"),
        ("fastembed", "haversack-embed"),
        ("ort", "haversack-embed"),
        ("tree-sitter", "haversack-corpus"),
        ("bpe-openai", "haversack-select"),
        ("object_store", "haversack-remote"),
        ("minisign", "haversack-sign"),
        ("ureq", "haversack-eval"),
        ("clap", "haversack-cli"),
    ];
    let all = dependencies();
    for (engine, home) in homes {
        let users: Vec<&String> =
            all.iter().filter(|(_, d)| d.contains(engine)).map(|(name, _)| name).collect();
        assert_eq!(users, [home], "{engine}");
    }
}

#[test]
fn only_the_network_edge_is_async() {
    for (name, dependencies) in dependencies().into_iter().filter(|(name, _)| name != "haversack-remote") {
        for runtime in ["tokio", "async-std", "futures", "reqwest", "hyper"] {
            assert!(!dependencies.contains(runtime), "{name} depends on {runtime}");
        }
    }
}

#[test]
fn no_test_or_bench_is_forgotten() {
    let manifest = ["haversack-cli", "haversack-eval"]
        .map(|name| std::fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap())
        .concat();
    for folder in ["tests", "benches"] {
        let Ok(files) = std::fs::read_dir(root().join(folder)) else { continue };
        for file in files {
            let name = file.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".rs") {
                assert!(
                    manifest.contains(&format!("path = \"../../{folder}/{name}\"")),
                    "{folder}/{name} never runs"
                );
            }
        }
    }
}

#[test]
fn source_files_are_short() {
    let mut stack = vec![root().join("crates"), root().join("tests")];
    while let Some(path) = stack.pop() {
        if path.is_dir() {
            stack.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.components().any(|part| part.as_os_str() == "golden")
        {
            let lines = std::fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= 500, "{} has {lines} lines: it is two files", path.display());
        }
    }
}
