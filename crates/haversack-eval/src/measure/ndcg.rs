//! Discounted cumulative gain, against that of the best possible ranking.

use crate::Judged;

/// Sum of grade / log2(rank + 1) over the first `k` ranks, over the same sum of the ideal ranking.
///
/// The gain is the grade itself (linear), as in trec_eval, not 2^grade - 1; the ideal ranking is made of all
/// judged documents, retrieved or not. Järvelin and Kekäläinen, ACM TOIS 20 (2002), pages 422 to 446, with
/// the discount at every rank.
pub(super) fn at(judged: &Judged, k: usize) -> f64 {
    let ideal = dcg(judged.ideal().take(k));
    if ideal > 0.0 { dcg(judged.gains().take(k)) / ideal } else { 0.0 }
}

/// Mean of nDCG over the ranks of relevant documents, those never retrieved counting at the end of the ranking.
pub(super) fn at_relevant(judged: &Judged) -> f64 {
    let relevant = judged.ideal().count();
    if relevant == 0 {
        return 0.0;
    }
    let whole = dcg(judged.ideal());
    let mut ideal = judged.ideal();
    let (mut got, mut best, mut sum, mut found) = (0.0, 0.0, 0.0, 0);
    for (index, gain) in judged.gains().enumerate() {
        got += discounted(index, gain);
        best += ideal.next().map_or(0.0, |gain| discounted(index, gain));
        if gain > 0 {
            sum += got / best;
            found += 1;
        }
    }
    (sum + (relevant - found) as f64 * got / whole) / relevant as f64
}

/// Mean of nDCG over the ranks at which the ideal ranking goes from one grade to the next, and at the end of
/// the ranking if it is longer than the ideal one.
pub(super) fn at_grade_changes(judged: &Judged) -> f64 {
    let ideal: Vec<u32> = judged.ideal().collect();
    if ideal.is_empty() {
        return 0.0;
    }
    let changes = (1..=ideal.len()).filter(|rank| ideal.get(*rank) != ideal.get(rank - 1));
    let mut values: Vec<f64> = changes.map(|rank| at(judged, rank)).collect();
    // The reference looks for a longer ranking only after it has seen one document past the ideal one.
    if judged.ranking.len() > ideal.len() + 1 {
        values.push(at(judged, usize::MAX));
    }
    values.iter().sum::<f64>() / values.len() as f64
}

/// Gain discounted by effort: a graded cousin of average precision (trec_eval's experimental `G`).
pub(super) fn normalised_gain(judged: &Judged) -> f64 {
    let total: f64 = judged.ideal().map(f64::from).sum();
    if total == 0.0 {
        return 0.0;
    }
    let mut ideal = judged.ideal();
    let (mut gained, mut cost, mut sum) = (0.0, 0.0, 0.0);
    for gain in judged.gains().map(f64::from) {
        gained += gain;
        cost += ideal.next().map_or(1.0, f64::from).max(1.0);
        if gain > 0.0 {
            sum += gain / libm::log2(2.0 + cost - gained);
        }
    }
    sum / total
}

/// The same for relevant or not (trec_eval's experimental `binG`).
pub(super) fn binary_gain(ranking: crate::judged::Binary<'_>) -> f64 {
    let mut misses = 0_u32;
    let mut sum = 0.0;
    for hit in ranking.hits() {
        if hit {
            sum += 1.0 / libm::log2(f64::from(misses) + 2.0);
        } else {
            misses += 1;
        }
    }
    if ranking.relevant == 0 { 0.0 } else { sum / ranking.relevant as f64 }
}

fn dcg(gains: impl Iterator<Item = u32>) -> f64 {
    gains.enumerate().map(|(index, gain)| discounted(index, gain)).sum()
}

fn discounted(index: usize, gain: u32) -> f64 {
    if gain == 0 { 0.0 } else { f64::from(gain) / libm::log2((index + 2) as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judged::drawn;

    #[test]
    fn linear_gain_over_the_ideal_of_all_judged() {
        // Got 1/log2(2) + 3/log2(4) = 2.5; ideal 3/1 + 2/log2(3) + 1/2 = 4.7618595...
        let judged = drawn("1-3", &[2]);
        assert!((at(&judged, usize::MAX) - 2.5 / 4.761_859_507_142_915).abs() < 1e-12);
        assert!((at(&judged, 1) - 1.0 / 3.0).abs() < 1e-12);
        assert!((at(&drawn("321-", &[]), 10) - 1.0).abs() < 1e-12);
        assert_eq!(at(&drawn("-?.", &[]), 10), 0.0);
        assert_eq!(at(&drawn("", &[1]), 10), 0.0);
    }

    #[test]
    fn perfect_rankings_give_one_by_every_definition() {
        let judged = drawn("3321-", &[]);
        for value in [at_relevant(&judged), at_grade_changes(&judged), binary_gain(judged.at(1))] {
            assert!((value - 1.0).abs() < 1e-12);
        }
        assert!((normalised_gain(&drawn("11", &[])) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn points_of_the_means() {
        // nDCG at rank 2 is 1/log2(3); the other relevant document never comes; ideal is 1 + 1/log2(3).
        let judged = drawn("-+", &[1]);
        let at_two = (1.0 / libm::log2(3.0)) / (1.0 + 1.0 / libm::log2(3.0));
        assert!((at_relevant(&judged) - at_two).abs() < 1e-12);
        assert!((at_grade_changes(&judged) - at_two).abs() < 1e-12);
        // One miss before the only hit: 1 / log2(3), by both gains.
        assert!((binary_gain(drawn("-+", &[]).at(1)) - 1.0 / libm::log2(3.0)).abs() < 1e-12);
        assert!((normalised_gain(&drawn("-+", &[])) - 1.0 / libm::log2(3.0)).abs() < 1e-12);
    }
}
