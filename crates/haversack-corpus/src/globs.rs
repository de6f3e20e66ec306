use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Globs over paths within a corpus, read as a .gitignore reads them.
///
/// A glob without `/` matches a name at any depth, one with `/` the whole path; what matches a folder matches
/// all below it. `*` does not cross `/`, `**` does.
#[derive(Debug)]
pub(crate) struct Globs(GlobSet);

impl Globs {
    /// Compiles globs; the error names the bad one.
    pub(crate) fn new<'a>(
        globs: impl IntoIterator<Item = &'a String>,
    ) -> Result<Self, (String, globset::Error)> {
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            let bare = glob.trim_start_matches("./").trim_end_matches('/');
            let anchored = if bare.contains('/') {
                bare.trim_start_matches('/').to_owned()
            } else {
                format!("**/{bare}")
            };
            for pattern in [anchored.clone(), format!("{anchored}/**")] {
                let compiled = GlobBuilder::new(&pattern).literal_separator(true).build();
                set.add(compiled.map_err(|error| (glob.clone(), error))?);
            }
        }
        set.build().map(Self).map_err(|error| (String::new(), error))
    }

    pub(crate) fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_read_like_gitignore_lines() {
        let cases = [
            ("*.md", "a/b.md", true),
            ("*.md", "a/b.txt", false),
            ("drafts", "x/drafts/a.md", true),
            ("drafts/", "drafts/a.md", true),
            ("a/*.md", "a/b/c.md", false),
            ("a/**/*.md", "a/b/c.md", true),
            ("/a.md", "a.md", true),
            ("/a.md", "b/a.md", false),
        ];
        for (glob, path, expected) in cases {
            let globs = Globs::new(&[glob.to_owned()]).unwrap();
            assert_eq!(globs.matches(path), expected, "{glob} on {path}");
        }
        assert_eq!(Globs::new(&["a[".to_owned()]).unwrap_err().0, "a[");
    }
}
