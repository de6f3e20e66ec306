use crate::stats::Random;

/// Orders of `passages` passages in which each stands at each position equally often: all rotations of one or more orders, of
/// which the first is the given one and the rest are drawn from a seed. At least `wanted` orders where there are so many, the
/// given one first; none are twice. One passage, or none, has one order.
#[must_use]
pub fn orders(passages: usize, wanted: usize, seed: u64) -> Vec<Vec<usize>> {
    let given: Vec<usize> = (0..passages).collect();
    if passages < 2 {
        return vec![given];
    }
    let mut random = Random::new(seed);
    let mut found: Vec<Vec<usize>> = rotations(&given);
    // (n - 1)! circular orders have n rotations each.
    let circles: usize =
        (2..passages).try_fold(1_usize, |product, n| product.checked_mul(n)).unwrap_or(usize::MAX);
    let mut circle = 1;
    while found.len() < wanted && circle < circles {
        let mut order = given.clone();
        random.shuffle(&mut order);
        if !found.contains(&order) {
            found.extend(rotations(&order));
            circle += 1;
        }
    }
    found
}

fn rotations(order: &[usize]) -> Vec<Vec<usize>> {
    (0..order.len()).map(|by| [&order[by..], &order[..by]].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_passage_stands_everywhere_equally_often() {
        for (passages, wanted) in [(2, 2), (3, 6), (5, 12), (7, 1)] {
            let found = orders(passages, wanted, 5);
            assert!(found.len() >= wanted && found[0] == (0..passages).collect::<Vec<_>>());
            for place in 0..passages {
                for passage in 0..passages {
                    let times = found.iter().filter(|order| order[place] == passage).count();
                    assert_eq!(times, found.len() / passages);
                }
            }
            let distinct: std::collections::BTreeSet<_> = found.iter().collect();
            assert_eq!(distinct.len(), found.len());
        }
        assert_eq!(orders(3, 100, 1).len(), 6);
        assert_eq!((orders(0, 4, 1).len(), orders(1, 4, 1).len()), (1, 1));
        assert_eq!(orders(6, 20, 9), orders(6, 20, 9));
    }
}
