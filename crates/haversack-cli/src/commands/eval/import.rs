use haversack_eval::import::{CorpusPath, ImportOptions, import};
use serde_json::json;

use crate::Answer;
use crate::args::{Global, ImportArgs};
use crate::commands::workspace;
use crate::failure::Failure;
use crate::output::{Output, STRONG, paint};

pub(crate) fn run(global: &Global, output: &Output, args: &ImportArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let (recipe, suite) =
        (workspace.recipe_path(&args.name), workspace.root().join("evals").join(&args.name));
    for path in [&recipe, &suite.join("suite.toml")] {
        if path.exists() {
            return Err(Failure::usage(
                format!("`{}` exists already", path.display()),
                "choose another --name, or remove it",
            ));
        }
    }
    let options = ImportOptions {
        name: args.name.clone(),
        path: CorpusPath::RelativeTo(workspace.context_path(&args.name)),
        spans: args.spans,
    };
    let imported = import(&args.folder, &options)?;
    let mut text = imported.recipe.clone();
    if let Some(model) = &args.embedder {
        haversack::check_embedder(model, &crate::commands::machine())?;
        text.push_str(&format!("\n[embedding]\nmodel = {model:?}\n"));
    }
    haversack::replace(&recipe, text.as_bytes()).map_err(haversack::Error::from)?;
    imported.suite.save(&suite)?;
    if output.json {
        output.value(&json!({
            "context": args.name,
            "recipe": recipe,
            "suite": suite,
            "corpus": imported.corpus,
            "documents": imported.documents,
            "judged": imported.judged,
            "unjudged": imported.unjudged,
            "warnings": imported.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }))?;
    } else {
        output.data(&format!(
            "{}: {} documents, {} judged queries, {} without judgments\n",
            paint(STRONG, &args.name),
            imported.documents,
            imported.judged,
            imported.unjudged
        ))?;
        output.note(&format!(
            "next: haversack build {0}, then haversack eval measure {0} --context {0}",
            args.name
        ));
    }
    imported.warnings.iter().for_each(|warning| output.warning(&warning.to_string()));
    Ok(Answer::Done)
}
