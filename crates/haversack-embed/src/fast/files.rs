//! A folder of model files as the Hugging Face hub lays them out.

use std::path::{Path, PathBuf};

use fastembed::{Pooling, TokenizerFiles};
use serde_json::Value;

use crate::EmbedError;

/// Token limit of a folder that names none.
const DEFAULT_MAX_TOKENS: usize = 512;

/// What a folder says about its model, without the weights.
pub(super) struct ModelFiles {
    pub(super) folder: PathBuf,
    pub(super) tokenizer: TokenizerFiles,
    pub(super) pooling: Pooling,
    /// Tokens per window, special tokens included.
    pub(super) max_tokens: usize,
}

impl ModelFiles {
    pub(super) fn read(folder: &Path) -> Result<ModelFiles, EmbedError> {
        let required = |name: &str| read(&folder.join(name));
        let tokenizer = TokenizerFiles {
            tokenizer_file: required("tokenizer.json")?,
            config_file: required("config.json")?,
            special_tokens_map_file: required("special_tokens_map.json")?,
            tokenizer_config_file: required("tokenizer_config.json")?,
        };
        let pooling = match optional(&folder.join("1_Pooling/config.json"))? {
            Some(config) if config["pooling_mode_cls_token"] == Value::Bool(true) => Pooling::Cls,
            _ => Pooling::Mean,
        };
        let sentence = optional(&folder.join("sentence_bert_config.json"))?.unwrap_or_default();
        let declared: Value = serde_json::from_slice(&tokenizer.tokenizer_config_file).unwrap_or_default();
        let stated = sentence["max_seq_length"].as_f64().or_else(|| declared["model_max_length"].as_f64());
        // Some tokenizers state 1e30, which is no limit: the model has one nevertheless.
        let stated = stated.filter(|limit| (8.0..1e6).contains(limit)).map(|limit| limit as usize);
        let max_tokens = stated.unwrap_or(DEFAULT_MAX_TOKENS);
        Ok(ModelFiles { folder: folder.to_owned(), tokenizer, pooling, max_tokens })
    }

    /// The graph: `model.onnx`, or `onnx/model.onnx`.
    pub(super) fn weights(&self) -> Result<Vec<u8>, EmbedError> {
        let nested = self.folder.join("onnx/model.onnx");
        if nested.is_file() { read(&nested) } else { read(&self.folder.join("model.onnx")) }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, EmbedError> {
    std::fs::read(path).map_err(|source| EmbedError::Io { action: "read", path: path.to_owned(), source })
}

fn optional(path: &Path) -> Result<Option<Value>, EmbedError> {
    if !path.exists() {
        return Ok(None);
    }
    let parsed = serde_json::from_slice(&read(path)?);
    let invalid =
        |e| EmbedError::Io { action: "parse", path: path.to_owned(), source: std::io::Error::from(e) };
    parsed.map(Some).map_err(invalid)
}
