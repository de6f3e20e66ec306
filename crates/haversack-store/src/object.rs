//! What an object's frame holds, and how its name follows from it.

use std::fmt;

use haversack_model::frame::{self, FrameError, Kind};
use haversack_model::{Digest, Manifest, canonical};
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::StoreError;
use crate::node::{Entry, Node};
use crate::pack::{self, Tag};

/// Document text: length and LZ4 block of the UTF-8 bytes, named by `BLAKE3(text)`.
const TEXT: Kind = Kind::new(pack::TEXT, 1);
/// Tree node: length and LZ4 block of its binary form, named by its canonical digest.
const TREE: Kind = Kind::new(pack::TREE, 2);
/// The binary form of a tree node, within its block.
const NODE: Kind = Kind::new(*b"NODE", 2);
/// Manifest, as canonical JSON, named by its canonical digest of kind `manifest`: the version id.
const MANIFEST: Kind = Kind::new(pack::MANIFEST, 1);

/// Largest block that is decompressed; a length above it is damage, not data.
const MAX: u64 = 1 << 32;

/// Why a frame is not the object that its name promises; `None` where no frame tells.
pub(crate) type Wrong = Option<FrameError>;

/// An object ready to be written.
#[derive(Debug, Clone)]
pub(crate) struct Encoded {
    pub digest: Digest,
    pub kind: Tag,
    pub frame: Vec<u8>,
}

/// An object as read from its frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Object {
    Text(String),
    Node(Node),
    Manifest(Box<Manifest>),
}

impl Object {
    /// Reads a frame of any kind, and gives the name that follows from it.
    pub fn decode(frame: &[u8]) -> Result<(Digest, Self), Wrong> {
        match frame.get(4..8) {
            Some(kind) if kind == pack::TEXT => {
                let text = text(frame)?;
                Ok((Digest::of(text.as_bytes()), Self::Text(text)))
            }
            Some(kind) if kind == pack::TREE => {
                let node = node(frame)?;
                Ok((node.digest().map_err(|_| None)?, Self::Node(node)))
            }
            Some(kind) if kind == pack::MANIFEST => {
                let (name, manifest) = manifest(frame)?;
                Ok((name, Self::Manifest(Box::new(manifest))))
            }
            _ => Err(Some(FrameError::Foreign)),
        }
    }

    /// The kind under which an index lists it.
    pub fn kind(&self) -> Tag {
        match self {
            Self::Text(_) => pack::TEXT,
            Self::Node(node) if node.erased() > 0 => pack::ERASED,
            Self::Node(_) => pack::TREE,
            Self::Manifest(_) => pack::MANIFEST,
        }
    }
}

pub(crate) fn encode_text(text: &str) -> Result<Encoded, StoreError> {
    if text.len() as u64 > MAX {
        return Err(StoreError::TooLarge(text.len() as u64));
    }
    let frame = frame::encode(TEXT, &squeeze(text.as_bytes()))?;
    Ok(Encoded { digest: Digest::of(text.as_bytes()), kind: pack::TEXT, frame })
}

pub(crate) fn decode_text(name: Digest, frame: &[u8]) -> Result<String, Wrong> {
    text(frame).and_then(|text| if Digest::of(text.as_bytes()) == name { Ok(text) } else { Err(None) })
}

pub(crate) fn encode_node(node: &Node) -> Result<Encoded, StoreError> {
    let kind = if node.erased() > 0 { pack::ERASED } else { pack::TREE };
    let frame = frame::encode(TREE, &squeeze(&frame::encode(NODE, node)?))?;
    Ok(Encoded { digest: node.digest()?, kind, frame })
}

pub(crate) fn decode_node(name: Digest, frame: &[u8]) -> Result<Node, Wrong> {
    let node = node(frame)?;
    if node.digest().map_err(|_| None)? == name { Ok(node) } else { Err(None) }
}

pub(crate) fn encode_manifest(manifest: &Manifest) -> Result<Encoded, StoreError> {
    let text = canonical::text(manifest)?;
    let digest = canonical::digest_text("manifest", &text);
    Ok(Encoded { digest, kind: pack::MANIFEST, frame: frame::encode(MANIFEST, &text)? })
}

pub(crate) fn decode_manifest(name: Digest, frame: &[u8]) -> Result<Manifest, Wrong> {
    manifest(frame).and_then(|(found, manifest)| if found == name { Ok(manifest) } else { Err(None) })
}

/// Whether a frame's checksum holds, whatever is in it.
pub(crate) fn is_whole(frame: &[u8]) -> bool {
    frame.split_last_chunk::<16>().is_some_and(|(framed, checksum)| {
        frame.starts_with(b"HVSK") && blake3::hash(framed).as_bytes()[..16] == *checksum
    })
}

fn text(frame: &[u8]) -> Result<String, Wrong> {
    String::from_utf8(expand(&decode(TEXT, frame)?)?).map_err(|_| None)
}

fn node(frame: &[u8]) -> Result<Node, Wrong> {
    let node: Node = decode(NODE, &expand(&decode(TREE, frame)?)?)?;
    if node.is_ordered() { Ok(node) } else { Err(None) }
}

fn manifest(frame: &[u8]) -> Result<(Digest, Manifest), Wrong> {
    let text: String = decode(MANIFEST, frame)?;
    let manifest = serde_json::from_str(&text).map_err(|_| None)?;
    Ok((canonical::digest_text("manifest", &text), manifest))
}

fn decode<T: DeserializeOwned>(kind: Kind, frame: &[u8]) -> Result<T, Wrong> {
    frame::decode(kind, frame).map_err(Some)
}

/// Length and LZ4 block of some bytes.
#[derive(Serialize, Deserialize)]
struct Block(u64, Bytes);

/// Bytes that are written at once; a list of numbers has the same form, and is written one by one.
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl Visitor<'_> for Visit {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }
        }
        deserializer.deserialize_byte_buf(Visit)
    }
}

fn squeeze(bytes: &[u8]) -> Block {
    Block(bytes.len() as u64, Bytes(lz4_flex::block::compress(bytes)))
}

fn expand(Block(length, Bytes(block)): &Block) -> Result<Vec<u8>, Wrong> {
    // LZ4 expands a byte to at most 255, so a wrong length cannot ask for much more than the file holds.
    if *length > MAX || *length > (block.len() as u64).saturating_mul(255) {
        return Err(None);
    }
    let length = usize::try_from(*length).map_err(|_| None)?;
    let bytes = lz4_flex::block::decompress(block, length).map_err(|_| None)?;
    if bytes.len() == length { Ok(bytes) } else { Err(None) }
}

impl Object {
    /// Digests of the objects that this one names.
    pub fn needs(&self) -> Vec<Digest> {
        match self {
            Self::Text(_) => Vec::new(),
            Self::Manifest(manifest) => manifest.snapshots.values().map(|snapshot| snapshot.id).collect(),
            Self::Node(Node::Branch { children, .. }) => children.iter().map(|child| child.node).collect(),
            Self::Node(Node::Leaf(entries)) => entries
                .iter()
                .filter_map(|entry| match entry {
                    Entry::Record(record) => Some(record.text),
                    Entry::Erased { .. } => None,
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_the_form_of_a_number_and_a_list() {
        let text = "a text, a text, a text, a text".repeat(30);
        let block = lz4_flex::block::compress(text.as_bytes());
        let list = frame::encode(TEXT, &(text.len() as u64, block)).unwrap();
        assert_eq!(encode_text(&text).unwrap().frame, list);
        assert_eq!(decode_text(Digest::of(text.as_bytes()), &list).unwrap(), text);
    }
}
