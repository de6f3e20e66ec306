use haversack::Store;
use serde::Serialize;

use super::{machine, workspace};
use crate::Answer;
use crate::args::Global;
use crate::failure::Failure;
use crate::output::{BAD, FAINT, GOOD, Output, WARN, count, paint};

#[derive(Serialize)]
struct Finding {
    what: &'static str,
    /// `ok`, `absent` or `bad`.
    state: &'static str,
    detail: String,
}

pub(crate) fn run(global: &Global, output: &Output) -> Result<Answer, Failure> {
    let mut findings = vec![
        finding("haversack", "ok", format!("{} on {}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH)),
        finding("threads", "ok", threads()),
        minilm(),
        fastembed(),
    ];
    findings.extend(places(global)?);
    let sick = findings.iter().any(|finding| finding.state == "bad");
    if output.json {
        output.value(&findings)?;
    } else {
        for finding in &findings {
            let style = match finding.state {
                "ok" => GOOD,
                "absent" => WARN,
                _ => BAD,
            };
            let state = paint(style, format!("{:<6}", finding.state));
            output.data(&format!("{state} {:<10} {}\n", finding.what, paint(FAINT, &finding.detail)))?;
        }
    }
    Ok(if sick { Answer::No } else { Answer::Done })
}

fn finding(what: &'static str, state: &'static str, detail: impl Into<String>) -> Finding {
    Finding { what, state, detail: detail.into() }
}

fn threads() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{} to build with, one to answer a query", count(cores, "core"))
}

/// Loads the bundled model, which compares it with its reference vectors.
fn minilm() -> Finding {
    match haversack::try_embedder("minilm", &machine()) {
        Ok(fingerprint) => finding("minilm", "ok", fingerprint),
        Err(error) => finding("minilm", "bad", error.to_string()),
    }
}

fn fastembed() -> Finding {
    if !cfg!(feature = "fastembed") {
        return finding(
            "fastembed",
            "absent",
            "build with `--features fastembed` for other transformer models",
        );
    }
    match machine().onnx_runtime {
        Some(path) if path.is_file() => finding("fastembed", "ok", path.display().to_string()),
        Some(path) => {
            finding("fastembed", "bad", format!("ORT_DYLIB_PATH names no file: {}", path.display()))
        }
        None => finding("fastembed", "absent", "set ORT_DYLIB_PATH to ONNX Runtime's library"),
    }
}

fn places(global: &Global) -> Result<Vec<Finding>, Failure> {
    let workspace = workspace(global)?;
    let mut findings = Vec::new();
    let contexts = workspace.contexts()?;
    let detail = if contexts.is_empty() {
        "none; make one with `haversack init FOLDER`".to_owned()
    } else {
        contexts.join(", ")
    };
    findings.push(finding("contexts", if contexts.is_empty() { "absent" } else { "ok" }, detail));
    findings.extend(contexts.iter().filter_map(|name| {
        let error = workspace.recipe(name).err()?;
        let cause = std::error::Error::source(&error).map_or(String::new(), |source| format!(": {source}"));
        Some(finding("recipe", "bad", format!("{error}{cause}")))
    }));
    findings.push(match Store::open(workspace.store_path()) {
        Ok(store) => match store.versions() {
            Ok(versions) => {
                let versions = count(versions.len(), "version");
                finding("store", "ok", format!("{versions}; `haversack fsck` reads all of it"))
            }
            Err(error) => finding("store", "bad", format!("{error}; see `haversack fsck`")),
        },
        Err(haversack::Error::Store(haversack::StoreError::NoStore(_))) => {
            finding("store", "absent", "made by the first `haversack build`")
        }
        Err(error) => finding("store", "bad", error.to_string()),
    });
    Ok(findings)
}
