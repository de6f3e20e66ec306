use super::{Pack, Slot};
use crate::StoreError;

/// Bytes that are read together.
const WINDOW: u64 = 1 << 20;

/// The frames of a pack in the order of offsets, read in large pieces.
pub(crate) struct Frames<'p> {
    pack: &'p Pack,
    start: u64,
    window: Vec<u8>,
}

impl<'p> Frames<'p> {
    pub fn new(pack: &'p Pack) -> Self {
        Self { pack, start: 0, window: Vec::new() }
    }

    /// The frame of an object; those before it are forgotten.
    pub fn read(&mut self, slot: &Slot) -> Result<&[u8], StoreError> {
        let end = self.pack.footer.index;
        if slot.end() > end {
            return Err(StoreError::damaged(&self.pack.path, None));
        }
        if slot.offset < self.start || slot.end() > self.start + self.window.len() as u64 {
            let length = u64::from(slot.length).max(WINDOW).min(end - slot.offset);
            self.window.resize(usize::try_from(length).unwrap_or(usize::MAX), 0);
            self.start = slot.offset;
            self.pack.fill(&mut self.window, slot.offset)?;
        }
        let from = (slot.offset - self.start) as usize;
        Ok(&self.window[from..from + slot.length as usize])
    }
}
