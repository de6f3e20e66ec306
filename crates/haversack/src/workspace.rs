use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use haversack_model::Recipe;

use crate::Error;

/// The folder that holds `contexts/` and `.haversack/`: a project, as git sees one.
///
/// ```
/// use haversack::Workspace;
/// let folder = tempfile::tempdir()?;
/// std::fs::create_dir_all(folder.path().join("contexts/docs"))?;
/// std::fs::create_dir_all(folder.path().join("deep/below"))?;
/// let workspace = Workspace::find(&folder.path().join("deep/below"))?;
/// assert_eq!(workspace.recipe_path("docs"), folder.path().join("contexts/docs/recipe.toml"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The workspace at a folder, whatever is in it.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The nearest folder, from `start` upwards, that holds `contexts/` or `.haversack/`; else `start` itself.
    ///
    /// # Errors
    /// When `start` is not a folder.
    pub fn find(start: &Path) -> Result<Self, Error> {
        let start = fs::canonicalize(start).map_err(Error::io("open folder", start))?;
        let is_root = |folder: &&Path| folder.join("contexts").is_dir() || folder.join(".haversack").is_dir();
        Ok(Self::at(start.ancestors().find(is_root).unwrap_or(&start)))
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of the store.
    #[must_use]
    pub fn store_path(&self) -> PathBuf {
        self.root.join(".haversack")
    }

    /// Where a context's files are.
    #[must_use]
    pub fn context_path(&self, context: &str) -> PathBuf {
        self.root.join("contexts").join(context)
    }

    /// Where people write a context's recipe.
    #[must_use]
    pub fn recipe_path(&self, context: &str) -> PathBuf {
        self.context_path(context).join("recipe.toml")
    }

    /// Where the tool writes what it built.
    #[must_use]
    pub fn lock_path(&self, context: &str) -> PathBuf {
        self.context_path(context).join("manifest.lock")
    }

    /// Names of all contexts with a recipe, sorted.
    ///
    /// # Errors
    /// When the folder cannot be listed; one that is not there has no contexts.
    pub fn contexts(&self) -> Result<Vec<String>, Error> {
        let folder = self.root.join("contexts");
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("list", &folder)(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(Error::io("list", &folder))?;
            if let Some(name) = entry.file_name().to_str()
                && entry.path().join("recipe.toml").is_file()
            {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Reads the recipe of a context.
    ///
    /// # Errors
    /// When there is none, or it is not a recipe, or it is the recipe of another name.
    pub fn recipe(&self, context: &str) -> Result<Recipe, Error> {
        let path = self.recipe_path(context);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(Error::NoRecipe { context: context.to_owned(), known: self.contexts()? });
            }
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let recipe = Recipe::parse(&text)
            .map_err(|source| Error::Recipe { path: path.clone(), source: Box::new(source) })?;
        if recipe.name == context {
            Ok(recipe)
        } else {
            Err(Error::RecipeName { path, name: recipe.name, folder: context.to_owned() })
        }
    }
}
