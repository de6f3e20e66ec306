//! Decoders of segments.
#![no_main]

use haversack_index::fuzz::ALL;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some((which, bytes)) = bytes.split_first() {
        ALL[usize::from(*which) % ALL.len()].1(bytes);
    }
});
