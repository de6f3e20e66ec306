use haversack::{DocumentRecord, Manifest, VersionId};
use serde::Serialize;

use super::{context_or_only, store, suggest, workspace};
use crate::Answer;
use crate::args::{Global, ShowArgs};
use crate::failure::Failure;
use crate::output::{FAINT, Output, STRONG, paint};

#[derive(Serialize)]
struct Shown<'s> {
    version: VersionId,
    manifest: &'s Manifest,
}

pub(crate) fn run(global: &Global, output: &Output, args: &ShowArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let address = context_or_only(&workspace, args.context.as_deref())?;
    let store = store(&workspace)?;
    let version = store.resolve(&address).map_err(|error| suggest(&workspace, &address, error))?;
    if args.documents {
        let documents = store.documents(version)?;
        if output.json {
            output.value(&documents)?;
        } else {
            documents.iter().try_for_each(|document| output.data(&document_line(document)))?;
        }
        return Ok(Answer::Done);
    }
    let manifest = store.manifest(version)?;
    if args.recipe {
        if output.json {
            output.value(&manifest.recipe)?;
        } else {
            let text = manifest.recipe.to_toml();
            output.data(&text.map_err(|error| Failure::usage(error.to_string(), "use --json"))?)?;
        }
    } else if output.json {
        output.value(&Shown { version, manifest: &manifest })?;
    } else {
        output.data(&text(version, &manifest))?;
    }
    Ok(Answer::Done)
}

fn text(version: VersionId, manifest: &Manifest) -> String {
    let recipe = &manifest.recipe;
    let mut text = format!("{} {}\n", recipe.name, paint(STRONG, version));
    for (name, snapshot) in &manifest.snapshots {
        text.push_str(&format!(
            "  corpus {name:<12} {} {} documents, {} bytes\n",
            snapshot.id.short(),
            snapshot.documents,
            snapshot.bytes
        ));
        for (reason, n) in &snapshot.skipped {
            text.push_str(&format!("    skipped {n} {reason}\n"));
        }
    }
    let stages = &manifest.stages;
    for (stage, version) in [
        ("reader", &stages.reader),
        ("chunker", &stages.chunker),
        ("embedder", &stages.embedder),
        ("analyzer", &stages.analyzer),
        ("retriever", &stages.retriever),
        ("selector", &stages.selector),
    ] {
        text.push_str(&format!("  {stage:<12} {}\n", paint(FAINT, version)));
    }
    text
}

fn document_line(document: &DocumentRecord) -> String {
    let mut facts = vec![document.trust.to_string()];
    facts.extend(document.language.clone());
    if !document.labels.is_empty() {
        facts.push(format!("labels {}", document.labels.iter().cloned().collect::<Vec<_>>().join(",")));
    }
    format!(
        "{} {:>9} {} {}\n",
        document.text.short(),
        document.bytes,
        document.id,
        paint(FAINT, facts.join(" "))
    )
}
