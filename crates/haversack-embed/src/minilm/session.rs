//! The loaded model: one text per inference, one thread per inference.

use std::sync::{Arc, Mutex, PoisonError};

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, op_registry};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};

use super::assets::{CHECK_VECTORS, CHECKS, MODEL, MODEL_DIGEST};
use super::windows::windows;
use crate::unit::{cosine, normalised, on_grid, weighted_mean};
use crate::{EmbedError, HfTokenCounter};

/// Length of a vector.
pub(super) const DIMENSIONS: usize = 384;
/// Word pieces per window, the two special tokens included (sentence-transformers' max_seq_length).
pub(super) const MAX_TOKENS: usize = 256;
/// Least cosine with the f32 reference at load; the quantised model reaches .99.
const LEAST_COSINE: f32 = 0.97;
const CLS: i32 = 101;
const SEP: i32 = 102;

/// The process-wide session: 23 MB of weights are prepared once, whoever asks.
static SHARED: Mutex<Option<Arc<Session>>> = Mutex::new(None);

/// A vector and what it took.
pub(super) struct Vector {
    pub(super) values: Vec<f32>,
    pub(super) windows: u32,
}

pub(super) struct Session {
    model: Model,
    counter: HfTokenCounter,
    input_ids: NodeId,
    attention_mask: NodeId,
    output: NodeId,
    /// Single-thread pools not in use. An inference always runs on one of these: how a pool of several
    /// threads would split the work must not reach the numbers.
    idle: Mutex<Vec<Arc<ThreadPool>>>,
}

impl Session {
    /// The session of this process, loaded and checked at the first call.
    pub(super) fn shared() -> Result<Arc<Session>, EmbedError> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = shared.as_ref() {
            return Ok(Arc::clone(session));
        }
        let session = Arc::new(Session::load()?);
        *shared = Some(Arc::clone(&session));
        Ok(session)
    }

    fn load() -> Result<Session, EmbedError> {
        let found = blake3::hash(MODEL).to_hex();
        if found.as_str() != MODEL_DIGEST {
            return Err(EmbedError::ModelDigest { expected: MODEL_DIGEST, found: found.to_string() });
        }
        let registry = op_registry!(
            Add,
            Cast,
            Div,
            DynamicQuantizeLinear,
            Exp,
            Gather,
            Gelu,
            Identity,
            MatMul,
            MatMulInteger,
            Mul,
            ReduceMax,
            Reshape,
            Shape,
            Slice,
            Split,
            Sqrt,
            Sub,
            Transpose,
            Unsqueeze
        );
        let model = ModelOptions::with_ops(registry)
            .prepack_weights(true)
            .load_static_slice(MODEL)
            .map_err(EmbedError::Load)?;
        let node = |name| model.node_id(name).map_err(EmbedError::Run);
        let (input_ids, attention_mask) = (node("input_ids")?, node("attention_mask")?);
        let output = node("last_hidden_state")?;
        let counter = HfTokenCounter::minilm()?;
        let session = Session { model, counter, input_ids, attention_mask, output, idle: Mutex::default() };
        session.check()?;
        Ok(session)
    }

    /// Compares a few vectors with the f32 model's: a runtime or processor that computes something
    /// else must not fill an index with it.
    fn check(&self) -> Result<(), EmbedError> {
        let rows = CHECK_VECTORS.chunks_exact(DIMENSIONS * 4);
        for (text, row) in CHECKS.into_iter().zip(rows) {
            let reference: Vec<f32> =
                row.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            let vector = self.on_worker(|pool| self.embed(text, pool, &mut |_| Ok(())))?;
            let cosine = cosine(&vector.values, &reference);
            if cosine.is_nan() || cosine < LEAST_COSINE {
                return Err(EmbedError::Reference { text, cosine });
            }
        }
        Ok(())
    }

    /// Runs `work` on a single-thread pool, to be passed on to [`Session::embed`].
    pub(super) fn on_worker<R: Send>(&self, work: impl FnOnce(&Arc<ThreadPool>) -> R + Send) -> R {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let pool = idle().pop().unwrap_or_else(|| Arc::new(ThreadPool::with_num_threads(1)));
        let result = pool.run(|| work(&pool));
        idle().push(pool);
        result
    }

    /// Embeds one text; `window_done` is told the tokens of each window and may stop the work.
    pub(super) fn embed(
        &self,
        text: &str,
        pool: &Arc<ThreadPool>,
        window_done: &mut dyn FnMut(usize) -> Result<(), EmbedError>,
    ) -> Result<Vector, EmbedError> {
        let ids = self.counter.ids(text)?;
        let mut rows = Vec::new();
        for window in windows(ids.len(), MAX_TOKENS - 2) {
            let tokens = window.len() + 2;
            let pooled = self.infer(&ids[window], pool)?;
            rows.push((normalised(&pooled).ok_or(EmbedError::NotFinite { index: 0 })?, tokens));
            window_done(tokens)?;
        }
        let mean = if let [(row, _)] = rows.as_slice() { row.clone() } else { weighted_mean(&rows) };
        let values = on_grid(&mean).ok_or(EmbedError::NotFinite { index: 0 })?;
        Ok(Vector { values, windows: u32::try_from(rows.len()).unwrap_or(u32::MAX) })
    }

    /// The mean over the tokens of the last hidden state, for at most `MAX_TOKENS - 2` ids.
    fn infer(&self, ids: &[u32], pool: &Arc<ThreadPool>) -> Result<Vec<f64>, EmbedError> {
        let tokens = ids.len() + 2;
        let mut input = Vec::with_capacity(tokens);
        input.push(CLS);
        input.extend(ids.iter().map(|id| id.cast_signed()));
        input.push(SEP);
        let input = NdTensor::from_data([1, tokens], input);
        let mask = NdTensor::from_data([1, tokens], vec![1i32; tokens]);
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(pool)));
        let inputs = vec![(self.input_ids, input.view().into()), (self.attention_mask, mask.view().into())];
        let [output] = self.model.run_n(inputs, [self.output], Some(options)).map_err(EmbedError::Run)?;
        let hidden: NdTensor<f32, 3> = output.try_into().map_err(|_| EmbedError::Output)?;
        if hidden.shape() != [1, tokens, DIMENSIONS] {
            return Err(EmbedError::Output);
        }
        Ok(mean_of_rows(&hidden.slice(0)))
    }
}

fn mean_of_rows(hidden: &NdTensorView<f32, 2>) -> Vec<f64> {
    let mut mean = vec![0.0; DIMENSIONS];
    for row in 0..hidden.size(0) {
        for (sum, x) in mean.iter_mut().zip(hidden.slice(row).iter()) {
            *sum += f64::from(*x);
        }
    }
    mean
}
