use std::collections::{BTreeMap, VecDeque};

use haversack_model::{DocumentId, Pack};

use super::PassageMove;

/// What tells passages of two packs apart.
type Key<'p> = (&'p DocumentId, &'p str);

/// Passages that entered, left and moved. Of passages with the same document and text the first in A is the first in B.
pub(super) fn compare(a: &Pack, b: &Pack) -> (Vec<String>, Vec<String>, Vec<PassageMove>) {
    let mut places = places(a);
    let (mut entered, mut moved) = (Vec::new(), Vec::new());
    for (index, passage) in b.passages.iter().enumerate() {
        let key = (&passage.document, passage.text.as_str());
        match places.get_mut(&key).and_then(VecDeque::pop_front) {
            None => entered.push(passage.citation.clone()),
            Some(before) if before != index => {
                let citation = passage.citation.clone();
                moved.push(PassageMove { citation, a: before + 1, b: index + 1 });
            }
            Some(_) => {}
        }
    }
    let mut left: Vec<usize> = places.into_values().flatten().collect();
    left.sort_unstable();
    let left = left.into_iter().filter_map(|index| a.passages.get(index));
    (entered, left.map(|passage| passage.citation.clone()).collect(), moved)
}

/// Positions of each passage, ascending.
fn places(pack: &Pack) -> BTreeMap<Key<'_>, VecDeque<usize>> {
    let mut places: BTreeMap<Key<'_>, VecDeque<usize>> = BTreeMap::new();
    for (index, passage) in pack.passages.iter().enumerate() {
        places.entry((&passage.document, passage.text.as_str())).or_default().push_back(index);
    }
    places
}
