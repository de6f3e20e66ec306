//! The decoders over bytes that are nearly right: seeds are the files of the fixture, changed at random.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use haversack_store::fuzz;
use proptest::prelude::*;

const DECODERS: [fn(&[u8]); 10] = [
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

/// Files of the fixture, and the parts of its packs: frames, payloads, index parts.
fn seeds() -> Vec<Vec<u8>> {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v2");
    let mut seeds =
        vec![b"docs@v1~2".to_vec(), b"{\"process\":1,\"command\":\"c\",\"host\":\"h\",\"since\":1}".to_vec()];
    for folder in ["packs", "refs", "."] {
        let mut paths: Vec<_> =
            fs::read_dir(fixture.join(folder)).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        for path in paths.into_iter().filter(|path| path.is_file()) {
            let bytes = fs::read(&path).unwrap();
            if path.extension().is_some_and(|extension| extension == "pack") {
                seeds.extend(parts(&bytes));
            }
            seeds.push(bytes);
        }
    }
    seeds
}

fn parts(pack: &[u8]) -> Vec<Vec<u8>> {
    let at = pack.len() - 60;
    let index = u64::from_le_bytes(pack[at + 8..at + 16].try_into().unwrap()) as usize;
    let mut parts = vec![pack[index..].to_vec()];
    let mut rest = &pack[12..index];
    while !rest.is_empty() {
        let length = u64::from_le_bytes(rest[12..20].try_into().unwrap()) as usize;
        parts.push(rest[..length + 36].to_vec());
        if rest.starts_with(b"HVSKTREE") {
            parts.push(node(&rest[20..length + 20]));
        }
        parts.push([&[rest[4] % 3][..], &rest[20..length + 20]].concat());
        rest = &rest[length + 36..];
    }
    parts
}

/// The binary form of a tree node, out of the payload of its object.
fn node(payload: &[u8]) -> Vec<u8> {
    let (length, rest) = number(payload);
    let (_, block) = number(rest);
    let frame = lz4_flex::block::decompress(block, length).unwrap();
    frame[20..frame.len() - 16].to_vec()
}

fn number(bytes: &[u8]) -> (usize, &[u8]) {
    match bytes[0] {
        251 => (usize::from(u16::from_le_bytes([bytes[1], bytes[2]])), &bytes[3..]),
        small => (usize::from(small), &bytes[1..]),
    }
}

#[test]
fn seeds_decode() {
    for seed in seeds() {
        DECODERS.iter().for_each(|decoder| decoder(&seed));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_nearly_right_never_panics(
        seed in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
        cuts in prop::bool::weighted(0.2),
    ) {
        let seeds = seeds();
        let mut bytes = seeds[seed.index(seeds.len())].clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        DECODERS.iter().for_each(|decoder| decoder(&bytes));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        DECODERS.iter().for_each(|decoder| decoder(&bytes));
    }
}
