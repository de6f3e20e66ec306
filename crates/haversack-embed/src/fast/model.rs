//! The embedder.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use fastembed::{InitOptionsUserDefined, TextEmbedding, UserDefinedEmbeddingModel};
use ort::environment::Environment;

use super::files::ModelFiles;
use super::runtime::environment;
use crate::pool::{WindowDone, each_text};
use crate::unit::{normalised, on_grid, weighted_mean};
use crate::{EmbedError, Embedded, Embedder, HfTokenCounter, Progress};

/// A local ONNX embedding model, run by ONNX Runtime through the fastembed crate.
///
/// For machines that have ONNX Runtime's library, and models other than the bundled one. The folder
/// holds `model.onnx` (or `onnx/model.onnx`), `tokenizer.json`, `config.json`, `tokenizer_config.json`
/// and `special_tokens_map.json`; if there, `1_Pooling/config.json` chooses mean or CLS pooling (mean
/// otherwise) and `sentence_bert_config.json` the token limit (the tokenizer's otherwise).
///
/// As [`MiniLm`](crate::MiniLm): one text per inference, unpadded, on one thread; texts are shared out
/// over as many sessions as threads, each with its own copy of the weights. Longer texts are cut at
/// token boundaries into equal windows. Nothing is ever downloaded. Models that want a prefix before
/// queries or passages (E5, BGE) do not get one.
pub struct FastEmbed {
    name: String,
    files: ModelFiles,
    counter: HfTokenCounter,
    environment: Environment,
    weights_digest: blake3::Hash,
    threads: usize,
    dimensions: usize,
    /// Tokens of a window that are the text's own.
    room: usize,
    fingerprint: String,
    idle: Mutex<Vec<TextEmbedding>>,
}

impl FastEmbed {
    /// Loads the model in `folder`, by the ONNX Runtime library at `library` or where the system has it.
    ///
    /// The first library a process loads is the one it keeps.
    ///
    /// # Errors
    /// [`EmbedError::OrtLibrary`] if there is no library of at least version 1.24; [`EmbedError::Io`]
    /// for a missing file; [`EmbedError::FastEmbed`] if the model cannot be loaded or run.
    pub fn open(
        folder: &Path,
        library: Option<&Path>,
        threads: Option<NonZeroUsize>,
    ) -> Result<FastEmbed, EmbedError> {
        let files = ModelFiles::read(folder)?;
        let environment = environment(library)?;
        let counter = HfTokenCounter::from_bytes(&files.tokenizer.tokenizer_file)?;
        let threads =
            threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let room = files.max_tokens.saturating_sub(counter.special_tokens()?).max(1);
        let weights_digest = blake3::hash(&files.weights()?);
        let fingerprint = format!(
            "fastembed/7.5.0 model={} tokenizer={} pooling={:?} window={} grid=2^-16 {}",
            weights_digest.to_hex(),
            counter.fingerprint(),
            files.pooling,
            files.max_tokens,
            ort::info()
        );
        let mut model = FastEmbed {
            name: folder.display().to_string(),
            files,
            counter,
            environment,
            weights_digest,
            threads,
            dimensions: 0,
            room,
            fingerprint,
            idle: Mutex::default(),
        };
        model.dimensions = model.with_session(|session| model.infer(session, "probe"))?.len();
        Ok(model)
    }

    fn with_session<R>(
        &self,
        work: impl FnOnce(&mut TextEmbedding) -> Result<R, EmbedError>,
    ) -> Result<R, EmbedError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut session = waiting.map_or_else(|| self.new_session(), Ok)?;
        let result = work(&mut session);
        idle().push(session);
        result
    }

    fn new_session(&self) -> Result<TextEmbedding, EmbedError> {
        let weights = self.files.weights()?;
        if blake3::hash(&weights) != self.weights_digest {
            return Err(self.failed("the model file has changed since it was opened"));
        }
        let model = UserDefinedEmbeddingModel::new(weights, self.files.tokenizer.clone())
            .with_pooling(self.files.pooling.clone());
        let options = InitOptionsUserDefined::new()
            .with_environment(self.environment.clone())
            .with_max_length(self.files.max_tokens)
            .with_intra_threads(1);
        TextEmbedding::try_new_from_user_defined(model, options).map_err(|e| self.failed(e))
    }

    fn failed(&self, reason: impl std::fmt::Display) -> EmbedError {
        EmbedError::FastEmbed { model: self.name.clone(), reason: reason.to_string() }
    }

    /// The model's own vector of a text that fits one window.
    fn infer(&self, session: &mut TextEmbedding, text: &str) -> Result<Vec<f64>, EmbedError> {
        let found = session.embed([text], Some(1)).map_err(|e| self.failed(e))?;
        let vector = found.into_iter().next().ok_or(EmbedError::Output)?;
        Ok(vector.into_iter().map(f64::from).collect())
    }

    fn embed(
        &self,
        session: &mut TextEmbedding,
        text: &str,
        window_done: WindowDone,
    ) -> Result<(Vec<f32>, u32), EmbedError> {
        let mut rows = Vec::new();
        for (window, tokens) in self.windows(text)? {
            let vector = self.infer(session, window)?;
            rows.push((normalised(&vector).ok_or(EmbedError::NotFinite { index: 0 })?, tokens.max(1)));
            window_done(tokens)?;
        }
        let vector = on_grid(&weighted_mean(&rows)).ok_or(EmbedError::NotFinite { index: 0 })?;
        Ok((vector, u32::try_from(rows.len()).unwrap_or(u32::MAX)))
    }

    /// Pieces of `text` that fit the model, with their token counts.
    ///
    /// fastembed tokenises each piece again, and a piece that begins within a word may come out longer
    /// than it was: pieces that still do not fit are cut again.
    fn windows<'t>(&self, text: &'t str) -> Result<Vec<(&'t str, usize)>, EmbedError> {
        let tokens = self.counter.count(text);
        if tokens <= self.room {
            return Ok(vec![(text, tokens)]);
        }
        let offsets = self.counter.token_offsets(text)?;
        let pieces = tokens.div_ceil(self.room).max(2);
        let mut windows = Vec::new();
        let mut start = 0;
        for piece in 1..=pieces {
            let cut = offsets.get(piece * offsets.len() / pieces).map_or(text.len(), |(from, _)| *from);
            let end = if piece == pieces { text.len() } else { cut };
            if end > start && end - start < text.len() {
                windows.extend(self.windows(&text[start..end])?);
                start = end;
            }
        }
        // One character of more tokens than a window: nothing left to cut, the model sees its beginning.
        if windows.is_empty() { Ok(vec![(text, self.room)]) } else { Ok(windows) }
    }
}

impl std::fmt::Debug for FastEmbed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FastEmbed").field("name", &self.name).field("fingerprint", &self.fingerprint).finish()
    }
}

impl Embedder for FastEmbed {
    fn id(&self) -> &str {
        "fastembed"
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn max_tokens(&self) -> usize {
        self.files.max_tokens
    }

    fn embed_passages(
        &self,
        texts: &[&str],
        progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
    ) -> Result<Embedded, EmbedError> {
        let found = each_text(texts, self.threads, progress, |queue| {
            self.with_session(|session| queue.drain(|text, done| self.embed(session, text, done)))
        })?;
        let (rows, windows): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        Ok(Embedded { vectors: rows.concat(), windows })
    }

    fn embed_query(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        self.with_session(|session| self.embed(session, text, &mut |_| Ok(()))).map(|(vector, _)| vector)
    }
}
