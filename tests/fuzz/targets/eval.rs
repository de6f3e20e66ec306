//! Decoders of evaluation: journals, suites, runs, policies, probes, and what agents, servers and graders reply.
#![no_main]

use haversack_eval::fuzz::ALL;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some((which, bytes)) = bytes.split_first() {
        let _ = ALL[usize::from(*which) % ALL.len()].1(bytes);
    }
});
