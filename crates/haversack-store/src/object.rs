//! What an object file holds, and how its name follows from it.

use haversack_model::frame::{self, Kind};
use haversack_model::{Digest, Manifest, canonical};

use crate::StoreError;
use crate::tree::Node;

/// Document text: length and LZ4 block of the UTF-8 bytes, named by `BLAKE3(text)`.
const TEXT: Kind = Kind::new(*b"TEXT", 1);
/// Tree node, as canonical JSON, named by its canonical digest of kind `tree`.
const TREE: Kind = Kind::new(*b"TREE", 1);
/// Manifest, as canonical JSON, named by its canonical digest of kind `manifest`: the version id.
const MANIFEST: Kind = Kind::new(*b"MANI", 1);

/// Largest text that is read back; a length above it is damage, not data.
const MAX_TEXT: u64 = 1 << 32;

pub(crate) fn encode_text(text: &str) -> Result<(Digest, Vec<u8>), StoreError> {
    let block = lz4_flex::block::compress(text.as_bytes());
    Ok((Digest::of(text.as_bytes()), frame::encode(TEXT, &(text.len() as u64, block))?))
}

/// Nothing is told apart here between damage and a foreign object: the caller names the file.
pub(crate) fn decode_text(name: Digest, bytes: &[u8]) -> Result<String, Option<frame::FrameError>> {
    let (length, block): (u64, Vec<u8>) = frame::decode(TEXT, bytes)?;
    // LZ4 expands a byte to at most 255, so a wrong length cannot ask for much more than the file holds.
    if length > MAX_TEXT || length > (block.len() as u64).saturating_mul(255) {
        return Err(None);
    }
    let length = usize::try_from(length).map_err(|_| None)?;
    let text = lz4_flex::block::decompress(&block, length).map_err(|_| None)?;
    if Digest::of(&text) != name {
        return Err(None);
    }
    String::from_utf8(text).map_err(|_| None)
}

pub(crate) fn encode_node(node: &Node) -> Result<(Digest, Vec<u8>), StoreError> {
    encode_json(TREE, "tree", &canonical::text(node)?)
}

pub(crate) fn decode_node(name: Digest, bytes: &[u8]) -> Result<Node, Option<frame::FrameError>> {
    decode_json(TREE, "tree", name, bytes)
}

pub(crate) fn encode_manifest(manifest: &Manifest) -> Result<(Digest, Vec<u8>), StoreError> {
    encode_json(MANIFEST, "manifest", &canonical::text(manifest)?)
}

pub(crate) fn decode_manifest(name: Digest, bytes: &[u8]) -> Result<Manifest, Option<frame::FrameError>> {
    decode_json(MANIFEST, "manifest", name, bytes)
}

fn encode_json(kind: Kind, domain: &str, text: &str) -> Result<(Digest, Vec<u8>), StoreError> {
    Ok((canonical::digest_text(domain, text), frame::encode(kind, text)?))
}

fn decode_json<T: serde::de::DeserializeOwned>(
    kind: Kind,
    domain: &str,
    name: Digest,
    bytes: &[u8],
) -> Result<T, Option<frame::FrameError>> {
    let text: String = frame::decode(kind, bytes)?;
    if canonical::digest_text(domain, &text) != name {
        return Err(None);
    }
    serde_json::from_str(&text).map_err(|_| None)
}
