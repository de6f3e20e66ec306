//! Documents of an index: which live, where they stand, what is known of them.

use haversack_model::{DocumentId, DocumentRecord};

use crate::IndexError;
use crate::index::{ChunkRef, DocumentRef, Index, Part};
use crate::layout::Class;

impl Index {
    /// Where a live document stands; logarithmic in the number of documents.
    ///
    /// # Errors
    /// When bytes on the way are damaged.
    pub fn find(&self, id: &DocumentId) -> Result<Option<DocumentRef>, IndexError> {
        for (part, segment) in self.parts().iter().zip(0..) {
            if let Some(number) = part.segment.find(id)?.filter(|number| !part.dead.contains(*number)) {
                return Ok(Some(DocumentRef { segment, number }));
            }
        }
        Ok(None)
    }

    /// Whether a document lives.
    #[must_use]
    pub fn is_live(&self, at: DocumentRef) -> bool {
        self.parts()
            .get(at.segment as usize)
            .is_some_and(|part| at.number < part.segment.documents() && !part.dead.contains(at.number))
    }

    /// All live documents, by segment and number, with those that have no chunk.
    pub fn live_documents(&self) -> impl Iterator<Item = DocumentRef> + '_ {
        self.parts().iter().zip(0..).flat_map(|(part, segment)| {
            let mut dead = part.dead.iter().peekable();
            (0..part.segment.documents())
                .filter(move |number| dead.next_if_eq(number).is_none())
                .map(move |number| DocumentRef { segment, number })
        })
    }

    /// Live documents.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.parts().iter().map(|part| part.segment.documents() as usize - part.dead.len()).sum()
    }

    /// The id of a document, live or not.
    ///
    /// # Errors
    /// [`IndexError::NoDocument`], or when its bytes are damaged.
    pub fn document_id(&self, at: DocumentRef) -> Result<DocumentId, IndexError> {
        self.part(at)?.segment.document_id(at.number)
    }

    /// What was given of a document, live or not.
    ///
    /// # Errors
    /// [`IndexError::NoDocument`], or when its bytes are damaged.
    pub fn record(&self, at: DocumentRef) -> Result<DocumentRecord, IndexError> {
        self.part(at)?.segment.record(at.number)
    }

    /// Labels, trust and language of a document, live or not, without reading its record.
    ///
    /// # Errors
    /// [`IndexError::NoDocument`], or when its bytes are damaged.
    pub fn class(&self, at: DocumentRef) -> Result<&Class, IndexError> {
        self.part(at)?.segment.class(at.number)
    }

    /// The document of a chunk; logarithmic in the number of documents.
    ///
    /// # Errors
    /// [`IndexError::NoChunk`], or when its bytes are damaged.
    pub fn document_of(&self, at: ChunkRef) -> Result<DocumentRef, IndexError> {
        let missing = IndexError::NoChunk { segment: at.segment, ordinal: at.ordinal };
        match self.parts().get(at.segment as usize) {
            Some(part) if (at.ordinal as usize) < part.segment.chunks() => {
                Ok(DocumentRef { segment: at.segment, number: part.segment.document_of(at.ordinal)? })
            }
            _ => Err(missing),
        }
    }

    /// The chunks of a document, live or not, in their order.
    ///
    /// # Errors
    /// [`IndexError::NoDocument`], or when its bytes are damaged.
    pub fn chunks_of(
        &self,
        at: DocumentRef,
    ) -> Result<impl ExactSizeIterator<Item = ChunkRef> + use<>, IndexError> {
        let range = self.part(at)?.segment.chunks_of(at.number)?;
        let segment = at.segment;
        Ok(range.map(move |ordinal| ChunkRef { segment, ordinal }))
    }

    fn part(&self, at: DocumentRef) -> Result<&Part, IndexError> {
        let missing = IndexError::NoDocument { number: at.number, documents: 0 };
        self.parts().get(at.segment as usize).ok_or(missing)
    }
}
