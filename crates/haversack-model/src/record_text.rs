//! The canonical JSON of a document record, written field by field: a snapshot of a million documents is a million of
//! these.

use crate::canonical::{CanonicalError, number_text};
use crate::{Digest, DocumentRecord};

/// Appends what `canonical::text(record)` gives.
pub(crate) fn write(record: &DocumentRecord, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    let DocumentRecord { id, text, bytes, body, media, title, language, labels, trust, metadata } = record;
    out.extend_from_slice(b"{\"body\":");
    number(*body, out)?;
    out.extend_from_slice(b",\"bytes\":");
    number(*bytes, out)?;
    out.extend_from_slice(b",\"id\":");
    serde_json::to_writer(&mut *out, id.as_str())?;
    out.extend_from_slice(b",\"labels\":");
    serde_json::to_writer(&mut *out, labels)?;
    out.extend_from_slice(b",\"language\":");
    serde_json::to_writer(&mut *out, language)?;
    out.extend_from_slice(b",\"media\":");
    serde_json::to_writer(&mut *out, media)?;
    out.extend_from_slice(b",\"metadata\":{");
    let mut members: Vec<_> = metadata.iter().collect();
    // The map is in the order of bytes, which for names in ASCII is that of UTF-16 code units.
    if !metadata.keys().all(|name| name.is_ascii()) {
        members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    }
    for (i, (name, value)) in members.into_iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        serde_json::to_writer(&mut *out, name)?;
        out.push(b':');
        serde_json::to_writer(&mut *out, value)?;
    }
    out.extend_from_slice(b"},\"text\":\"");
    hexadecimal(text, out);
    out.extend_from_slice(b"\",\"title\":");
    serde_json::to_writer(&mut *out, title)?;
    out.extend_from_slice(b",\"trust\":");
    serde_json::to_writer(&mut *out, trust)?;
    out.push(b'}');
    Ok(())
}

fn number(n: u64, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    let text = number_text(&n.into())?;
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

fn hexadecimal(digest: &Digest, out: &mut Vec<u8>) {
    for byte in digest.as_bytes() {
        out.extend([byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use crate::{Digest, DocumentId, DocumentRecord, Media, Trust, canonical};

    fn record(text: &str, names: BTreeMap<String, String>, labels: BTreeSet<String>) -> DocumentRecord {
        DocumentRecord {
            id: DocumentId::new("c", "a/ü\".md").unwrap(),
            text: Digest::of(text.as_bytes()),
            bytes: text.len() as u64,
            body: 1 << 53,
            media: Media::Rst,
            title: text.to_owned(),
            language: labels.first().cloned(),
            labels,
            trust: Trust::Untrusted,
            metadata: names,
        }
    }

    #[test]
    fn the_identity_of_a_record_is_pinned() {
        let digest = record("a\n\u{1}", BTreeMap::new(), BTreeSet::new()).digest().unwrap();
        assert_eq!(digest.to_string(), "dd49e5e3a802f289c8faf31efebb6c1443c4320bc3dd6688a07871c3934310ac");
        let mut large = record("", BTreeMap::new(), BTreeSet::new());
        large.bytes = (1 << 53) + 1;
        assert!(large.digest().is_err());
    }

    proptest! {
        #[test]
        fn it_is_the_canonical_text(
            text in any::<String>(),
            names in prop::collection::btree_map(any::<String>(), any::<String>(), 0..5),
            labels in prop::collection::btree_set(any::<String>(), 0..3),
        ) {
            let record = record(&text, names, labels);
            let mut out = Vec::new();
            super::write(&record, &mut out).unwrap();
            prop_assert_eq!(String::from_utf8(out).unwrap(), canonical::text(&record).unwrap());
            prop_assert_eq!(record.digest().unwrap(), canonical::digest("record", &record).unwrap());
        }
    }
}
