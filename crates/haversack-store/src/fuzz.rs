//! Every decoder of the store over arbitrary bytes, for fuzzers: none may panic, and none may ask for memory that the bytes
//! do not account for.

use crate::holder::Holder;
use crate::ledger::Ledger;
use crate::line::Line;
use crate::object::{self, Object};
use crate::pack::Index;
use crate::{Address, repair};

/// An object of any kind. What decodes encodes to the same object again.
pub fn object(bytes: &[u8]) {
    let Ok((digest, object)) = Object::decode(bytes) else { return };
    let encoded = match &object {
        Object::Text(text) => object::encode_text(text),
        Object::Node(node) => object::encode_node(node),
        Object::Manifest(manifest) => object::encode_manifest(manifest),
    };
    let _ = object.needs();
    assert!(encoded.is_ok_and(|encoded| encoded.digest == digest || encoded.kind == crate::pack::MANIFEST));
}

/// The payload of an object of each kind, behind a frame that is whole: what a writer with ill will could send.
pub fn payload(bytes: &[u8]) {
    let Some((kind, payload)) = bytes.split_first() else { return };
    let (name, version) = [(b"TEXT", 1_u32), (b"TREE", 2), (b"MANI", 1)][usize::from(*kind) % 3];
    object(&framed(*name, version, payload));
}

/// A tree node behind frame and block that are whole.
pub fn node(bytes: &[u8]) {
    let inner = framed(*b"NODE", 2, bytes);
    let block = lz4_flex::block::compress(&inner);
    let kind = haversack_model::frame::Kind::new(*b"TREE", 2);
    if let Ok(frame) = haversack_model::frame::encode(kind, &(inner.len() as u64, block)) {
        object(&frame);
    }
}

/// The index part of a pack.
pub fn pack_index(bytes: &[u8]) {
    if let Ok(index) = Index::parse(bytes) {
        assert!(index.slots.iter().all(|slot| index.find(slot.digest) == Some(*slot)));
        assert_eq!(Index::encode(&index.slots, index.footer.index), bytes);
    }
}

/// The index part of a pack with a checksum that holds.
pub fn pack_index_checked(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    if let Some(at) = bytes.len().checked_sub(60) {
        let hash = blake3::hash(&bytes[..at + 16]);
        bytes[at + 16..at + 48].copy_from_slice(hash.as_bytes());
        bytes[at + 48..].copy_from_slice(b"\x01\0\0\0KCAPKSVH");
        pack_index(&bytes);
    }
}

/// A pack whose objects are looked for without its index.
pub fn salvage(bytes: &[u8]) {
    for (digest, _, frame) in repair::salvageable(bytes) {
        assert!(Object::decode(frame).is_ok_and(|(found, _)| found == digest));
    }
}

/// A context's line. What decodes is written as it stood.
pub fn line(bytes: &[u8]) {
    if let Ok(line) = Line::from_bytes(bytes) {
        assert!(line.to_bytes().is_ok_and(|written| written == bytes));
    }
}

/// The ledger of erasures.
pub fn ledger(bytes: &[u8]) {
    let _ = Ledger::from_bytes(bytes);
}

/// What a lock file says.
pub fn holder(bytes: &[u8]) {
    assert!(!Holder::describe(bytes).contains('\n'));
}

/// An address. What parses prints as an address of the same version.
pub fn address(bytes: &[u8]) {
    let Some(Ok(address)) = std::str::from_utf8(bytes).ok().map(str::parse::<Address>) else { return };
    assert_eq!(address.to_string().parse(), Ok(address));
}

/// A frame around a payload, with a checksum that holds.
fn framed(name: [u8; 4], version: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes =
        [&b"HVSK"[..], &name, &version.to_le_bytes(), &(payload.len() as u64).to_le_bytes(), payload]
            .concat();
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(&hash.as_bytes()[..16]);
    bytes
}
