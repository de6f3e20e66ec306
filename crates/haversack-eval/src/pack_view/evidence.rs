use std::collections::BTreeSet;

use super::{Gold, PackView};

/// Gold documents with a passage in the pack, over all gold documents.
pub(crate) fn share(gold: &Gold, pack: &PackView) -> Option<f64> {
    let wanted: BTreeSet<_> = gold.documents.iter().collect();
    if wanted.is_empty() {
        return None;
    }
    let cited: BTreeSet<_> = pack.passages.iter().map(|passage| &passage.document).collect();
    Some(wanted.intersection(&cited).count() as f64 / wanted.len() as f64)
}

#[cfg(test)]
mod tests {
    use haversack_model::Span;

    use super::super::PassageView;
    use super::*;

    #[test]
    fn documents_count_once() {
        let passage = |id: &str| PassageView { document: id.parse().unwrap(), span: Span::new(0, 1) };
        let pack =
            PackView { text: String::new(), passages: vec![passage("c/a"), passage("c/a"), passage("c/x")] };
        let documents = ["c/a", "c/b", "c/a"].map(|id| id.parse().unwrap()).to_vec();
        assert_eq!(share(&Gold { documents, ..Gold::default() }, &pack), Some(0.5));
        assert_eq!(share(&Gold::default(), &pack), None);
    }
}
