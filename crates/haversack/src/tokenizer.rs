//! Tokenizers by name, each loaded once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use haversack_embed::HfTokenCounter;
use haversack_model::TokenCounter;

use crate::Error;

/// A tokenizer.json under the name that a recipe or request gave it.
struct Named {
    name: String,
    counter: HfTokenCounter,
}

impl TokenCounter for Named {
    fn name(&self) -> &str {
        &self.name
    }

    fn count(&self, text: &str) -> usize {
        self.counter.count(text)
    }
}

/// A tokenizer, and what a stage that uses it adds to its identity.
#[derive(Clone)]
struct Loaded {
    counter: Arc<dyn TokenCounter>,
    /// Empty for a tokenizer that the stage's own version covers, else `+` and the hash of its file.
    mark: String,
}

/// Loads tokenizers and keeps them.
pub(crate) struct Tokenizers {
    /// The recipe's folder, in which relative paths are looked for that the working folder does not have.
    folder: PathBuf,
    loaded: Mutex<BTreeMap<String, Loaded>>,
}

impl Tokenizers {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, loaded: Mutex::default() }
    }

    /// A tokenizer by name: `o200k_base`, `cl100k_base`, `minilm`, or the path of a tokenizer.json.
    pub fn get(&self, name: &str) -> Result<Arc<dyn TokenCounter>, Error> {
        Ok(self.load(name)?.counter)
    }

    /// A stage's version with what the tokenizer adds to it: the content of a tokenizer.json is part of what a version is.
    pub fn mark(&self, stage: &str, name: &str) -> Result<String, Error> {
        // The embedder's own tokenizer is part of the embedder.
        if name == "embedder" {
            return Ok(stage.to_owned());
        }
        Ok(format!("{stage}{}", self.load(name)?.mark))
    }

    fn load(&self, name: &str) -> Result<Loaded, Error> {
        let mut all = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = all.get(name) {
            return Ok(loaded.clone());
        }
        let loaded = self.open(name)?;
        all.insert(name.to_owned(), loaded.clone());
        Ok(loaded)
    }

    fn open(&self, name: &str) -> Result<Loaded, Error> {
        if let Ok(counter) = haversack_select::counter(name) {
            return Ok(Loaded { counter, mark: String::new() });
        }
        let (counter, mark) = match name {
            "minilm" => (HfTokenCounter::minilm()?, String::new()),
            path if path.ends_with(".json") => {
                let given = PathBuf::from(path);
                let path = if given.exists() { given } else { self.folder.join(path) };
                let counter = HfTokenCounter::from_file(&path)?;
                let mark = format!("+{}", counter.fingerprint());
                (counter, mark)
            }
            _ => return Err(Error::Tokenizer(name.to_owned())),
        };
        Ok(Loaded { counter: Arc::new(Named { name: name.to_owned(), counter }), mark })
    }
}
