//! Sharing out texts over threads, with results in input order.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use crate::{EmbedError, Progress};

/// Called with the tokens of each finished window; an error stops the text.
pub(crate) type WindowDone<'a> = &'a mut dyn FnMut(usize) -> Result<(), EmbedError>;

/// The texts of one call, taken one by one by several workers.
pub(crate) struct Queue<'a> {
    texts: &'a [&'a str],
    /// Longest first, so that no worker starts a long text when the others have finished.
    order: Vec<usize>,
    next: AtomicUsize,
    done: AtomicUsize,
    tokens: AtomicU64,
    stopped: AtomicBool,
    progress: &'a (dyn Fn(Progress) -> ControlFlow<()> + Sync),
}

impl Queue<'_> {
    /// Works until the queue is empty or something stops it; returns (position, result) pairs.
    ///
    /// # Errors
    /// The first error of this worker, or [`EmbedError::Cancelled`] if another one stopped.
    pub(crate) fn drain<T>(
        &self,
        mut work: impl FnMut(&str, WindowDone) -> Result<T, EmbedError>,
    ) -> Result<Vec<(usize, T)>, EmbedError> {
        let mut results = Vec::new();
        while let Some(&index) = self.order.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let result = work(self.texts[index], &mut |tokens| self.report(0, tokens));
            let result = result.and_then(|value| self.report(1, 0).map(|()| value));
            match result {
                Ok(value) => results.push((index, value)),
                Err(error) => {
                    self.stopped.store(true, Ordering::Relaxed);
                    return Err(at(error, index));
                }
            }
        }
        Ok(results)
    }

    fn report(&self, texts: usize, tokens: usize) -> Result<(), EmbedError> {
        let done = self.done.fetch_add(texts, Ordering::Relaxed) + texts;
        let tokens = tokens as u64;
        let tokens = self.tokens.fetch_add(tokens, Ordering::Relaxed) + tokens;
        let asked = (self.progress)(Progress { done, total: self.texts.len(), tokens });
        if asked.is_break() || self.stopped.load(Ordering::Relaxed) {
            return Err(EmbedError::Cancelled);
        }
        Ok(())
    }
}

/// Workers do not know where their text stands; the queue does.
fn at(error: EmbedError, index: usize) -> EmbedError {
    match error {
        EmbedError::NotFinite { .. } => EmbedError::NotFinite { index },
        other => other,
    }
}

/// Runs `worker` on up to `threads` threads (the caller's included in none of them) and returns one
/// result per text, in the order of the texts.
pub(crate) fn each_text<T: Send>(
    texts: &[&str],
    threads: usize,
    progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
    worker: impl Fn(&Queue) -> Result<Vec<(usize, T)>, EmbedError> + Sync,
) -> Result<Vec<T>, EmbedError> {
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(texts[*index].len()));
    let queue = Queue {
        texts,
        order,
        next: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        tokens: AtomicU64::new(0),
        stopped: AtomicBool::new(false),
        progress,
    };
    let threads = threads.clamp(1, texts.len().max(1));
    let outcomes: Vec<Result<Vec<(usize, T)>, EmbedError>> = if threads == 1 {
        vec![worker(&queue)]
    } else {
        std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(|| worker(&queue))).collect();
            handles
                .into_iter()
                .map(|handle| handle.join().unwrap_or_else(|p| std::panic::resume_unwind(p)))
                .collect()
        })
    };
    merge(outcomes)
}

/// Puts results in order; of several errors, the one that is not a mere consequence of another.
fn merge<T>(outcomes: Vec<Result<Vec<(usize, T)>, EmbedError>>) -> Result<Vec<T>, EmbedError> {
    let mut results = Vec::new();
    let mut failure: Option<EmbedError> = None;
    for outcome in outcomes {
        match outcome {
            Ok(found) => results.extend(found),
            Err(error) => {
                if matches!(failure, None | Some(EmbedError::Cancelled)) {
                    failure = Some(error);
                }
            }
        }
    }
    if let Some(error) = failure {
        return Err(error);
    }
    results.sort_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, value)| value).collect())
}
