//! Decoders of the store: objects, nodes, packs, lines, the ledger, the lock, addresses.
#![no_main]

use haversack_store::fuzz;
use libfuzzer_sys::fuzz_target;

const ALL: [fn(&[u8]); 10] = [
    fuzz::object,
    fuzz::payload,
    fuzz::node,
    fuzz::pack_index,
    fuzz::pack_index_checked,
    fuzz::salvage,
    fuzz::line,
    fuzz::ledger,
    fuzz::holder,
    fuzz::address,
];

fuzz_target!(|bytes: &[u8]| {
    if let Some((which, bytes)) = bytes.split_first() {
        ALL[usize::from(*which) % ALL.len()](bytes);
    }
});
