//! Whether the segments of an index fit together.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::index::Index;
use crate::{IndexError, Problem};

/// The next document of a segment: its id, the segment, its number there; the least id first.
type Next<'a> = Reverse<(&'a str, usize, u32)>;

impl Index {
    /// Checks what concerns several segments: that no document is live in two of them, and that the counts of live documents
    /// and chunks are those of the segments. The bytes of each segment are checked by [`Segment::verify`](crate::Segment::verify).
    ///
    /// # Errors
    /// When bytes that it needs are damaged.
    pub fn verify(&self) -> Result<Vec<Problem>, IndexError> {
        let mut problems = Vec::new();
        let mut problem = |detail: String| problems.push(Problem { file: "index".to_owned(), detail });
        // Documents of each segment ascend: the least of all is always among the first of each.
        let mut live: Vec<_> = self
            .parts()
            .iter()
            .map(|part| {
                let mut dead = part.dead.iter().peekable();
                (0..part.segment.documents()).filter(move |number| dead.next_if_eq(number).is_none())
            })
            .collect();
        let mut next = |segment: usize| -> Result<Option<Next<'_>>, IndexError> {
            let (Some(numbers), Some(part)) = (live.get_mut(segment), self.parts().get(segment)) else {
                return Ok(None);
            };
            let Some(number) = numbers.next() else { return Ok(None) };
            Ok(Some(Reverse((part.segment.documents.name_at(number as usize)?, segment, number))))
        };
        let mut heap = BinaryHeap::new();
        for segment in 0..self.parts().len() {
            heap.extend(next(segment)?);
        }
        let (mut before, mut documents, mut chunks) = (None, 0_usize, 0_usize);
        while let Some(Reverse((name, segment, number))) = heap.pop() {
            if before == Some(name) {
                problem(format!("document `{name}` is live in two segments"));
            }
            before = Some(name);
            documents += 1;
            if let Some(part) = self.parts().get(segment) {
                chunks += part.segment.chunks_of(number)?.len();
            }
            heap.extend(next(segment)?);
        }
        if documents != self.documents() || chunks != self.len() {
            problem(format!(
                "{documents} documents with {chunks} chunks live instead of {} with {}",
                self.documents(),
                self.len()
            ));
        }
        Ok(problems)
    }
}
