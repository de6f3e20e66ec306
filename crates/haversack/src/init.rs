use std::fs;
use std::path::{Component, Path, PathBuf};

use haversack_model::Recipe;

use crate::{Error, Machine, Workspace};

/// What [`init`] is asked to do beyond naming a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InitOptions {
    /// Name of the context; by default the folder's.
    pub name: Option<String>,
    /// Embedder; by default the recipe's standard one.
    pub embedder: Option<String>,
    /// The machine's native libraries, which some embedders need to be opened.
    pub machine: Machine,
}

/// What [`init`] made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Initialized {
    /// Name of the context.
    pub context: String,
    /// Its recipe.
    pub recipe: PathBuf,
}

/// Writes the recipe of a new context over a folder (or one file) of sources.
///
/// # Errors
/// When the folder cannot be read, the context exists, or the name cannot be one.
pub fn init(workspace: &Workspace, folder: &Path, options: &InitOptions) -> Result<Initialized, Error> {
    let source = fs::canonicalize(folder).map_err(Error::io("open", folder))?;
    if source.is_dir() {
        fs::read_dir(&source).map_err(Error::io("list", folder))?;
    }
    let name = options.name.clone().unwrap_or_else(|| name_of(&source));
    let path = workspace.recipe_path(&name);
    if path.exists() {
        return Err(Error::ContextExists(name));
    }
    let root = fs::canonicalize(workspace.root()).map_err(Error::io("open folder", workspace.root()))?;
    let relative = relative(&root.join("contexts").join(&name), &source);
    let own = root.join("contexts").starts_with(&source);
    let text = recipe_text(&name, &relative, own, options.embedder.as_deref());
    // Checked before anything is written, so that a bad name or embedder leaves no half-made context.
    Recipe::parse(&text).map_err(|source| Error::Recipe { path: path.clone(), source: Box::new(source) })?;
    if let Some(model) = &options.embedder {
        crate::check_embedder(model, &options.machine)?;
    }
    haversack_store::replace(&path, text.as_bytes())?;
    Ok(Initialized { context: name, recipe: path })
}

fn recipe_text(name: &str, path: &str, own: bool, embedder: Option<&str>) -> String {
    let quote = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut text = format!(
        "# What this context is made of. What is not written here is standard: see `haversack show {name} --recipe`.\n\
         name = {}\n\n\
         [[corpus]]\n\
         name = {}\n\
         path = {} # relative to this file\n\
         # include = [\"**/*.md\"]\n\
         {}\n\
         # trust = \"standard\" # trusted, standard or untrusted\n",
        quote(name),
        quote(name),
        quote(path),
        // Recipes and lock files of the tool itself are no knowledge.
        if own { "exclude = [\"/contexts/\", \"/evals/\"]" } else { "# exclude = [\"drafts/**\"]" },
    );
    if let Some(model) = embedder {
        text.push_str(&format!("\n[embedding]\nmodel = {}\n", quote(model)));
    }
    text
}

/// A name made of a folder's: what a recipe may not be called becomes `-`.
fn name_of(source: &Path) -> String {
    let stem = source.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let clean: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .collect();
    let clean = clean.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    if clean.is_empty() { "context".to_owned() } else { clean.chars().take(100).collect() }
}

/// The way from one folder to another path, both absolute and free of links, with `/` between parts.
pub(crate) fn relative(from: &Path, to: &Path) -> String {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let down = to[common..].iter().map(|part| match part {
        Component::Normal(name) => name.to_string_lossy().into_owned(),
        other => other.as_os_str().to_string_lossy().into_owned(),
    });
    let path = up.chain(down).collect::<Vec<_>>().join("/");
    if path.is_empty() { ".".to_owned() } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_recipe() {
        let cases = [
            ("/w/contexts/a", "/w/docs", "../../docs"),
            ("/w/contexts/a", "/w/contexts/a", "."),
            ("/w/contexts/a", "/x/y", "../../../x/y"),
        ];
        for (from, to, expected) in cases {
            assert_eq!(relative(Path::new(from), Path::new(to)), expected);
        }
    }

    #[test]
    fn names_are_made_of_folders() {
        for (folder, name) in [("/a/docs", "docs"), ("/a/My Docs", "My-Docs"), ("/", "context"), ("/.x", "x")]
        {
            assert_eq!(name_of(Path::new(folder)), name);
        }
    }
}
