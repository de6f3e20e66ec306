use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use haversack_embed::{TextHash, text_hash};
use haversack_index::{Segment, Tombstones};
use haversack_model::{Digest, DocumentId};
use haversack_store::{Erasure, WriteLock};
use serde::Serialize;

use crate::derived;
use crate::erased::Erased;
use crate::index_build::vector_cache;
use crate::index_meta::{IndexMeta, Part, segment_path};
use crate::scan_cache::ScanCache;
use crate::segments::{Kept, SegmentWriter};
use crate::{Error, Progress, Store};

/// What forgetting a document removed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forgotten {
    /// Of the sources of truth.
    #[serde(flatten)]
    pub erasure: Erasure,
    /// Segments that were written again without it.
    pub segments: usize,
    /// Cached vectors that were removed.
    pub vectors: usize,
}

/// Removes the bytes of a document, its text and all that is known of it but its id, from every version, index and
/// cache. Versions keep their ids and still verify; they say that something was erased. A build that meets the same
/// text under the same id leaves it out. `now` is seconds since 1970.
///
/// # Errors
/// When no version has such a document, another process writes, or the disk refuses. What was begun is finished by
/// the next call, or by [`repair`](crate::repair).
pub fn forget(
    store: &Store,
    document: &DocumentId,
    reason: &str,
    now: u64,
    progress: &dyn Progress,
) -> Result<Forgotten, Error> {
    let lock = store.inner.lock()?;
    let erasure = store.inner.erase(&lock, document, reason, now)?;
    let (segments, vectors) = finish(store, &lock, progress)?;
    Ok(Forgotten { erasure, segments, vectors })
}

/// Recorded runs whose packs may have held a document: those of versions that have it, and all of experiments, which name the
/// version they began from. With `remove` they are removed, and with them the outcomes of contexts between versions.
///
/// Answers quote documents, so what is recorded of them may hold what was erased; nobody can tell by looking.
///
/// # Errors
/// When runs cannot be listed or removed, or a version cannot be read.
pub fn forget_runs(store: &Store, document: &DocumentId, remove: bool) -> Result<Vec<String>, Error> {
    let versions: HashSet<_> = crate::versions_with(store, document)?.into_iter().collect();
    let folder = crate::evaluate::runs_folder(store);
    let runs = crate::evaluate::runs(store);
    let mut found = Vec::new();
    for run in runs.list().map_err(|error| Error::Runs(Box::new(error)))? {
        // A run that cannot be read may hold anything.
        if runs.header(&run).is_ok_and(|header| !versions.contains(&header.version)) {
            continue;
        }
        if remove {
            let path = folder.join(run.to_string());
            std::fs::remove_dir_all(&path).map_err(Error::io("remove", &path))?;
        }
        found.push(run.to_string());
    }
    let probes = crate::evaluate::probes_path(store);
    if probes.exists() && !versions.is_empty() {
        if remove {
            std::fs::remove_file(&probes).map_err(Error::io("remove", &probes))?;
        }
        found.push("probes".to_owned());
    }
    Ok(found)
}

/// Removes what was erased from segments and caches, as far as it is still there. Returns the segments written again
/// and the vectors removed.
pub(crate) fn finish(
    store: &Store,
    _lock: &WriteLock,
    progress: &dyn Progress,
) -> Result<(usize, usize), Error> {
    let erased = Erased::of(&store.inner)?;
    if erased.is_empty() {
        return Ok((0, 0));
    }
    let mut rewritten = BTreeMap::new();
    let mut texts = HashSet::new();
    for (id, path) in derived::segments(&store.inner)? {
        // A segment that cannot be opened may hold what must go, and is only a cache.
        let Ok(segment) = Segment::open(&path) else {
            derived::remove_segment(&path)?;
            continue;
        };
        let held = held(&segment, &erased)?;
        let segment = Kept { part: Part { segment: id, tombstones: held }, segment: Arc::new(segment) };
        note_texts(&segment, &mut texts)?;
        if !segment.part.tombstones.is_empty() {
            rewritten.insert(id, rewrite(store, &segment, progress)?);
        }
    }
    // Vectors tell something of what they were made from: those of no chunk that stays go.
    let vectors = haversack_embed::retain_vectors(&vector_cache(&store.inner), &|text| texts.contains(text))?;
    rename_parts(store, &rewritten)?;
    for id in rewritten.keys() {
        derived::remove_segment(&segment_path(&store.inner, *id))?;
    }
    doubt_sources(store, &erased)?;
    Ok((rewritten.len(), vectors))
}

/// Has the sources of erased documents read again, so that what is left out is said.
fn doubt_sources(store: &Store, erased: &Erased) -> Result<(), Error> {
    for context in store.contexts()? {
        // A context that cannot be read is built anew, without any cache.
        let Ok(Some(version)) = store.line(&context).map(|line| line.latest()) else { continue };
        let Ok(manifest) = store.manifest(version) else { continue };
        let folder = ScanCache::folder(&store.inner, &context);
        for source in &manifest.recipe.corpora {
            let Some(snapshot) = manifest.snapshots.get(&source.name).map(|snapshot| snapshot.id) else {
                continue;
            };
            let mut cache = ScanCache::load(Some(&folder), source, Some(snapshot))?;
            if cache.holds() {
                erased.documents().for_each(|document| cache.doubt(document));
                cache.save(snapshot)?;
            }
        }
    }
    Ok(())
}

/// The documents of a segment that were erased.
fn held(segment: &Segment, erased: &Erased) -> Result<Tombstones, Error> {
    let mut held = Vec::new();
    for document in erased.documents() {
        if let Some(number) = segment.find(document)?
            && erased.covers(&segment.record(number)?)?
        {
            held.push(number);
        }
    }
    Ok(held.into_iter().collect())
}

/// Notes what the vectors of a segment's live chunks are kept under.
fn note_texts(segment: &Kept, texts: &mut HashSet<TextHash>) -> Result<(), Error> {
    let index = Kept::index(std::slice::from_ref(segment))?;
    for at in index.chunks() {
        texts.insert(text_hash(&index.chunk(at)?.contextual_text()));
    }
    Ok(())
}

/// Writes a segment again without its dead documents; nothing when nothing is left.
fn rewrite(store: &Store, segment: &Kept, progress: &dyn Progress) -> Result<Vec<Kept>, Error> {
    let mut writer = SegmentWriter::like(&store.inner, &segment.segment, progress)?;
    writer.copy(&Kept::index(std::slice::from_ref(segment))?)?;
    writer.finish()
}

/// Has every index name the new segments in the place of the old ones.
fn rename_parts(store: &Store, rewritten: &BTreeMap<Digest, Vec<Kept>>) -> Result<(), Error> {
    for (version, path) in derived::indexes(&store.inner)? {
        let Ok(meta) = IndexMeta::load(&store.inner, version) else {
            std::fs::remove_file(&path).map_err(Error::io("remove", &path))?;
            continue;
        };
        if !meta.parts.iter().any(|part| rewritten.contains_key(&part.segment)) {
            continue;
        }
        let mut parts = Vec::new();
        for part in &meta.parts {
            let Some(new) = rewritten.get(&part.segment) else {
                parts.push(part.clone());
                continue;
            };
            let old = part.open(&store.inner)?;
            for kept in new {
                let mut tombstones = Vec::new();
                for number in part.tombstones.iter() {
                    tombstones.extend(kept.segment.find(&old.document_id(number)?)?);
                }
                let tombstones: Tombstones = tombstones.into_iter().collect();
                if tombstones.len() < kept.segment.documents() as usize {
                    parts.push(Part { segment: kept.part.segment, tombstones });
                }
            }
        }
        IndexMeta::of(&store.inner, version, meta.key, parts)?.save(&store.inner)?;
    }
    Ok(())
}
