//! What segments know of documents, and masks made of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use common::{by_id, corpus, document, documents, input, query, record, shape, spec, write_with};
use haversack_index::{Admission, Class, DocumentRef, GraphRule, Index, IndexError, Segment, Tombstones};
use haversack_model::{DocumentId, Trust};

const EMPTY: [&str; 3] = ["a/first", "c/d1/none", "z/last"];

fn segment(folder: &std::path::Path) -> (Arc<Segment>, BTreeMap<DocumentId, Vec<haversack_model::Chunk>>) {
    let inputs = corpus(8, 90, 4);
    write_with(&folder.join("s"), &inputs, &EMPTY, spec(Some(4), GraphRule::Never)).unwrap();
    let mut expected: BTreeMap<_, Vec<_>> = EMPTY.iter().map(|name| (document(name), Vec::new())).collect();
    for input in inputs {
        expected.entry(input.chunk.document.clone()).or_default().push(input.chunk);
    }
    (Arc::new(Segment::open(folder.join("s")).unwrap()), expected)
}

#[test]
fn documents_come_back_in_order_with_their_chunks() {
    let folder = tempfile::tempdir().unwrap();
    let (segment, expected) = segment(folder.path());
    assert_eq!(segment.documents() as usize, expected.len());
    let index = Index::open(vec![(Arc::clone(&segment), Tombstones::none())]).unwrap();
    assert_eq!((index.documents(), documents(&index)), (expected.len(), expected.keys().cloned().collect()));
    for ((number, (id, chunks)), at) in (0..).zip(&expected).zip(index.live_documents()) {
        assert_eq!(at, DocumentRef { segment: 0, number });
        assert_eq!(
            (segment.document_id(number).unwrap(), segment.find(id).unwrap()),
            (id.clone(), Some(number))
        );
        assert_eq!((index.find(id).unwrap(), index.record(at).unwrap()), (Some(at), record(id)));
        assert_eq!(index.class(at).unwrap(), &Class::of(&record(id)));
        let found: Vec<_> = index.chunks_of(at).unwrap().collect();
        assert_eq!(found.iter().map(|at| index.chunk(*at).unwrap()).collect::<Vec<_>>(), *chunks);
        assert!(found.iter().all(|chunk| index.document_of(*chunk).unwrap() == at));
    }
    for unknown in ["a/a", "c/d", "c/d1/nonf", "zz/z"] {
        assert_eq!(segment.find(&document(unknown)).unwrap(), None);
    }
    let past = segment.documents();
    assert!(matches!(segment.record(past), Err(IndexError::NoDocument { .. })));
    assert!(matches!(segment.chunks_of(past), Err(IndexError::NoDocument { .. })));
    assert!(matches!(segment.document_of(segment.chunks() as u32), Err(IndexError::NoChunk { .. })));
    assert!(index.record(DocumentRef { segment: 3, number: 0 }).is_err());
    assert_eq!(segment.verify().unwrap().problems, []);
    assert!(
        segment.bytes() > 0 && segment.bytes() == segment.entries().map(|entry| entry.length).sum::<u64>()
    );
}

#[test]
fn dead_documents_are_not_found() {
    let folder = tempfile::tempdir().unwrap();
    let (segment, expected) = segment(folder.path());
    let dead: Tombstones = (0..segment.documents()).filter(|number| number % 3 == 1).collect();
    let index = Index::open(vec![(segment, dead.clone())]).unwrap();
    let live: Vec<_> = (0..).zip(&expected).filter(|(number, _)| !dead.contains(*number)).collect();
    assert_eq!(index.documents(), live.len());
    assert_eq!(index.len(), live.iter().map(|(_, (_, chunks))| chunks.len()).sum::<usize>());
    for (number, id) in (0..).zip(expected.keys()) {
        assert_eq!(index.find(id).unwrap().is_some(), !dead.contains(number));
        assert_eq!(index.is_live(DocumentRef { segment: 0, number }), !dead.contains(number));
    }
    assert_eq!(documents(&index), live.iter().map(|(_, (id, _))| (*id).clone()).collect::<Vec<_>>());
    assert_eq!(index.verify().unwrap(), []);
}

#[test]
fn conditions_are_asked_of_no_more_documents_than_needed() {
    let folder = tempfile::tempdir().unwrap();
    let (segment, expected) = segment(folder.path());
    let dead: Tombstones = (0..segment.documents()).filter(|number| number % 4 == 0).collect();
    let index = Index::open(vec![(segment, dead.clone())]).unwrap();
    let live: Vec<&DocumentId> =
        (0..).zip(expected.keys()).filter(|(number, _)| !dead.contains(*number)).map(|(_, id)| id).collect();

    let (asked, read) = (Cell::new(0), Cell::new(0));
    let class = |class: &Class| class.labels.is_empty() && class.trust >= Trust::Standard;
    let id = |id: &str| {
        asked.set(asked.get() + 1);
        assert!(live.iter().any(|live| live.as_str() == id) && class(&Class::of(&record(&document(id)))));
        !id.ends_with('7')
    };
    let owned = |record: &haversack_model::DocumentRecord| {
        read.set(read.get() + 1);
        assert!(!record.id.as_str().ends_with('7'));
        record.metadata["owner"] != "team 2"
    };
    let mask = index.mask(&Admission { class: &class, id: Some(&id), record: Some(&owned) }).unwrap();
    let by_class: Vec<_> = live.iter().filter(|id| class(&Class::of(&record(id)))).collect();
    let by_id_too: Vec<_> = by_class.iter().filter(|id| !id.as_str().ends_with('7')).collect();
    assert_eq!((asked.get(), read.get()), (by_class.len(), by_id_too.len()));
    let admitted = by_id_too.iter().filter(|id| record(id).metadata["owner"] != "team 2");
    assert_eq!(mask.chunks(), admitted.map(|id| expected[**id].len()).sum::<usize>());
    assert!(mask.chunks() > 0 && mask.chunks() < index.len());

    // The same chunks by another way give the same answers.
    let names: Vec<&str> = live.iter().map(|id| id.as_str()).collect();
    let again = by_id(&index, &|id| {
        let record = record(&document(id));
        names.contains(&id)
            && class(&Class::of(&record))
            && !id.ends_with('7')
            && record.metadata["owner"] != "team 2"
    });
    let ask = |mask| shape(&index.search(&query("rotate the server key", None, mask, 20)).unwrap());
    assert_eq!((ask(&mask), mask.terms()), (ask(&again), again.terms()));
    let all = index.mask(&Admission { class: &|_| true, id: None, record: None }).unwrap();
    assert!(all.is_unrestricted() && !mask.is_unrestricted() && all.chunks() == index.len());
}

#[test]
fn documents_and_chunks_out_of_place_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let builder = |name: &str| {
        haversack_index::SegmentBuilder::new(folder.path().join(name), spec(None, GraphRule::Never)).unwrap()
    };
    let chunk = input("c/a", 0, "text", None, None);
    let mut early = builder("early");
    assert!(matches!(early.push(&chunk), Err(IndexError::OtherDocument { current: None, .. })));
    early.document(&record(&document("c/b"))).unwrap();
    assert!(matches!(early.push(&chunk), Err(IndexError::OtherDocument { current: Some(_), .. })));
    let mut twice = builder("twice");
    for name in ["c/b", "c/a", "c/b"] {
        twice.document(&record(&document(name))).unwrap();
    }
    assert!(matches!(twice.finish(), Err(IndexError::DuplicateDocument(id)) if id == document("c/b")));
}

#[test]
fn what_is_known_of_a_document_is_part_of_the_identity() {
    let folder = tempfile::tempdir().unwrap();
    let chunk = input("c/a", 0, "text", None, None);
    let build = |name: &str, change: &dyn Fn(&mut haversack_model::DocumentRecord)| {
        let mut record = record(&document("c/a"));
        change(&mut record);
        let path = folder.path().join(name);
        let mut builder = haversack_index::SegmentBuilder::new(path, spec(None, GraphRule::Never)).unwrap();
        builder.document(&record).unwrap();
        builder.push(&chunk).unwrap();
        builder.finish().unwrap().id
    };
    let plain = build("a", &|_| {});
    assert_eq!(plain, build("b", &|_| {}));
    assert_ne!(plain, build("c", &|record| record.title.push('!')));
    assert_ne!(plain, build("d", &|record| record.labels = ["secret".to_owned()].into()));
}
