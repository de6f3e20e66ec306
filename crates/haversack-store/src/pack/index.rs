use haversack_model::Digest;
use haversack_model::frame::FrameError;

use super::{END, ERASED, HEADER, Tag, VERSION};

pub(crate) const SLOT: usize = 48;
pub(crate) const FANOUT: usize = 1024;
pub(crate) const FOOTER: usize = 60;

/// Where an object stands in its pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub digest: Digest,
    pub offset: u64,
    pub length: u32,
    pub kind: Tag,
}

impl Slot {
    pub fn to_bytes(self) -> [u8; SLOT] {
        let mut bytes = [0; SLOT];
        bytes[..32].copy_from_slice(self.digest.as_bytes());
        bytes[32..40].copy_from_slice(&self.offset.to_le_bytes());
        bytes[40..44].copy_from_slice(&self.length.to_le_bytes());
        bytes[44..].copy_from_slice(&self.kind);
        bytes
    }

    /// Bytes must be [`SLOT`] long; `None` otherwise.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            digest: Digest::from_bytes(array(bytes, 0)?),
            offset: u64::from_le_bytes(array(bytes, 32)?),
            length: u32::from_le_bytes(array(bytes, 40)?),
            kind: array(bytes, 44)?,
        })
    }

    pub fn end(&self) -> u64 {
        self.offset.saturating_add(u64::from(self.length))
    }

    pub fn is_tree(&self) -> bool {
        self.kind == super::TREE || self.kind == ERASED
    }
}

pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// The last bytes of a pack: what stands where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Footer {
    /// Objects.
    pub objects: u64,
    /// Offset of the index.
    pub index: u64,
    /// BLAKE3 of index, fanout, and the two numbers above.
    pub hash: [u8; 32],
}

impl Footer {
    /// Reads a footer and holds it against the length of the whole file.
    pub fn parse(footer: &[u8], file: u64) -> Result<Self, FrameError> {
        let have = footer.len() as u64;
        let short = || FrameError::Truncated { need: HEADER + (FANOUT + FOOTER) as u64, have };
        if footer.get(52..FOOTER).ok_or_else(short)? != END {
            return Err(FrameError::Foreign);
        }
        let version = u32::from_le_bytes(array(footer, 48).ok_or_else(short)?);
        if version > VERSION {
            return Err(FrameError::Newer { kind: "PACK".to_owned(), found: version, known: VERSION });
        }
        let found = Self {
            objects: u64::from_le_bytes(array(footer, 0).ok_or_else(short)?),
            index: u64::from_le_bytes(array(footer, 8).ok_or_else(short)?),
            hash: array(footer, 16).ok_or_else(short)?,
        };
        let need = found.objects.checked_mul(SLOT as u64).and_then(|n| n.checked_add(found.index));
        let need = need.and_then(|n| n.checked_add((FANOUT + FOOTER) as u64));
        if version == VERSION && need == Some(file) && found.index >= HEADER {
            Ok(found)
        } else {
            Err(FrameError::Damaged)
        }
    }
}

/// The index part of a pack, whole in memory: what a pack holds, without the objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    pub slots: Vec<Slot>,
    pub footer: Footer,
}

impl Index {
    /// The index part of the objects, whose offsets end at `index`. Slots must be sorted by digest.
    pub fn encode(slots: &[Slot], index: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(slots.len() * SLOT + FANOUT + FOOTER);
        let mut counts = [0_u32; 256];
        for slot in slots {
            bytes.extend_from_slice(&slot.to_bytes());
            counts[usize::from(slot.digest.as_bytes()[0])] += 1;
        }
        let mut sum = 0_u32;
        for count in counts {
            sum += count;
            bytes.extend_from_slice(&sum.to_le_bytes());
        }
        bytes.extend_from_slice(&(slots.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&index.to_le_bytes());
        let hash = blake3::hash(&bytes);
        bytes.extend_from_slice(hash.as_bytes());
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(END);
        bytes
    }

    /// Reads and checks an index part: the bytes of a pack from its index to its end.
    ///
    /// Every slot then lies within the pack's objects, digests ascend, and the fanout counts them.
    pub fn parse(tail: &[u8]) -> Result<Self, FrameError> {
        let have = tail.len() as u64;
        let short = FrameError::Truncated { need: (FANOUT + FOOTER) as u64, have };
        let Some(at) = tail.len().checked_sub(FOOTER) else { return Err(short) };
        let start = array(tail, at + 8).map(u64::from_le_bytes).unwrap_or_default();
        let footer = Footer::parse(&tail[at..], start.saturating_add(have))?;
        if *blake3::hash(&tail[..at + 16]).as_bytes() != footer.hash {
            return Err(FrameError::Damaged);
        }
        let (slots, fanout) = tail[..at].split_at(at - FANOUT);
        let slots: Vec<Slot> = slots.chunks_exact(SLOT).filter_map(Slot::from_bytes).collect();
        let ascending = slots.windows(2).all(|pair| pair[0].digest < pair[1].digest);
        let within = slots.iter().all(|slot| slot.offset >= HEADER && slot.end() <= footer.index);
        if !ascending || !within || Self::encode(&slots, footer.index)[at - FANOUT..at] != *fanout {
            return Err(FrameError::Damaged);
        }
        Ok(Self { slots, footer })
    }

    /// Where an object stands.
    pub fn find(&self, digest: Digest) -> Option<Slot> {
        let at = self.slots.binary_search_by_key(&digest, |slot| slot.digest).ok()?;
        self.slots.get(at).copied()
    }
}
