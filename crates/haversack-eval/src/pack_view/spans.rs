use std::collections::BTreeMap;

use haversack_model::{DocumentId, Span};

use super::{Gold, PackView};

/// Bytes of gold spans that passages cover, over all bytes of gold spans; overlaps count once.
pub(crate) fn recall(gold: &Gold, pack: &PackView) -> Option<f64> {
    let wanted = gold_bytes(gold);
    let all = total(&wanted);
    (all > 0).then(|| shared(&wanted, &pack_bytes(pack)) as f64 / all as f64)
}

/// Bytes of passages that lie in gold spans, over all bytes of passages; overlaps count once, and an empty
/// pack gives 0.
pub(crate) fn precision(gold: &Gold, pack: &PackView) -> Option<f64> {
    let wanted = gold_bytes(gold);
    if total(&wanted) == 0 {
        return None;
    }
    let given = pack_bytes(pack);
    let all = total(&given);
    Some(if all == 0 { 0.0 } else { shared(&wanted, &given) as f64 / all as f64 })
}

/// Disjoint spans in ascending order, per document.
type Bytes<'a> = BTreeMap<&'a DocumentId, Vec<Span>>;

fn gold_bytes(gold: &Gold) -> Bytes<'_> {
    disjoint(gold.spans.iter().map(|span| (&span.document, Span::new(span.from, span.to))))
}

fn pack_bytes(pack: &PackView) -> Bytes<'_> {
    disjoint(pack.passages.iter().map(|passage| (&passage.document, passage.span)))
}

fn disjoint<'a>(spans: impl Iterator<Item = (&'a DocumentId, Span)>) -> Bytes<'a> {
    let mut bytes: Bytes<'a> = BTreeMap::new();
    for (document, span) in spans.filter(|(_, span)| !span.is_empty()) {
        bytes.entry(document).or_default().push(span);
    }
    for spans in bytes.values_mut() {
        spans.sort_unstable();
        let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans.drain(..) {
            match merged.last_mut() {
                Some(last) if span.from <= last.to => *last = last.union(&span),
                _ => merged.push(span),
            }
        }
        *spans = merged;
    }
    bytes
}

fn total(bytes: &Bytes<'_>) -> u128 {
    bytes.values().flatten().map(|span| span.len() as u128).sum()
}

fn shared(a: &Bytes<'_>, b: &Bytes<'_>) -> u128 {
    let pairs = a.iter().filter_map(|(document, spans)| Some((spans, b.get(document)?)));
    pairs.map(|(a, b)| shared_in_one(a, b)).sum()
}

fn shared_in_one(mut a: &[Span], mut b: &[Span]) -> u128 {
    let mut sum = 0;
    while let (Some((x, rest_a)), Some((y, rest_b))) = (a.split_first(), b.split_first()) {
        sum += x.to.min(y.to).saturating_sub(x.from.max(y.from)) as u128;
        if x.to <= y.to {
            a = rest_a;
        } else {
            b = rest_b;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::{GoldSpan, PassageView};
    use super::*;

    fn gold(spans: &[(&str, usize, usize)]) -> Gold {
        let span = |(id, from, to): &(&str, usize, usize)| GoldSpan {
            document: id.parse().unwrap(),
            from: *from,
            to: *to,
        };
        Gold { spans: spans.iter().map(span).collect(), ..Gold::default() }
    }

    fn pack(spans: &[(&str, usize, usize)]) -> PackView {
        let passage = |(id, from, to): &(&str, usize, usize)| PassageView {
            document: id.parse().unwrap(),
            span: Span::new(*from, *to),
        };
        PackView { text: String::new(), passages: spans.iter().map(passage).collect() }
    }

    #[test]
    fn bytes_are_counted_once() {
        // Gold: 0..10 and 20..30 of a, 0..20 of b. Given: 5..25 of a (twice over), 100..110 of c.
        let gold = gold(&[("c/a", 20, 30), ("c/a", 0, 10), ("c/a", 2, 8), ("c/b", 0, 20)]);
        let given = pack(&[("c/a", 5, 20), ("c/a", 10, 25), ("c/c", 100, 110)]);
        assert_eq!(recall(&gold, &given), Some(10.0 / 40.0));
        assert_eq!(precision(&gold, &given), Some(10.0 / 30.0));
        assert_eq!((recall(&gold, &pack(&[])), precision(&gold, &pack(&[]))), (Some(0.0), Some(0.0)));
    }

    #[test]
    fn without_gold_there_is_nothing_to_measure() {
        assert_eq!(recall(&gold(&[]), &pack(&[("c/a", 0, 5)])), None);
        assert_eq!(precision(&gold(&[("c/a", 5, 5)]), &pack(&[("c/a", 0, 5)])), None);
    }
}
