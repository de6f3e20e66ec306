//! Text of made-up words with Zipfian frequencies, from a seed.

use std::fmt::Write as _;

const WORDS: u64 = 60_000;

/// SplitMix64 (Steele, Lea and Flood 2014).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A word by a Zipfian rank.
    fn word(&mut self) -> String {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let mut rank = (WORDS as f64).powf(uniform) as u64;
        let mut word = String::new();
        for _ in 0..3 {
            word.push(char::from(b'b' + (rank % 20) as u8));
            word.push(['a', 'e', 'i', 'o', 'u'][(rank / 20 % 5) as usize]);
            rank /= 40;
        }
        word
    }

    pub fn words(&mut self, n: usize) -> String {
        let mut text = String::new();
        for _ in 0..n {
            let _ = write!(text, "{} ", self.word());
        }
        text.truncate(text.trim_end().len());
        text
    }
}
