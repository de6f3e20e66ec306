//! Progress on a terminal, and Ctrl-C.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use haversack::{Progress, Stage};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::output::Output;

static INTERRUPTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Bars on stderr while it is a terminal, and the first Ctrl-C as a wish to stop. A second one ends the process, which
/// the store survives as well.
pub(crate) struct Bars {
    bars: Option<(MultiProgress, Mutex<HashMap<Stage, ProgressBar>>)>,
    interrupted: Arc<AtomicBool>,
}

/// Whether Ctrl-C was pressed, from now on.
pub(crate) fn interrupted() -> Arc<AtomicBool> {
    Arc::clone(INTERRUPTED.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let set = Arc::clone(&flag);
        // Without a handler Ctrl-C still ends the process; the store survives that too.
        let _ = ctrlc::set_handler(move || {
            if set.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
        });
        flag
    }))
}

impl Bars {
    pub fn new(output: &Output) -> Self {
        let interrupted = interrupted();
        let bars = (!output.quiet).then(|| (MultiProgress::new(), Mutex::new(HashMap::new())));
        Self { bars, interrupted }
    }
}

impl Progress for Bars {
    fn at(&self, stage: Stage, done: u64, total: u64) {
        let Some((all, bars)) = &self.bars else { return };
        let mut bars = bars.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bars.entry(stage).or_insert_with(|| all.add(bar(stage, total)));
        if total > 0 && bar.length() != Some(total) {
            bar.set_length(total);
        }
        // Threads report out of order; a bar never goes back.
        if done > bar.position() {
            bar.set_position(done);
        }
        if total > 0 && done >= total {
            bar.finish_and_clear();
        }
    }

    fn cancelled(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        if let Some((all, _)) = &self.bars {
            let _ = all.clear();
        }
    }
}

fn bar(stage: Stage, total: u64) -> ProgressBar {
    let name = match stage {
        Stage::Scan => "scanning",
        Stage::Read => "reading",
        Stage::Chunk => "chunking",
        Stage::Embed => "embedding",
        Stage::Index => "indexing",
        Stage::Transfer => "moving",
        Stage::Publish => "publishing",
    };
    let template = if total == 0 {
        "{prefix:>10} {spinner}"
    } else if stage == Stage::Transfer {
        "{prefix:>10} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} eta {eta}"
    } else {
        "{prefix:>10} {wide_bar} {pos}/{len} {per_sec} eta {eta}"
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(total).with_style(style).with_prefix(name);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
