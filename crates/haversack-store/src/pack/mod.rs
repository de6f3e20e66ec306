//! Packs: files of many objects, found by digest, written once.
//!
//! ```text
//! offset    size      what
//!      0      12      "HVSKPACK", format version u32
//!     12       -      object frames, back to back
//!      i    48 n      index: digest 32, offset u64, length u32, kind 4; ascending by digest
//! i+48n    1024       fanout: for each first byte b, how many digests begin with a byte <= b, u32
//!      -      60      footer: n u64, i u64, BLAKE3 of everything from i to here 32, format version u32, "KCAPKSVH"
//! ```
//!
//! Numbers are little endian. A pack is named by the first 16 bytes, in hexadecimal, of the BLAKE3 over its digests in
//! order; the digest of a leaf with erased entries is followed by the checksum of its frame, since erasure changes bytes
//! and not digests.

mod file;
mod frames;
mod index;
mod merge;
mod set;
mod writer;

pub(crate) use file::Pack;
pub(crate) use frames::Frames;
pub(crate) use index::{FOOTER, Footer, Index, Slot};
pub(crate) use merge::{consolidate, remove};
pub(crate) use set::{PackSet, Packs};
pub(crate) use writer::{PackWriter, name};

/// What an object is: the kind of its frame, or `ERAS` for a tree leaf with erased entries.
pub(crate) type Tag = [u8; 4];

pub(crate) const TEXT: Tag = *b"TEXT";
pub(crate) const TREE: Tag = *b"TREE";
pub(crate) const MANIFEST: Tag = *b"MANI";
pub(crate) const ERASED: Tag = *b"ERAS";

pub(crate) const HEADER: u64 = 12;
pub(crate) const MAGIC: &[u8; 8] = b"HVSKPACK";
pub(crate) const END: &[u8; 8] = b"KCAPKSVH";
pub(crate) const VERSION: u32 = 1;
pub(crate) const EXTENSION: &str = "pack";

pub(crate) fn header() -> [u8; HEADER as usize] {
    let mut bytes = [0; HEADER as usize];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..].copy_from_slice(&VERSION.to_le_bytes());
    bytes
}

/// Bytes of a pack of so many objects besides their frames.
pub(crate) fn overhead(objects: u64) -> u64 {
    HEADER + objects * index::SLOT as u64 + (index::FANOUT + index::FOOTER) as u64
}
