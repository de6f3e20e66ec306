//! The check of one pack: every byte is read once.

use haversack_model::frame::FrameError;
use haversack_model::{Digest, DocumentId};

use crate::StoreError;
use crate::check::Problem;
use crate::error::told;
use crate::ledger::Ledger;
use crate::node::{Child, Entry, Node};
use crate::object::Object;
use crate::pack::{self, Frames, Pack, Slot};

/// What an object is to others.
#[derive(Debug)]
pub(crate) enum Fact {
    Text,
    Leaf {
        texts: Vec<Digest>,
        erased: Vec<(DocumentId, Digest)>,
        documents: u64,
        bytes: u64,
        /// First and last document.
        range: Option<(DocumentId, DocumentId)>,
    },
    Branch {
        level: u8,
        children: Vec<Child>,
    },
    Manifest {
        snapshots: Vec<Digest>,
    },
}

/// What was found in a pack.
#[derive(Debug, Default)]
pub(crate) struct PackReport {
    /// Digests that the index names.
    pub named: Vec<Digest>,
    /// Objects that are what their names promise, with the bytes of their frames.
    pub objects: Vec<(Digest, u64, Fact)>,
    pub problems: Vec<Problem>,
}

pub(crate) fn check(pack: &Pack, ledger: &Ledger) -> PackReport {
    let mut report = PackReport::default();
    let index = match pack.index() {
        Ok(index) => index,
        Err(error) => {
            report.pack(pack, told(&error));
            return report;
        }
    };
    report.named = index.slots.iter().map(|slot| slot.digest).collect();
    let mut header = pack::header();
    match pack.fill(&mut header, 0) {
        Ok(()) if header == pack::header() => {}
        Ok(()) => report.pack(pack, "header is damaged".to_owned()),
        Err(error) => report.pack(pack, told(&error)),
    }
    let mut slots = index.slots.clone();
    slots.sort_by_key(|slot| slot.offset);
    let (mut end, mut checksums) = (pack::HEADER, std::collections::BTreeMap::new());
    let mut frames = Frames::new(pack);
    for slot in slots {
        if slot.offset != end {
            report.pack(pack, format!("objects do not follow one another at byte {end}"));
        }
        end = slot.end();
        match object(&mut frames, &slot) {
            Ok((object, checksum)) => {
                report.erased(pack, &object, ledger);
                let fact = fact(object);
                report.objects.push((slot.digest, u64::from(slot.length), fact));
                checksums.insert(slot.digest, checksum);
            }
            Err(error) => report.problems.push(Problem::Object {
                file: pack.path.clone(),
                object: slot.digest,
                error: told(&error),
            }),
        }
    }
    if end != index.footer.index {
        report.pack(pack, format!("bytes after the last object, at byte {end}"));
    }
    let name = pack::name(index.slots.iter(), |digest| checksums.get(&digest).copied());
    if report.problems.is_empty() && name != pack.name() {
        report.pack(pack, format!("holds the objects of pack {name}"));
    }
    report
}

impl PackReport {
    fn pack(&mut self, pack: &Pack, error: String) {
        self.problems.push(Problem::Pack { file: pack.path.clone(), error });
    }

    /// Tells records that the ledger has as erased.
    fn erased(&mut self, pack: &Pack, object: &Object, ledger: &Ledger) {
        let Object::Node(Node::Leaf(entries)) = object else { return };
        for entry in entries {
            let Entry::Record(record) = entry else { continue };
            if ledger.get(&record.id).is_some_and(|erasure| erasure.complete)
                && record.digest().is_ok_and(|digest| ledger.holds(&record.id, digest))
            {
                let error = format!("its record is still in `{}`", pack.path.display());
                self.problems.push(Problem::Erasure { document: record.id.clone(), error });
            }
        }
    }
}

fn object(frames: &mut Frames<'_>, slot: &Slot) -> Result<(Object, [u8; 16]), StoreError> {
    let frame = frames.read(slot)?;
    let wrong = |source: Option<FrameError>| StoreError::Foreign { object: slot.digest, source };
    let (name, object) = Object::decode(frame).map_err(wrong)?;
    if name != slot.digest || object.kind() != slot.kind {
        return Err(wrong(None));
    }
    Ok((object, frame.last_chunk::<16>().copied().unwrap_or_default()))
}

fn fact(object: Object) -> Fact {
    match object {
        Object::Text(_) => Fact::Text,
        Object::Manifest(_) => Fact::Manifest { snapshots: object.needs() },
        Object::Node(Node::Branch { level, children }) => Fact::Branch { level, children },
        Object::Node(Node::Leaf(entries)) => {
            let node = Node::Leaf(entries);
            let (documents, bytes) = node.sums();
            let object = Object::Node(node);
            let texts = object.needs();
            let Object::Node(Node::Leaf(entries)) = object else { return Fact::Text };
            let range = entries.first().zip(entries.last());
            let range = range.map(|(first, last)| (first.id().clone(), last.id().clone()));
            let erased = entries.into_iter().filter_map(|entry| match entry {
                Entry::Erased { id, digest } => Some((id, digest)),
                Entry::Record(_) => None,
            });
            Fact::Leaf { texts, erased: erased.collect(), documents, bytes, range }
        }
    }
}
