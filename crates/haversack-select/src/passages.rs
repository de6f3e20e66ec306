use haversack_model::{Candidate, Lines, Order, Passage};

use crate::citation;
use crate::ranking::score;

/// A passage, and which candidates (by place in the ranking) it is made of, in the order of the document.
#[derive(Debug, Clone)]
pub(crate) struct Joined {
    pub(crate) passage: Passage,
    pub(crate) members: Vec<usize>,
}

/// Makes passages of the kept candidates, in the order asked for.
///
/// With `merge`, chunks that touch in one document become one passage: spans that do not overlap concatenate exactly.
pub(crate) fn join(ranking: &[Candidate], kept: &[usize], merge: bool, order: Order) -> Vec<Joined> {
    let mut kept = kept.to_vec();
    kept.sort_by_key(|i| (&ranking[*i].chunk.document, ranking[*i].chunk.span, *i));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for i in kept {
        match groups.last_mut() {
            Some(group) if merge && group.last().is_some_and(|last| touch(&ranking[*last], &ranking[i])) => {
                group.push(i);
            }
            _ => groups.push(vec![i]),
        }
    }
    arrange(&mut groups, order);
    groups.into_iter().map(|members| Joined { passage: passage(ranking, &members), members }).collect()
}

/// Whether `b` begins where `a` ends.
pub(crate) fn touch(a: &Candidate, b: &Candidate) -> bool {
    a.chunk.span.to == b.chunk.span.from && a.chunk.document == b.chunk.document
}

/// Puts groups, given in document order, in the order asked for.
fn arrange(groups: &mut Vec<Vec<usize>>, order: Order) {
    let best = |group: &Vec<usize>| group.iter().copied().min();
    match order {
        Order::Document => {}
        Order::Relevance => groups.sort_by_key(best),
        Order::Edges => {
            // Models use what stands at either end best, and what stands in the middle worst (Liu et al. 2023,
            // "Lost in the Middle"): best first, second best last, and so on inward.
            groups.sort_by_key(best);
            let (mut front, mut back) = (Vec::new(), Vec::new());
            for (place, group) in groups.drain(..).enumerate() {
                if place % 2 == 0 { front.push(group) } else { back.push(group) }
            }
            back.reverse();
            front.append(&mut back);
            *groups = front;
        }
    }
}

/// One passage of chunks that touch, given in document order. `tokens` is filled for a lone chunk only.
pub(crate) fn passage(ranking: &[Candidate], members: &[usize]) -> Passage {
    let best = &ranking[members.iter().copied().min().unwrap_or_default()];
    let first = &ranking[members.first().copied().unwrap_or_default()];
    let (mut span, mut lines, mut trust) = (first.chunk.span, first.chunk.lines, first.trust);
    let mut breadcrumb = first.chunk.breadcrumb.as_slice();
    let mut text = String::new();
    for candidate in members.iter().map(|i| &ranking[*i]) {
        let chunk = &candidate.chunk;
        span = span.union(&chunk.span);
        lines = Lines { first: lines.first.min(chunk.lines.first), last: lines.last.max(chunk.lines.last) };
        trust = trust.min(candidate.trust);
        let shared = breadcrumb.iter().zip(&chunk.breadcrumb).take_while(|(a, b)| a == b).count();
        breadcrumb = &breadcrumb[..shared];
        text.push_str(&chunk.text);
    }
    Passage {
        citation: citation(&first.chunk.document, lines),
        document: first.chunk.document.clone(),
        span,
        lines,
        tokens: if members.len() == 1 { first.tokens } else { 0 },
        trust,
        score: score(best).unwrap_or(0.0),
        scores: best.scores,
        breadcrumb: breadcrumb.to_vec(),
        text,
    }
}
