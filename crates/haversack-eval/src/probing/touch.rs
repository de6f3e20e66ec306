use super::{CauseError, Ledger};
use crate::stats::Random;
use crate::{Oracle, Subset};

/// Passes in a row that find nothing after which no more are made.
const QUIET: usize = 6;
/// Passes at the most.
const PASSES: usize = 60;

/// The changes that can touch the pack of a task, ascending.
///
/// A pass goes from one context to another by making or taking back, in a random order, every change that is not known to
/// touch. Where the packs at both ends of a stretch differ, it is halved, down to a single change whose packs before and
/// after differ: a witness. The first pass goes from A to B, the others from A, from B and from random contexts, until
/// six in a row find nothing.
///
/// Cost: 2 packs for each pass that finds nothing (12 in all for a task that nothing touches), and about log2(n) for each
/// change found. A change that touches the pack in a share `q` of random contexts is missed with a chance of about
/// (1 - q)^6 at the most; and one whose touch another change of the same stretch undoes to the byte at every pass.
pub(crate) fn touching<O: Oracle>(
    ledger: &mut Ledger<'_, O>,
    task: usize,
    random: &mut Random,
) -> Result<Vec<usize>, CauseError<O::Error>> {
    let changes = ledger.changes();
    let mut known = vec![false; changes];
    let mut quiet = 0;
    for pass in 0..PASSES {
        let mut unknown: Vec<usize> = (0..changes).filter(|number| !known[*number]).collect();
        if quiet >= QUIET || unknown.is_empty() {
            break;
        }
        random.shuffle(&mut unknown);
        let from = match pass {
            0 | 1 => Subset::none(changes),
            2 => Subset::all(changes),
            _ => coin_flips(changes, random),
        };
        let found = walk(ledger, task, &from, &unknown)?;
        quiet = if found.is_empty() { quiet + 1 } else { 0 };
        found.into_iter().for_each(|number| known[number] = true);
    }
    Ok((0..changes).filter(|number| known[*number]).collect())
}

/// The changes whose taking back alone, from a context that has all, changes the pack of a task: ascending.
///
/// Groups are taken back together and halved while that changes the pack; about 2 log2(n) packs for each that is found, one
/// for a task that none touches.
pub(crate) fn touching_at<O: Oracle>(
    ledger: &mut Ledger<'_, O>,
    task: usize,
) -> Result<Vec<usize>, CauseError<O::Error>> {
    let changes = ledger.changes();
    let full = Subset::all(changes);
    let whole = ledger.packs(task, std::slice::from_ref(&full))?;
    let (mut groups, mut found) = (vec![(0, changes)], Vec::new());
    groups.retain(|(from, to)| to > from);
    while !groups.is_empty() {
        let contexts: Vec<Subset> = groups
            .iter()
            .map(|(from, to)| {
                let mut context = full.clone();
                (*from..*to).for_each(|number| context.set(number, false));
                context
            })
            .collect();
        let packs = ledger.packs(task, &contexts)?;
        let mut smaller = Vec::new();
        for ((from, to), pack) in groups.into_iter().zip(packs) {
            match (Some(&pack) == whole.first(), to - from) {
                (true, _) => {}
                (false, 1) => found.push(from),
                (false, size) => smaller.extend([(from, from + size / 2), (from + size / 2, to)]),
            }
        }
        groups = smaller;
    }
    found.sort_unstable();
    Ok(found)
}

/// That hints name changes that there are, for every task.
pub(crate) fn check_hints<E>(
    hints: &[Vec<usize>],
    tasks: usize,
    changes: usize,
) -> Result<(), CauseError<E>> {
    let wrong = |numbers: &Vec<usize>| numbers.iter().any(|number| *number >= changes);
    let first = hints.iter().position(wrong).or((hints.len() != tasks).then_some(hints.len().min(tasks)));
    first.map_or(Ok(()), |task| Err(CauseError::Hints { task, tasks, changes }))
}

/// The changes along a path, in an order, each of which alters the pack where the path comes to it.
fn walk<O: Oracle>(
    ledger: &mut Ledger<'_, O>,
    task: usize,
    from: &Subset,
    order: &[usize],
) -> Result<Vec<usize>, CauseError<O::Error>> {
    let along = |steps: usize| {
        let mut context = from.clone();
        order.iter().take(steps).for_each(|number| context.set(*number, !from.has(*number)));
        context
    };
    let ends = ledger.packs(task, &[along(0), along(order.len())])?;
    let [first, last] = ends[..] else { return Ok(Vec::new()) };
    let (mut stretches, mut found) = (vec![(0, first, order.len(), last)], Vec::new());
    loop {
        stretches.retain(|(_, before, _, after)| before != after);
        found.extend(stretches.iter().filter(|(left, _, right, _)| right - left == 1).map(|s| order[s.0]));
        stretches.retain(|(left, _, right, _)| right - left > 1);
        if stretches.is_empty() {
            return Ok(found);
        }
        let middles: Vec<Subset> =
            stretches.iter().map(|(left, _, right, _)| along((left + right) / 2)).collect();
        let packs = ledger.packs(task, &middles)?;
        stretches = stretches
            .into_iter()
            .zip(packs)
            .flat_map(|((left, before, right, after), pack)| {
                let middle = (left + right) / 2;
                [(left, before, middle, pack), (middle, pack, right, after)]
            })
            .collect();
    }
}

fn coin_flips(changes: usize, random: &mut Random) -> Subset {
    let mut subset = Subset::none(changes);
    (0..changes).for_each(|number| subset.set(number, random.next() >> 63 == 1));
    subset
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use haversack_model::Digest;

    use super::*;
    use crate::Probe;

    /// A pack with room for the first few changes that are made, of those that the task can see.
    struct Crowded {
        changes: usize,
        seen: usize,
        room: usize,
    }

    impl Oracle for Crowded {
        type Error = Infallible;

        fn changes(&self) -> usize {
            self.changes
        }

        fn tasks(&self) -> usize {
            1
        }

        fn packs(&mut self, _: usize, contexts: &[Subset]) -> Result<Vec<Digest>, Infallible> {
            let pack = |context: &Subset| {
                let inside = context.numbers().filter(|number| *number < self.seen).take(self.room);
                Digest::of(&inside.flat_map(usize::to_le_bytes).collect::<Vec<u8>>())
            };
            Ok(contexts.iter().map(pack).collect())
        }

        fn outcomes(&mut self, _: &[Probe]) -> Result<Vec<f64>, Infallible> {
            Ok(Vec::new())
        }

        fn calls(&self) -> u64 {
            0
        }
    }

    #[test]
    fn changes_that_touch_are_found_in_few_packs_also_behind_others() {
        let mut oracle = Crowded { changes: 500, seen: 8, room: 3 };
        let mut ledger = Ledger::new(&mut oracle, None);
        let found = touching(&mut ledger, 0, &mut Random::new(1)).unwrap();
        // Number 7 enters only where at most two of seven others are made: in 29 of 128 contexts.
        assert_eq!(found, (0..8).collect::<Vec<_>>());
        assert!(ledger.packs_made() < 150, "{} packs", ledger.packs_made());
        assert_eq!(touching_at(&mut ledger, 0).unwrap(), [0, 1, 2]);
    }

    #[test]
    fn a_task_that_nothing_touches_takes_a_few_packs() {
        let mut oracle = Crowded { changes: 1000, seen: 0, room: 3 };
        let mut ledger = Ledger::new(&mut oracle, None);
        assert!(touching(&mut ledger, 0, &mut Random::new(1)).unwrap().is_empty());
        assert_eq!(ledger.packs_made(), 12);
    }
}
