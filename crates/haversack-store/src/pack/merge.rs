use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::{Frames, Pack, PackWriter, Packs};
use crate::StoreError;

/// Packs above this number are merged.
const MOST: usize = 16;
/// A pack this many times larger than all smaller ones together is not rewritten with them.
const OUTWEIGHS: u64 = 4;

/// Merges small packs when there are many, so that a lookup visits few. Damaged packs are left as they are.
pub(crate) fn consolidate(packs: &Packs, tmp: &Path) -> Result<(), StoreError> {
    let set = packs.reload()?;
    if set.packs.len() <= MOST {
        return Ok(());
    }
    let mut smallest: Vec<&Arc<Pack>> = set.packs.iter().rev().collect();
    smallest.truncate(worth_merging(smallest.iter().map(|pack| pack.bytes)));
    let mut writer = PackWriter::new(tmp)?;
    let mut merged = Vec::new();
    for pack in smallest {
        match copy(pack, &mut writer) {
            Ok(()) => merged.push(pack),
            Err(StoreError::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    if merged.len() < 2 {
        return Ok(());
    }
    let Some(written) = writer.finish(packs.folder())? else { return Ok(()) };
    // Only now: what was merged is durable in the new pack, which may have the name of one that held it all.
    remove(merged.into_iter().filter(|pack| pack.name() != written.name))?;
    packs.reload()?;
    Ok(())
}

/// Removes packs whose objects are no longer needed where they are. A crash leaves some of them, which harms nobody.
pub(crate) fn remove<'p>(packs: impl Iterator<Item = &'p Arc<Pack>>) -> Result<(), StoreError> {
    for pack in packs {
        match fs::remove_file(&pack.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io("remove", &pack.path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// How many of the smallest packs to merge, given all sizes in ascending order.
fn worth_merging(sizes: impl Iterator<Item = u64>) -> usize {
    let (mut sum, mut count) = (0_u64, 0);
    for (i, size) in sizes.enumerate() {
        if size <= sum.saturating_mul(OUTWEIGHS) {
            count = i + 1;
        }
        sum = sum.saturating_add(size);
    }
    count
}

/// Copies every object whose frame is whole; an error means that the pack must stay.
fn copy(pack: &Pack, writer: &mut PackWriter) -> Result<(), StoreError> {
    let mut slots = pack.index()?.slots;
    slots.sort_by_key(|slot| slot.offset);
    let mut frames = Frames::new(pack);
    for slot in slots {
        let frame = frames.read(&slot)?;
        if !crate::object::is_whole(frame) {
            return Err(StoreError::damaged(&pack.path, None));
        }
        writer.append(slot.digest, slot.kind, frame)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_outweighs_the_rest_is_left() {
        let merge = |sizes: &[u64]| worth_merging(sizes.iter().copied());
        assert_eq!(merge(&[10, 10, 10, 1000]), 3);
        assert_eq!(merge(&[1, 100, 100, 100]), 4);
        assert_eq!(merge(&[10, 40, 200]), 3);
        assert_eq!(merge(&[1, 5, 25, 125, 625]), 0);
    }
}
