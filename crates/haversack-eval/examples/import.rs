//! Imports a test collection: `import FOLDER NAME OUT [--spans]` writes `OUT/recipe.toml` and the suite `OUT/suite`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::path::Path;

use haversack_eval::import::{CorpusPath, ImportOptions, import};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, name, out, spans) = match &arguments[..] {
        [folder, name, out] => (folder, name, Path::new(out), false),
        [folder, name, out, flag] if flag == "--spans" => (folder, name, Path::new(out), true),
        _ => return Err("import FOLDER NAME OUT [--spans]".into()),
    };
    let path = CorpusPath::RelativeTo(out.to_owned());
    let imported = import(Path::new(folder), &ImportOptions { name: name.clone(), path, spans })?;
    imported.suite.save(&out.join("suite"))?;
    std::fs::write(out.join("recipe.toml"), &imported.recipe)?;
    let (documents, judged, unjudged) = (imported.documents, imported.judged, imported.unjudged);
    println!("{documents} documents, {judged} tasks judged, {unjudged} not");
    for warning in &imported.warnings {
        println!("warning: {warning}");
    }
    Ok(())
}
