//! Finding an object in the packs, and telling what is wrong when it cannot be read.

use haversack_model::Digest;

use crate::object::{self, Wrong};
use crate::pack::{self, PackSet};
use crate::{Store, StoreError};

/// How often packs are listed before an object counts as missing.
const LISTINGS: usize = 3;

impl Store {
    /// Reads an object from the first pack that holds it whole. Packs may have been replaced since they were listed, so
    /// what is not found is looked for once more.
    pub(crate) fn read<T>(
        &self,
        digest: Digest,
        decode: impl Fn(Digest, &[u8]) -> Result<T, Wrong>,
    ) -> Result<T, StoreError> {
        if let Ok(Some(value)) = find(&*self.packs().current()?, digest, &decode) {
            return Ok(value);
        }
        // A listing that a writer changes meanwhile may show neither the old pack nor the new one.
        let mut set = self.packs().reload()?;
        for _ in 1..LISTINGS {
            if let Some(value) = find(&set, digest, &decode)? {
                return Ok(value);
            }
            set = self.packs().reload()?;
        }
        find(&set, digest, &decode)?.ok_or_else(|| self.missing(&set, digest))
    }

    /// The frame of an object, as it is sent elsewhere.
    ///
    /// # Errors
    /// When the object is missing or damaged.
    pub fn object(&self, digest: Digest) -> Result<Vec<u8>, StoreError> {
        self.read(digest, |_, frame| if object::is_whole(frame) { Ok(frame.to_vec()) } else { Err(None) })
    }

    /// What an object needs to be there too: the snapshots of a manifest, the nodes or texts of a tree node. Snapshots
    /// are told by their roots; erased documents need nothing.
    ///
    /// # Errors
    /// When the object is missing or damaged.
    pub fn needs(&self, digest: Digest) -> Result<Vec<Digest>, StoreError> {
        self.read(digest, |name, frame| {
            let (found, object) = object::Object::decode(frame)?;
            if found == name { Ok(object.needs()) } else { Err(None) }
        })
    }

    /// Whether some pack holds an object and all of it is as its name promises.
    pub(crate) fn whole(&self, set: &PackSet, digest: Digest) -> bool {
        // The copy that is read first must be the whole one, lest a healed object stay behind a damaged one for ever.
        set.places(digest).next().is_some_and(|(pack, slot)| {
            let frame = pack.read(&slot);
            frame.is_ok_and(|frame| object::Object::decode(&frame).is_ok_and(|(found, _)| found == digest))
        })
    }

    /// Why an object is nowhere: erased, in a pack that cannot be read, or just not there.
    fn missing(&self, set: &PackSet, digest: Digest) -> StoreError {
        let ledger = match self.ledger() {
            Ok(ledger) => ledger,
            Err(error) => return error,
        };
        if let Some(erasure) = ledger.erasures.iter().find(|erasure| erasure.texts.contains(&digest)) {
            return StoreError::Erased { document: erasure.document.clone() };
        }
        if let Some((path, _)) = set.broken.first() {
            // Opened again for the error, which cannot be cloned.
            return pack::Pack::open(path).err().unwrap_or(StoreError::Missing(digest));
        }
        set.packs.iter().find_map(|pack| pack.index().err()).unwrap_or(StoreError::Missing(digest))
    }
}

fn find<T>(
    set: &PackSet,
    digest: Digest,
    decode: &impl Fn(Digest, &[u8]) -> Result<T, Wrong>,
) -> Result<Option<T>, StoreError> {
    let mut first = None;
    for (pack, slot) in set.places(digest) {
        let frame = pack.read(&slot);
        let value = frame
            .and_then(|frame| decode(digest, &frame).map_err(|wrong| StoreError::damaged(&pack.path, wrong)));
        match value {
            Ok(value) => return Ok(Some(value)),
            Err(error) => first = first.or(Some(error)),
        }
    }
    first.map_or(Ok(None), Err)
}
