/// A part of a build that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Listing sources; total unknown.
    Scan,
    /// Sources to documents.
    Read,
    /// Documents to chunks.
    Chunk,
    /// Chunks to vectors.
    Embed,
    /// Chunks to an index.
    Index,
    /// Bytes to or from a remote.
    Transfer,
    /// Writing objects and moving the ref.
    Publish,
}

/// Watches a build, and may stop it.
pub trait Progress: Sync {
    /// `done` of `total` units of a stage are finished. May come from several threads and out of order.
    fn at(&self, stage: Stage, done: u64, total: u64);

    /// Whether to stop. A build asks often and then ends with [`Error::Cancelled`](crate::Error::Cancelled), leaving the store as it was.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Shows nothing and never stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn at(&self, _: Stage, _: u64, _: u64) {}
}
