use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{ChatModel, GradeError};

/// The models that judges speak to, by the name that a suite gives them.
#[derive(Clone, Default)]
pub struct Models(BTreeMap<String, Arc<dyn ChatModel>>);

impl Models {
    /// No models: enough for suites without judges.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a model, in place of one of the same name.
    #[must_use]
    pub fn with(mut self, name: &str, model: Arc<dyn ChatModel>) -> Self {
        self.0.insert(name.to_owned(), model);
        self
    }

    /// The model of a name.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, name: &str) -> Result<&dyn ChatModel, GradeError> {
        let model = self.0.get(name).ok_or_else(|| GradeError::NoModel { name: name.to_owned() })?;
        Ok(model.as_ref())
    }
}

impl fmt::Debug for Models {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
