//! Every decoder over its seeds, cut and changed at every byte: an error is an answer, a panic is not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use common::Random;
use haversack_index::fuzz;

#[test]
fn no_decoder_panics() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/seeds");
    let mut random = Random(3);
    for (name, decode) in fuzz::ALL {
        let mut tried = 0;
        for entry in std::fs::read_dir(seeds.join(name)).unwrap() {
            let seed = std::fs::read(entry.unwrap().path()).unwrap();
            decode(&seed);
            for at in 0..seed.len() {
                decode(&seed[..at]);
                for value in [0, 0xff, 0x80, seed[at] ^ 1 << random.below(8), seed[at].wrapping_add(1)] {
                    let mut changed = seed.clone();
                    changed[at] = value;
                    decode(&changed);
                    tried += 1;
                }
            }
        }
        for _ in 0..500 {
            let length = random.below(200);
            decode(&(0..length).map(|_| random.next() as u8).collect::<Vec<u8>>());
        }
        assert!(tried > 0, "{name} has no seeds");
    }
}
