//! Inner loops: portable code, compiled a second time for AVX2 and chosen at run time.
//!
//! Integer results are exact on any path. The floating-point dot product has one order of operations: 32
//! independent lanes, each `lane + x * y` with two roundings (never fused), then a fixed tree; the compiler may
//! put the lanes in registers of any width without changing a bit.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calling code compiled for detected features")
)]

/// Rows of floats are padded with zeros to a multiple of this.
pub(crate) const LANES: usize = 32;

#[inline(always)]
fn dot_body(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0_f32; LANES];
    for (x, y) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

#[inline(always)]
fn dot_i8_body(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum()
}

#[inline(always)]
fn hamming_body<const WORDS: usize>(rows: &[u64], query: &[u64], out: &mut [u16], counts: &mut [u32]) {
    let Some(query) = query.first_chunk::<WORDS>() else { return };
    for (row, out) in rows.as_chunks::<WORDS>().0.iter().zip(out) {
        let mut distance = 0_u32;
        for word in 0..WORDS {
            distance += (row[word] ^ query[word]).count_ones();
        }
        *out = distance as u16;
        if let Some(count) = counts.get_mut(distance as usize) {
            *count += 1;
        }
    }
}

#[inline(always)]
fn hamming_any(rows: &[u64], query: &[u64], out: &mut [u16], counts: &mut [u32]) {
    match query.len() {
        1 => hamming_body::<1>(rows, query, out, counts),
        2 => hamming_body::<2>(rows, query, out, counts),
        4 => hamming_body::<4>(rows, query, out, counts),
        6 => hamming_body::<6>(rows, query, out, counts),
        8 => hamming_body::<8>(rows, query, out, counts),
        12 => hamming_body::<12>(rows, query, out, counts),
        16 => hamming_body::<16>(rows, query, out, counts),
        words => {
            for (row, out) in rows.chunks_exact(words.max(1)).zip(out) {
                let distance: u32 = row.iter().zip(query).map(|(a, b)| (a ^ b).count_ones()).sum();
                *out = distance as u16;
                if let Some(count) = counts.get_mut(distance as usize) {
                    *count += 1;
                }
            }
        }
    }
}

/// The same for the members of a bit set alone; others keep what they have.
#[inline(always)]
fn hamming_some_body(members: &[u64], rows: &[u64], query: &[u64], out: &mut [u16], counts: &mut [u32]) {
    let words = query.len();
    for (index, word) in members.iter().enumerate() {
        let mut left = *word;
        while left != 0 {
            let at = index * 64 + left.trailing_zeros() as usize;
            left &= left - 1;
            let (Some(row), Some(out)) = (rows.get(at * words..(at + 1) * words), out.get_mut(at)) else {
                return;
            };
            let distance: u32 = row.iter().zip(query).map(|(a, b)| (a ^ b).count_ones()).sum();
            *out = distance as u16;
            if let Some(count) = counts.get_mut(distance as usize) {
                *count += 1;
            }
        }
    }
}

/// Sets what is not a member to the greatest number and counts the members.
#[inline(always)]
fn hide_body(members: &[u64], values: &mut [u16], counts: &mut [u32]) {
    for (word, values) in members.iter().zip(values.chunks_mut(64)) {
        for (at, value) in values.iter_mut().enumerate() {
            *value |= ((word >> at & 1) as u16).wrapping_sub(1);
        }
        let mut left = *word;
        while left != 0 {
            let value = values.get(left.trailing_zeros() as usize);
            if let Some(count) = value.and_then(|value| counts.get_mut(usize::from(*value))) {
                *count += 1;
            }
            left &= left - 1;
        }
    }
}

/// Appends the positions of values that are at most the cutoff; groups of 32 without one are passed over.
#[inline(always)]
fn at_most_body(values: &[u16], cutoff: u16, out: &mut Vec<u32>) {
    let (groups, rest) = values.as_chunks::<32>();
    let mut base = 0_u32;
    for group in groups {
        if group.iter().fold(u16::MAX, |least, value| least.min(*value)) <= cutoff {
            out.extend((base..).zip(group).filter(|(_, value)| **value <= cutoff).map(|(at, _)| at));
        }
        base += 32;
    }
    out.extend((base..).zip(rest).filter(|(_, value)| **value <= cutoff).map(|(at, _)| at));
}

#[inline(always)]
fn greatest_body(values: &[f32; 32]) -> f32 {
    let mut lanes = [0_f32; 8];
    for eight in values.as_chunks::<8>().0 {
        for lane in 0..8 {
            lanes[lane] = if eight[lane] > lanes[lane] { eight[lane] } else { lanes[lane] };
        }
    }
    lanes.iter().fold(0.0, |greatest, value| if *value > greatest { *value } else { greatest })
}

#[inline(always)]
fn from_body(values: &[f32], floor: &mut f32, keep: &mut dyn FnMut(u32, f32, &mut f32)) {
    let (groups, rest) = values.as_chunks::<32>();
    let mut base = 0_u32;
    for group in groups {
        if greatest_body(group) >= *floor {
            for (at, value) in (base..).zip(group) {
                if *value >= *floor {
                    keep(at, *value, floor);
                }
            }
        }
        base += 32;
    }
    for (at, value) in (base..).zip(rest) {
        if *value >= *floor {
            keep(at, *value, floor);
        }
    }
}

macro_rules! dispatched {
    ($(#[$doc:meta])* $name:ident, $fast:ident, $body:ident, ($($arg:ident: $type:ty),*) $(-> $out:ty)?) => {
        $(#[$doc])*
        #[inline]
        pub(crate) fn $name($($arg: $type),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("popcnt") {
                // SAFETY: the processor has the features that the function was compiled for, checked just above.
                return unsafe { $fast($($arg),*) };
            }
            $body($($arg),*)
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,popcnt")]
        fn $fast($($arg: $type),*) $(-> $out)? {
            $body($($arg),*)
        }
    };
}

dispatched!(
    /// Dot product of two rows whose length is a multiple of [`LANES`].
    dot, dot_avx2, dot_body, (a: &[f32], b: &[f32]) -> f32
);
/// Exact dot product of two quantised rows.
#[inline]
pub(crate) fn dot_i8(a: &[i8], b: &[i8]) -> i32 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has the feature that the function was compiled for, checked just above.
        return unsafe { dot_i8_avx2(a, b) };
    }
    dot_i8_body(a, b)
}

/// 32 products at a time: bytes widened to 16 bits, multiplied and added in pairs to 32 bits; nothing can overflow
/// below 130,000 dimensions.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dot_i8_avx2(a: &[i8], b: &[i8]) -> i32 {
    use std::arch::x86_64::{
        __m128i, __m256i, _mm_loadu_si128, _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_madd_epi16,
        _mm256_setzero_si256, _mm256_storeu_si256,
    };
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<32>(), b.as_chunks::<32>());
    // SAFETY: sixteen bytes are read from the start of an array of sixteen.
    let wide =
        |half: &[i8; 16]| _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(half.as_ptr().cast::<__m128i>()) });
    let mut sums = [_mm256_setzero_si256(); 2];
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x.as_chunks::<16>().0, y.as_chunks::<16>().0);
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(wide(x), wide(y)));
        }
    }
    let mut lanes = [0_i32; 8];
    // SAFETY: eight numbers of 32 bits are written to an array of eight.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast::<__m256i>(), _mm256_add_epi32(sums[0], sums[1])) };
    lanes.iter().sum::<i32>() + dot_i8_body(a_rest, b_rest)
}
dispatched!(
    /// Hamming distances of all rows to the query; `counts[d]` counts the rows at distance d.
    hamming, hamming_avx2, hamming_any, (rows: &[u64], query: &[u64], out: &mut [u16], counts: &mut [u32])
);
dispatched!(
    /// Hamming distances of the members of a bit set; others keep the value they have.
    hamming_some, hamming_some_avx2, hamming_some_body,
    (members: &[u64], rows: &[u64], query: &[u64], out: &mut [u16], counts: &mut [u32])
);
dispatched!(
    /// Sets the values of all but the members of a bit set to `u16::MAX`, and counts the members by value.
    hide, hide_avx2, hide_body, (members: &[u64], values: &mut [u16], counts: &mut [u32])
);
dispatched!(
    /// Appends the positions of all values that are at most the cutoff.
    at_most, at_most_avx2, at_most_body, (values: &[u16], cutoff: u16, out: &mut Vec<u32>)
);
dispatched!(
    /// Calls `keep` with every value from the floor on, in order; `keep` may raise the floor, which is above 0.
    from, from_avx2, from_body, (values: &[f32], floor: &mut f32, keep: &mut dyn FnMut(u32, f32, &mut f32))
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_path_gives_the_same_bits(
            a in prop::collection::vec(-1.0_f32..1.0, 96), b in prop::collection::vec(-1.0_f32..1.0, 96),
            x in prop::collection::vec(any::<i8>(), 64), y in prop::collection::vec(any::<i8>(), 64),
            words in 1..20_usize, bits in prop::collection::vec(any::<u64>(), 200), cutoff in any::<u16>(),
            values in prop::collection::vec(any::<u16>(), 0..200),
        ) {
            prop_assert_eq!(dot(&a, &b).to_bits(), dot_body(&a, &b).to_bits());
            let exact: f64 = a.iter().zip(&b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
            prop_assert!((f64::from(dot(&a, &b)) - exact).abs() < 1e-4);
            prop_assert_eq!(dot_i8(&x, &y), dot_i8_body(&x, &y));

            let (query, rows) = bits.split_at(words);
            let rows = &rows[..rows.len() / words * words];
            let count = rows.len() / words;
            let (mut fast, mut plain) = (vec![0; count], vec![0; count]);
            let (mut fast_counts, mut plain_counts) = (vec![0; words * 64 + 1], vec![0; words * 64 + 1]);
            hamming(rows, query, &mut fast, &mut fast_counts);
            for (row, out) in rows.chunks(words).zip(&mut plain) {
                *out = row.iter().zip(query).map(|(a, b)| (a ^ b).count_ones() as u16).sum();
                plain_counts[usize::from(*out)] += 1;
            }
            let plain_distances = plain.clone();
            prop_assert_eq!((fast, fast_counts), (plain, plain_counts));

            let (mut some, mut some_counts) = (vec![u16::MAX; count], vec![0; words * 64 + 1]);
            hamming_some(&bits, rows, query, &mut some, &mut some_counts);
            for (at, (some, all)) in some.iter().zip(&plain_distances).enumerate() {
                let member = bits[at / 64] >> (at % 64) & 1 == 1;
                prop_assert_eq!(*some, if member { *all } else { u16::MAX });
            }
            prop_assert_eq!(some_counts.iter().sum::<u32>() as usize, some.iter().filter(|d| **d != u16::MAX).count());

            let mut hidden: Vec<u16> = values.iter().map(|value| value % 100).collect();
            let (plain, mut counts) = (hidden.clone(), vec![0; 100]);
            hide(&bits, &mut hidden, &mut counts);
            for (at, (value, plain)) in hidden.iter().zip(&plain).enumerate() {
                let member = bits[at / 64] >> (at % 64) & 1 == 1;
                prop_assert_eq!(*value, if member { *plain } else { u16::MAX });
            }
            let members = hidden.iter().filter(|value| **value != u16::MAX).count();
            prop_assert_eq!(counts.iter().sum::<u32>() as usize, members);

            let mut found = Vec::new();
            at_most(&values, cutoff, &mut found);
            let expected: Vec<u32> = (0..).zip(&values).filter(|(_, v)| **v <= cutoff).map(|(at, _)| at).collect();
            prop_assert_eq!(found, expected);
            let mut over = Vec::new();
            from(&a, &mut 0.25, &mut |at, value, _| over.push((at, value)));
            let expected: Vec<(u32, f32)> = (0..).zip(a).filter(|(_, v)| *v >= 0.25).collect();
            prop_assert_eq!(over, expected);
        }
    }
}
