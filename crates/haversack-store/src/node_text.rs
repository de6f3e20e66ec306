//! The canonical JSON of a node's identity, written directly: reading a document hashes every node on its path.

use std::fmt::Write;

use haversack_model::canonical::{self, CanonicalError};
use haversack_model::{Digest, DocumentId};

use crate::node::{Child, Entry};

/// Largest number that has a canonical form.
const SAFE: u64 = 1 << 53;

/// `[[id, record digest], ...]`.
pub(crate) fn leaf(entries: &[Entry]) -> Result<String, CanonicalError> {
    let mut out = String::with_capacity(2 + entries.len() * 128);
    out.push('[');
    for (i, entry) in entries.iter().enumerate() {
        out.push_str(if i > 0 { ",[" } else { "[" });
        string(entry.id(), &mut out)?;
        out.push(',');
        digest(entry.digest()?, &mut out);
        out.push(']');
    }
    out.push(']');
    Ok(out)
}

/// `{"children": [{"bytes", "documents", "last", "node"}, ...], "level"}`.
pub(crate) fn branch(level: u8, children: &[Child]) -> Result<String, CanonicalError> {
    let mut out = String::with_capacity(32 + children.len() * 192);
    out.push_str("{\"children\":[");
    for (i, Child { last, node, documents, bytes }) in children.iter().enumerate() {
        if let Some(large) = [documents, bytes].into_iter().find(|n| **n > SAFE) {
            return Err(CanonicalError::Number(large.to_string()));
        }
        out.push_str(if i > 0 { "," } else { "" });
        // Writing to a string never fails.
        let _ = write!(out, "{{\"bytes\":{bytes},\"documents\":{documents},\"last\":");
        string(last, &mut out)?;
        out.push_str(",\"node\":");
        digest(*node, &mut out);
        out.push('}');
    }
    let _ = write!(out, "],\"level\":{level}}}");
    Ok(out)
}

fn string(id: &DocumentId, out: &mut String) -> Result<(), CanonicalError> {
    let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if id.as_str().bytes().all(plain) {
        out.push('"');
        out.push_str(id.as_str());
        out.push('"');
    } else {
        out.push_str(&canonical::text(id)?);
    }
    Ok(())
}

fn digest(digest: Digest, out: &mut String) {
    out.push('"');
    for byte in digest.as_bytes() {
        let digits = [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]));
        out.extend(digits);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    proptest! {
        #[test]
        fn they_are_canonical_texts(
            ids in prop::collection::vec("c/[^\\x00-\\x1f\\x7f-\\x9f]{1,8}", 0..5),
            documents in any::<u32>(),
            level in any::<u8>(),
        ) {
            let ids: Vec<DocumentId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
            let digest = Digest::of(&[level]);
            let entries: Vec<_> = ids.iter().map(|id| Entry::Erased { id: id.clone(), digest }).collect();
            let value = json!(ids.iter().map(|id| (id, digest)).collect::<Vec<_>>());
            prop_assert_eq!(leaf(&entries).unwrap(), canonical::text(&value).unwrap());
            let child = |last: &DocumentId| Child { last: last.clone(), node: digest, documents: documents.into(), bytes: 7 };
            let children: Vec<_> = ids.iter().map(child).collect();
            let value = json!({"level": level, "children": children});
            prop_assert_eq!(branch(level, &children).unwrap(), canonical::text(&value).unwrap());
        }
    }

    #[test]
    fn what_has_no_canonical_form_is_refused() {
        let last: DocumentId = "c/a".parse().unwrap();
        let child = |bytes| Child { last: last.clone(), node: Digest::of(b""), documents: 1, bytes };
        assert!(branch(1, &[child(SAFE)]).is_ok());
        assert!(branch(1, &[child(SAFE + 1)]).is_err());
    }
}
