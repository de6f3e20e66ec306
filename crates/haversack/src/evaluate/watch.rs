use std::sync::atomic::AtomicBool;

use haversack_eval::RunProgress;

/// What watches an evaluation: a clock, which libraries do not read by themselves, and who may stop it.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Milliseconds since 1970.
    pub clock: &'a (dyn Fn() -> u64 + Sync),
    /// Looked at between calls; once true, no further question is asked.
    pub cancel: Option<&'a AtomicBool>,
    /// Told of every outcome of a run.
    pub progress: Option<&'a (dyn Fn(&RunProgress<'_>) + Sync)>,
    /// Told how many packs were made and how often the agent was asked while causes are looked for.
    pub probed: Option<&'a (dyn Fn(u64, u64) + Sync)>,
}

impl<'a> Watch<'a> {
    /// A watch that says the time and nothing else.
    #[must_use]
    pub fn new(clock: &'a (dyn Fn() -> u64 + Sync)) -> Self {
        Self { clock, cancel: None, progress: None, probed: None }
    }

    /// Whether no further question is to be asked.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.cancel.is_some_and(|cancel| cancel.load(std::sync::atomic::Ordering::Relaxed))
    }
}
