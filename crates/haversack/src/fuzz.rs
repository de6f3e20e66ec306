//! One function for each decoder of this crate: whatever the bytes, it returns.

use haversack_model::Recipe;

use crate::index_meta::IndexMeta;
use crate::lockfile::Lockfile;
use crate::scan_cache::ScanCache;
use crate::settings::Settings;
use crate::travel::IndexList;

/// A decoder.
pub type Decoder = fn(&[u8]);

/// Every decoder by name.
pub const ALL: [(&str, Decoder); 6] = [
    ("index", |bytes| drop(IndexMeta::from_bytes(bytes))),
    ("index_list", |bytes| drop(IndexList::from_bytes(bytes))),
    ("scan_cache", |bytes| drop(ScanCache::steps(bytes))),
    ("recipe", |bytes| text(bytes, |text| drop(Recipe::parse(text)))),
    ("lock_file", |bytes| text(bytes, |text| drop(Lockfile::parse(text)))),
    ("settings", |bytes| text(bytes, |text| drop(toml::from_str::<Settings>(text)))),
];

fn text(bytes: &[u8], read: impl Fn(&str)) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        read(text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use haversack_index::Tombstones;
    use haversack_model::{Digest, frame};

    /// Bytes that each decoder accepts.
    fn seeds() -> Vec<Vec<u8>> {
        let digest = Digest::of(b"seed");
        let part = crate::index_meta::Part { segment: digest, tombstones: Tombstones::none() };
        let meta = IndexMeta { version: digest, key: digest, parts: vec![part], documents: 3, chunks: 5 };
        let kind = |name: &[u8; 4], version| frame::Kind::new(*name, version);
        vec![
            frame::encode(kind(b"INDX", 2), &meta).unwrap(),
            frame::encode(kind(b"IXLS", 1), &(meta, vec![(digest, "rows", 7_u64, digest)])).unwrap(),
            frame::encode(
                kind(b"SCAN", 2),
                &(
                    "docs/docs",
                    digest,
                    digest,
                    vec![("a.md", Some((Some((1_u64, (2_i64, 3_u32), (4_i64, 5_u32))), 0_u8)))],
                ),
            )
            .unwrap(),
            b"name = \"docs\"\n[[corpus]]\nname = \"docs\"\npath = \"docs\"\n".to_vec(),
            b"version = \"00\"\n[manifest]\n".to_vec(),
            b"[remote.origin]\nurl = \"s3://a/b\"\nsigners = [\"RW\"]\n".to_vec(),
        ]
    }

    #[test]
    fn seeds_are_what_the_decoders_read() {
        let seeds = seeds();
        assert!(IndexMeta::from_bytes(&seeds[0]).is_ok());
        assert!(IndexList::from_bytes(&seeds[1]).is_ok());
        assert_eq!(ScanCache::steps(&seeds[2]).len(), 1);
        assert!(Recipe::parse(std::str::from_utf8(&seeds[3]).unwrap()).is_ok());
        assert!(toml::from_str::<Settings>(std::str::from_utf8(&seeds[5]).unwrap()).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

        #[test]
        fn no_decoder_panics(which in 0..6_usize, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(), noise in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut bytes = seeds()[which].clone();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            ALL[which].1(&bytes);
            // With the checksum that belongs to the bytes, what stands behind it is reached.
            if which < 3 {
                let end = bytes.len() - 16;
                let sum = blake3_of(&bytes[..end]);
                bytes[end..].copy_from_slice(&sum);
                ALL[which].1(&bytes);
            }
            ALL[which].1(&bytes[..cut.index(bytes.len())]);
            ALL[which].1(&noise);
        }
    }

    fn blake3_of(bytes: &[u8]) -> [u8; 16] {
        let mut sum = [0; 16];
        sum.copy_from_slice(&Digest::of(bytes).as_bytes()[..16]);
        sum
    }
}
