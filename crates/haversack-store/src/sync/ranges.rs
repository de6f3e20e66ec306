use crate::pack::Slot;

/// Objects further apart than this are not read together, unless most of the pack is needed.
const GAP: u64 = 64 << 10;
/// Bytes of one read; a larger object has one for itself.
const READ: u64 = 8 << 20;

/// Objects that stand close to each other in a pack, read at once.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub pack: usize,
    pub slots: Vec<Slot>,
}

impl Read {
    pub fn start(&self) -> u64 {
        self.slots.first().map_or(0, |slot| slot.offset)
    }

    pub fn end(&self) -> u64 {
        self.slots.last().map_or(0, Slot::end)
    }

    pub fn bytes(&self) -> u64 {
        self.end() - self.start()
    }

    /// The frame of an object within what was read; too short when less was read.
    pub fn frame<'b>(&self, bytes: &'b [u8], slot: &Slot) -> &'b [u8] {
        let at = usize::try_from(slot.offset - self.start()).unwrap_or(usize::MAX);
        bytes.get(at..at.saturating_add(slot.length as usize)).unwrap_or_default()
    }
}

/// In how few reads to get these objects of a pack, whose objects end at `end`.
pub(crate) fn plan(pack: usize, mut slots: Vec<Slot>, end: u64) -> Vec<Read> {
    slots.sort_by_key(|slot| slot.offset);
    let needed: u64 = slots.iter().map(|slot| u64::from(slot.length)).sum();
    let gap = if needed.saturating_mul(2) >= end { u64::MAX } else { GAP };
    let (mut reads, mut read) = (Vec::new(), Read { pack, slots: Vec::new() });
    for slot in slots {
        let far =
            slot.offset.saturating_sub(read.end()) > gap || slot.end().saturating_sub(read.start()) > READ;
        if far && !read.slots.is_empty() {
            reads.push(std::mem::replace(&mut read, Read { pack, slots: Vec::new() }));
        }
        read.slots.push(slot);
    }
    if !read.slots.is_empty() {
        reads.push(read);
    }
    reads
}

#[cfg(test)]
mod tests {
    use super::*;
    use haversack_model::Digest;

    fn ranges(slots: &[(u64, u32)], end: u64) -> Vec<(u64, u64)> {
        let slot = |(offset, length): &(u64, u32)| {
            let digest = Digest::of(&offset.to_le_bytes());
            Slot { digest, offset: *offset, length: *length, kind: crate::pack::TEXT }
        };
        plan(0, slots.iter().map(slot).collect(), end).iter().map(|read| (read.start(), read.end())).collect()
    }

    #[test]
    fn near_objects_are_read_together_and_far_ones_apart() {
        let far = [(1_000_000, 5), (12, 10), (30, 10)];
        assert_eq!(ranges(&far, 2_000_000), [(12, 40), (1_000_000, 1_000_005)]);
        assert_eq!(ranges(&far, 50), [(12, 1_000_005)]);
        let large = 9 << 20;
        assert_eq!(ranges(&[(12, 10), (22, large), (22 + u64::from(large), 7)], 1 << 24).len(), 3);
    }
}
