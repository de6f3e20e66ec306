use serde::{Deserialize, Serialize};

/// Numbers of a segment's documents that are dead in one version.
///
/// Serialised as bytes: for each number, ascending, its distance to the one before it less one (to -1 for the first), in
/// LEB128. Bytes that are not of this form are refused; whether the numbers are below the segment's count of documents is
/// checked by [`Index::open`](crate::Index::open).
///
/// ```
/// use haversack_index::Tombstones;
/// let dead: Tombstones = [7, 3, 3].into_iter().collect();
/// assert_eq!(dead.iter().collect::<Vec<_>>(), [3, 7]);
/// assert!(dead.contains(7) && !dead.contains(4));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct Tombstones(Vec<u32>);

/// Bytes that are no tombstones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tombstones are damaged")]
pub struct InvalidTombstones;

impl Tombstones {
    /// Everything lives.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether a document is dead.
    #[must_use]
    pub fn contains(&self, document: u32) -> bool {
        self.0.binary_search(&document).is_ok()
    }

    /// Dead documents.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether everything lives.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Dead documents, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<u32> for Tombstones {
    fn from_iter<I: IntoIterator<Item = u32>>(documents: I) -> Self {
        let mut documents: Vec<u32> = documents.into_iter().collect();
        documents.sort_unstable();
        documents.dedup();
        Self(documents)
    }
}

impl From<Tombstones> for Vec<u8> {
    fn from(tombstones: Tombstones) -> Self {
        let (mut bytes, mut next) = (Self::new(), 0);
        for number in tombstones.0 {
            let mut rest = number - next;
            while rest >= 0x80 {
                bytes.push(rest as u8 | 0x80);
                rest >>= 7;
            }
            bytes.push(rest as u8);
            next = number.saturating_add(1);
        }
        bytes
    }
}

impl TryFrom<Vec<u8>> for Tombstones {
    type Error = InvalidTombstones;

    fn try_from(bytes: Vec<u8>) -> Result<Self, InvalidTombstones> {
        let (mut numbers, mut next) = (Vec::new(), 0_u64);
        let (mut gap, mut shift) = (0_u64, 0);
        for byte in bytes {
            // A last byte of zero would be a second way to write the same number.
            if shift > 28 || (shift > 0 && byte == 0) {
                return Err(InvalidTombstones);
            }
            gap |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                numbers.push(u32::try_from(next + gap).map_err(|_| InvalidTombstones)?);
                next += gap + 1;
                (gap, shift) = (0, 0);
            }
        }
        if shift == 0 { Ok(Self(numbers)) } else { Err(InvalidTombstones) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bytes_are_pinned() {
        let dead: Tombstones = [0, 1, 200, u32::MAX].into_iter().collect();
        assert_eq!(Vec::from(dead.clone()), [0, 0, 0xc6, 1, 0xb6, 0xfe, 0xff, 0xff, 0x0f]);
        assert_eq!(Tombstones::try_from(Vec::from(dead.clone())), Ok(dead));
        for bad in
            [&[0x80][..], &[0x80, 0], &[0xff, 0xff, 0xff, 0xff, 0xff, 1], &[0xff, 0xff, 0xff, 0xff, 0x0f, 0]]
        {
            assert_eq!(Tombstones::try_from(bad.to_vec()), Err(InvalidTombstones), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn numbers_come_back_and_bytes_have_one_form(numbers in prop::collection::vec(any::<u32>(), 0..50), bytes in prop::collection::vec(any::<u8>(), 0..20)) {
            let dead: Tombstones = numbers.iter().copied().collect();
            prop_assert_eq!(Tombstones::try_from(Vec::from(dead.clone())).unwrap(), dead.clone());
            prop_assert!(numbers.iter().all(|number| dead.contains(*number)));
            if let Ok(dead) = Tombstones::try_from(bytes.clone()) {
                prop_assert_eq!(Vec::from(dead), bytes);
            }
        }
    }
}
