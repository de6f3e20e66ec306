use std::path::{Component, Path, PathBuf};

use haversack_model::Recipe;
use toml::Value;

use super::{CorpusPath, ImportOptions};
use crate::EvalError;

/// The text of a recipe over one corpus: a file of records, or a folder.
pub(super) fn text(
    options: &ImportOptions,
    corpus: &Path,
    description: &str,
    records: bool,
) -> Result<String, EvalError> {
    let corpus = absolute(corpus)?;
    let path = match &options.path {
        CorpusPath::Absolute => corpus.clone(),
        CorpusPath::RelativeTo(folder) => relative(&absolute(folder)?, &corpus),
    };
    let path = path.to_str().ok_or_else(|| EvalError::NonUtf8Path(path.clone()))?.replace('\\', "/");
    let quoted = |text: &str| Value::String(text.to_owned()).to_string();
    let name = quoted(&options.name);
    let mut text = format!("name = {name}\ndescription = {}\n\n", quoted(description));
    text.push_str(&format!("[[corpus]]\nname = {name}\npath = {}\n", quoted(&path)));
    let bytes = largest(&corpus)?;
    // The standard limit would leave a large collection out as one skipped file.
    if bytes > 8 << 20 {
        text.push_str(&format!("max_bytes = {}\n", bytes.saturating_mul(2).next_power_of_two()));
    }
    // A collection is read as it is: its files are not source code under version control.
    text.push_str("gitignore = false\n");
    if records {
        text.push_str("\n[corpus.records]\nid = \"_id\"\ntitle = \"title\"\ntext = [\"text\"]\n");
    }
    Recipe::parse(&text)?;
    Ok(text)
}

/// Size of the largest file.
fn largest(path: &Path) -> Result<u64, EvalError> {
    let wrap = |source| EvalError::Read { path: path.to_owned(), source };
    if !path.is_dir() {
        return Ok(std::fs::metadata(path).map_err(wrap)?.len());
    }
    let mut most = 0;
    for entry in std::fs::read_dir(path).map_err(wrap)? {
        most = most.max(largest(&entry.map_err(wrap)?.path())?);
    }
    Ok(most)
}

/// The path from the root, with links resolved as far as it exists.
fn absolute(path: &Path) -> Result<PathBuf, EvalError> {
    let wrap = |source| EvalError::Read { path: path.to_owned(), source };
    let path = std::path::absolute(path).map_err(wrap)?;
    for ancestor in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (ancestor.canonicalize(), path.strip_prefix(ancestor)) {
            return Ok(if rest.as_os_str().is_empty() { real } else { real.join(rest) });
        }
    }
    Ok(path)
}

fn relative(from: &Path, to: &Path) -> PathBuf {
    let (from, to): (Vec<Component>, Vec<Component>) =
        (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.iter().skip(shared).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_relative_to_the_recipe() {
        let go = |from: &str, to: &str| relative(Path::new(from), Path::new(to)).display().to_string();
        assert_eq!(go("/a/contexts/x", "/a/data/x/corpus.jsonl"), "../../data/x/corpus.jsonl");
        assert_eq!(go("/a", "/a/b"), "b");
    }

    #[test]
    fn large_files_lift_the_limit_and_odd_names_are_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("co \"r\" pus.jsonl");
        std::fs::write(&file, vec![b'x'; 9 << 20]).unwrap();
        let options = ImportOptions { name: "big".into(), path: CorpusPath::Absolute, spans: false };
        let recipe = Recipe::parse(&text(&options, &file, "with \"quotes\"", true).unwrap()).unwrap();
        assert_eq!(recipe.corpora[0].max_bytes, 32 << 20);
        assert!(recipe.corpora[0].path.ends_with("co \"r\" pus.jsonl"));
        let bad = ImportOptions { name: "../x".into(), ..options };
        assert!(matches!(text(&bad, &file, "", true), Err(EvalError::Recipe(_))));
    }
}
