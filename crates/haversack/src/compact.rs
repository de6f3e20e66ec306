//! Which segments are rewritten together, so that a query visits few and dead documents do not pile up.
//!
//! Rewriting changes no ranking: scores and order depend on live chunks alone.

use haversack_model::Manifest;
use haversack_store::Store;

use crate::segments::{FULL, Kept, SegmentWriter};
use crate::{Error, Progress};

/// Segments that a query visits before a build merges them.
const MOST_SEGMENTS: usize = 8;
/// A segment that outweighs all smaller ones together so many times is not rewritten with them.
const OUTWEIGHS: usize = 4;
/// A segment is rewritten when this share of its chunks is dead (one of so many), and so many at least.
const DEAD_SHARE: usize = 3;
const DEAD_LEAST: usize = 1_024;

/// Rewrites what the policy says, and returns what then makes the index. Every chunk is rewritten O(log n) times.
pub(crate) fn compact(
    store: &Store,
    manifest: &Manifest,
    dimensions: Option<usize>,
    progress: &dyn Progress,
    parts: Vec<Kept>,
) -> Result<Vec<Kept>, Error> {
    let mut sized = Vec::with_capacity(parts.len());
    for kept in parts {
        let live = Kept::index(std::slice::from_ref(&kept))?.len();
        sized.push((live, kept));
    }
    sized.sort_by_key(|(live, kept)| (*live, kept.part.segment));
    let sizes: Vec<Size> =
        sized.iter().map(|(live, kept)| Size { live: *live, dead: kept.segment.chunks() - live }).collect();
    let chosen = choose(&sizes);
    if !chosen.contains(&true) {
        return Ok(sized.into_iter().map(|(_, kept)| kept).collect());
    }
    let (rewritten, stay): (Vec<_>, Vec<_>) = sized.into_iter().zip(chosen).partition(|(_, chosen)| *chosen);
    let old: Vec<Kept> = rewritten.into_iter().map(|((_, kept), _)| kept).collect();
    let mut parts: Vec<Kept> = stay.into_iter().map(|((_, kept), _)| kept).collect();
    let mut writer = SegmentWriter::new(store, manifest, dimensions, progress)?;
    writer.copy(&Kept::index(&old)?)?;
    parts.extend(writer.finish()?);
    Ok(parts)
}

/// Chunks of a segment.
#[derive(Debug, Clone, Copy)]
struct Size {
    live: usize,
    dead: usize,
}

/// Which of the segments, given from the one with the fewest live chunks upwards, are rewritten into new ones.
fn choose(sizes: &[Size]) -> Vec<bool> {
    let mut chosen: Vec<bool> = sizes
        .iter()
        .map(|size| size.dead >= DEAD_LEAST && size.dead * DEAD_SHARE > size.live + size.dead)
        .collect();
    if sizes.len() > MOST_SEGMENTS {
        let mut sum = 0;
        let small = sizes.iter().take_while(|size| {
            let stays = sum > 0 && size.live > OUTWEIGHS * sum;
            sum += size.live;
            sum <= FULL && !stays
        });
        let small = small.count();
        if small > 1 {
            chosen.iter_mut().take(small).for_each(|chosen| *chosen = true);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(sizes: &[usize]) -> Vec<Size> {
        sizes.iter().map(|live| Size { live: *live, dead: 0 }).collect()
    }

    #[test]
    fn few_segments_stay() {
        assert!(!choose(&live(&[1, 1, 5, 1_000])).contains(&true));
        assert!(choose(&[]).is_empty());
    }

    #[test]
    fn small_ones_merge_and_a_large_one_stays() {
        let chosen = choose(&live(&[1, 1, 1, 1, 1, 1, 1, 2, 100_000]));
        assert_eq!(chosen.iter().filter(|chosen| **chosen).count(), 8);
        assert!(!chosen[8]);
    }

    #[test]
    fn what_is_mostly_dead_is_rewritten() {
        let sizes = [
            Size { live: 10, dead: 20 },
            Size { live: 5_000, dead: 3_000 },
            Size { live: 5_000, dead: 2_000 },
        ];
        assert_eq!(choose(&sizes), [false, true, false]);
    }

    #[test]
    fn hundreds_of_edits_keep_segments_few_and_rewriting_cheap() {
        let (mut segments, mut written, mut most) = (vec![100_000_usize], 0, 0);
        for _ in 0..2_000 {
            segments.push(1);
            segments.sort_unstable();
            let chosen = choose(&live(&segments));
            let sum: usize = segments.iter().zip(&chosen).filter(|(_, c)| **c).map(|(size, _)| size).sum();
            segments = segments.iter().zip(&chosen).filter(|(_, c)| !**c).map(|(size, _)| *size).collect();
            if sum > 0 {
                segments.push(sum);
            }
            (written, most) = (written + sum, most.max(segments.len()));
        }
        assert!(most <= MOST_SEGMENTS, "{most} segments");
        assert!(written < 2_000 * 12, "{written} chunks were written for 2,000 edits");
    }
}
