use haversack::InitOptions;

use super::{machine, workspace};
use crate::Answer;
use crate::args::{Global, InitArgs};
use crate::failure::Failure;
use crate::output::{Output, STRONG, paint};

pub(crate) fn run(global: &Global, output: &Output, args: &InitArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let options =
        InitOptions { name: args.name.clone(), embedder: args.embedder.clone(), machine: machine() };
    let made = haversack::init(&workspace, &args.folder, &options)?;
    if output.json {
        output.value(&made)?;
    } else {
        let recipe = made.recipe.strip_prefix(workspace.root()).unwrap_or(&made.recipe);
        output.data(&format!("context {}: {}\n", paint(STRONG, &made.context), recipe.display()))?;
        output.note(&format!("next: haversack build {}", made.context));
    }
    Ok(Answer::Done)
}
