//! Tokenizers by name, each loaded once.

use std::collections::BTreeMap;
use std::path::Path;
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

/// Loads tokenizers and keeps them.
#[derive(Default)]
pub(crate) struct Tokenizers {
    loaded: Mutex<BTreeMap<String, Arc<dyn TokenCounter>>>,
}

impl Tokenizers {
    /// A tokenizer by name: `o200k_base`, `cl100k_base`, `minilm`, or the path of a tokenizer.json.
    pub fn get(&self, name: &str) -> Result<Arc<dyn TokenCounter>, Error> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = loaded.get(name) {
            return Ok(Arc::clone(counter));
        }
        let counter = load(name)?;
        loaded.insert(name.to_owned(), Arc::clone(&counter));
        Ok(counter)
    }
}

fn load(name: &str) -> Result<Arc<dyn TokenCounter>, Error> {
    if let Ok(counter) = haversack_select::counter(name) {
        return Ok(counter);
    }
    let counter = match name {
        "minilm" => HfTokenCounter::minilm()?,
        path if path.ends_with(".json") => HfTokenCounter::from_file(Path::new(path))?,
        _ => return Err(Error::Tokenizer(name.to_owned())),
    };
    Ok(Arc::new(Named { name: name.to_owned(), counter }))
}
