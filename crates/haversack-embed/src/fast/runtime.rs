//! ONNX Runtime's library, loaded once per process.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;

use crate::EmbedError;

/// The library's environment lives as long as the process: ONNX Runtime allows one.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// Loads the library, at the first call; later calls get the same one, whatever their path.
pub(super) fn environment(library: Option<&Path>) -> Result<Environment, EmbedError> {
    let mut shared = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = shared.as_ref() {
        return Ok(environment.clone());
    }
    let path = library.map_or_else(system_library, Path::to_owned);
    let failed = |reason: String| EmbedError::OrtLibrary { path: path.clone(), reason };
    let builder = ort::init_from(&path).map_err(|e| failed(e.to_string()))?;
    let environment = builder.build().map_err(|e| failed(e.to_string()))?;
    *shared = Some(environment.clone());
    Ok(environment)
}

/// The bare file name, which the system's loader looks up.
fn system_library() -> PathBuf {
    format!("{}onnxruntime{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX).into()
}
