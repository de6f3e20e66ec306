use std::ops::Range;

/// A set of small numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// The empty set within `0..length`.
    pub(crate) fn new(length: usize) -> Self {
        Self { words: vec![0; length.div_ceil(64)] }
    }

    pub(crate) fn set(&mut self, at: usize) {
        if let Some(word) = self.words.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    /// The whole of `0..length`.
    pub(crate) fn full(length: usize) -> Self {
        let mut bits = Self::new(length);
        bits.fill(0..length);
        bits
    }

    /// Adds a range that lies within.
    pub(crate) fn fill(&mut self, range: Range<usize>) {
        self.each_word(range, |word, mask| *word |= mask);
    }

    /// Takes out a range that lies within.
    pub(crate) fn clear(&mut self, range: Range<usize>) {
        self.each_word(range, |word, mask| *word &= !mask);
    }

    fn each_word(&mut self, range: Range<usize>, change: impl Fn(&mut u64, u64)) {
        if range.is_empty() {
            return;
        }
        let (first, last) = (range.start / 64, (range.end - 1) / 64);
        for (at, word) in self.words.iter_mut().enumerate().take(last + 1).skip(first) {
            let low = if at == first { u64::MAX << (range.start % 64) } else { u64::MAX };
            let high = if at == last { u64::MAX >> (63 - (range.end - 1) % 64) } else { u64::MAX };
            change(word, low & high);
        }
    }

    /// What is in this set and not in the other.
    pub(crate) fn without(&self, other: &Self) -> Self {
        let words = self.words.iter().zip(other.words.iter().chain(std::iter::repeat(&0)));
        Self { words: words.map(|(word, other)| word & !other).collect() }
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> bool {
        self.words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    pub(crate) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// 64 members a word, the lowest in the lowest bit.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// Members, ascending.
    pub(crate) fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            std::iter::successors(Some(*word), |word| Some(word & (word.wrapping_sub(1))))
                .take_while(|word| *word != 0)
                .map(move |word| index * 64 + word.trailing_zeros() as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_back_in_order() {
        let mut bits = Bits::new(200);
        for at in [0, 63, 64, 127, 199] {
            bits.set(at);
        }
        assert_eq!(bits.ones().collect::<Vec<_>>(), [0, 63, 64, 127, 199]);
        for (from, to) in [(0, 0), (0, 64), (3, 5), (60, 70), (64, 128), (1, 200), (199, 200)] {
            let mut range = Bits::new(200);
            range.fill(from..to);
            assert_eq!(range.ones().collect::<Vec<_>>(), (from..to).collect::<Vec<_>>());
            assert_eq!(Bits::full(200).without(&range).count(), 200 - (to - from));
            let mut rest = Bits::full(200);
            rest.clear(from..to);
            assert_eq!(rest, Bits::full(200).without(&range));
        }
        assert_eq!((bits.count(), bits.get(63), bits.get(62), bits.get(5_000)), (5, true, false, false));
    }
}
