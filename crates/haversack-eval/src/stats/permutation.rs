use super::random::{Random, seed};

/// Up to this many tasks that differ, all sign flips are walked through.
const ENUMERATED: usize = 12;

/// The largest denominator that differences on a lattice may have: means of up to some ten trials of each side.
const DENOMINATORS: u32 = 240;

/// Steps that the exact sum over a lattice may take.
const STEPS: usize = 20_000_000;

/// Two-sided p-values of the paired sign-flip test of "each difference is as likely to have the other sign".
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Permutation {
    /// P(|sum| >= what was seen): below alpha in at most alpha of comparisons without a difference, less where sums tie.
    pub(crate) conservative: f64,
    /// With half of P(|sum| = what was seen) (Lancaster, "Significance tests in discrete distributions", JASA 56, 1961): close to
    /// alpha where sums tie, the same where they do not.
    pub(crate) mid: f64,
    /// Whether every sign flip was counted; else they were drawn.
    pub(crate) exact: bool,
}

/// The sign-flip test of the mean.
///
/// Exact when few tasks differ (all flips), and when all differences are multiples of one fraction, as means of pass/fail trials are
/// (the distribution of the sum, by dynamic programming in n^2 times the denominator). Otherwise `draws` random flips, with the
/// rule (b + 1) / (m + 1) that keeps the test valid (Davison and Hinkley 1997, section 4.2; Phipson and Smyth 2010).
pub(crate) fn sign_flips(differences: &[f64], draws: usize) -> Permutation {
    // Ties add nothing to any sum.
    let sizes: Vec<f64> = differences.iter().filter(|d| **d != 0.0).map(|d| d.abs()).collect();
    let seen = differences.iter().sum::<f64>().abs();
    if sizes.len() <= ENUMERATED {
        return enumerated(&sizes, seen);
    }
    if let Some((steps, seen)) = lattice(&sizes, seen) {
        return summed(&steps, seen);
    }
    drawn(&sizes, seen, draws)
}

/// Counts flips whose sum is larger than, and equal to, what was seen.
#[derive(Default)]
struct Count {
    above: u64,
    equal: u64,
}

impl Count {
    /// Sums that differ by rounding alone are equal.
    fn add(&mut self, sum: f64, seen: f64, scale: f64) {
        let over = sum.abs() - seen;
        if over.abs() <= 1e-12 * scale {
            self.equal += 1;
        } else if over > 0.0 {
            self.above += 1;
        }
    }
}

fn enumerated(sizes: &[f64], seen: f64) -> Permutation {
    let scale: f64 = sizes.iter().sum();
    let mut count = Count::default();
    let flips = 1_u64 << sizes.len();
    for flip in 0..flips {
        let signed = |(bit, size): (usize, &f64)| if flip >> bit & 1 == 1 { *size } else { -size };
        count.add(sizes.iter().enumerate().map(signed).sum(), seen, scale);
    }
    let share = |count: f64| count / flips as f64;
    Permutation {
        conservative: share((count.above + count.equal) as f64),
        // All equal, as without any difference: nothing was learnt.
        mid: if count.equal == flips { 1.0 } else { share(count.above as f64 + 0.5 * count.equal as f64) },
        exact: true,
    }
}

/// Sizes and sum as multiples of the largest unit that they are all multiples of, if there is one.
fn lattice(sizes: &[f64], seen: f64) -> Option<(Vec<usize>, usize)> {
    for denominator in 1..=DENOMINATORS {
        let units = |value: f64| value * f64::from(denominator);
        if sizes.iter().all(|size| (units(*size) - units(*size).round()).abs() < 1e-9) {
            let steps: Vec<usize> = sizes.iter().map(|size| units(*size).round() as usize).collect();
            let cost = steps.iter().sum::<usize>().saturating_mul(steps.len());
            return (cost <= STEPS).then(|| (steps, units(seen).round() as usize));
        }
    }
    None
}

/// The distribution of the sum of those steps that are positive; the signed sum is twice that, minus all.
fn summed(steps: &[usize], seen: usize) -> Permutation {
    let total: usize = steps.iter().sum();
    let mut chance = vec![0.0_f64; total + 1];
    chance[0] = 1.0;
    let mut reached = 0;
    for step in steps {
        reached += step;
        for sum in (0..=reached).rev() {
            let taken = if sum >= *step { chance[sum - step] } else { 0.0 };
            chance[sum] = 0.5 * (chance[sum] + taken);
        }
    }
    let (mut above, mut equal) = (0.0, 0.0);
    for (sum, chance) in chance.iter().enumerate() {
        match (2 * sum).abs_diff(total).cmp(&seen) {
            std::cmp::Ordering::Greater => above += chance,
            std::cmp::Ordering::Equal => equal += chance,
            std::cmp::Ordering::Less => {}
        }
    }
    // Half of a sum of 0 has both signs: nothing lies below it.
    Permutation { conservative: (above + equal).min(1.0), mid: (above + 0.5 * equal).min(1.0), exact: true }
}

fn drawn(sizes: &[f64], seen: f64, draws: usize) -> Permutation {
    let scale: f64 = sizes.iter().sum();
    let tables: Vec<[f64; 256]> = sizes.chunks(8).map(signed_sums).collect();
    let mut random = Random::new(seed(sizes));
    let mut count = Count::default();
    for _ in 0..draws {
        let mut sum = 0.0;
        for tables in tables.chunks(8) {
            let signs = random.next().to_le_bytes();
            sum += tables.iter().zip(signs).map(|(table, signs)| table[usize::from(signs)]).sum::<f64>();
        }
        count.add(sum, seen, scale);
    }
    let share = |count: f64| ((count + 1.0) / (draws as f64 + 1.0)).min(1.0);
    Permutation {
        conservative: share((count.above + count.equal) as f64),
        mid: share(count.above as f64 + 0.5 * count.equal as f64),
        exact: false,
    }
}

/// The sum of up to eight sizes under every choice of signs, so that a byte of random bits costs one addition.
fn signed_sums(sizes: &[f64]) -> [f64; 256] {
    std::array::from_fn(|signs| {
        let signed = |(bit, size): (usize, &f64)| if signs >> bit & 1 == 1 { *size } else { -size };
        sizes.iter().enumerate().map(signed).sum()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATTICE: [f64; 14] =
        [0.5, 0.25, -0.25, 0.0, 0.75, 1.0, -0.5, 0.25, 0.25, 0.0, 0.0, 0.5, 0.75, -0.25];

    #[test]
    fn values_are_those_of_scipy() {
        // scipy 1.17.1: permutation_test((d,), np.sum, permutation_type='samples', n_resamples=np.inf).pvalue.
        let test = sign_flips(&LATTICE, 0);
        assert!((test.conservative - 0.092_773_437_5).abs() < 1e-12 && test.exact, "{test:?}");
        let odd = [0.31, 0.12, -0.07, 0.44, 0.05, -0.21, 0.38, 0.27, 0.02, -0.11];
        assert!((sign_flips(&odd, 0).conservative - 0.123_046_875).abs() < 1e-12);
    }

    #[test]
    fn sums_by_enumeration_by_lattice_and_by_draws_agree() {
        let sizes: Vec<f64> = LATTICE.iter().filter(|d| **d != 0.0).map(|d| d.abs()).collect();
        let seen = LATTICE.iter().sum::<f64>();
        let all = enumerated(&sizes, seen);
        let (steps, units) = lattice(&sizes, seen).unwrap();
        let lattice = summed(&steps, units);
        assert!((all.conservative - lattice.conservative).abs() < 1e-12);
        assert!((all.mid - lattice.mid).abs() < 1e-12 && all.mid < all.conservative);
        // Three standard errors of 20,000 draws.
        let drawn = drawn(&sizes, seen, 20_000);
        assert!((all.conservative - drawn.conservative).abs() < 0.006 && !drawn.exact);
        assert!((all.mid - drawn.mid).abs() < 0.006);
    }

    #[test]
    fn thirds_and_sixths_are_on_a_lattice_and_square_roots_are_not() {
        let (steps, seen) = lattice(&[1.0 / 3.0, 1.0 - 0.5, 2.0 / 3.0 - 0.5], 1.0).unwrap();
        assert_eq!((steps, seen), (vec![2, 3, 1], 6));
        assert_eq!(lattice(&[0.5, 0.5_f64.sqrt()], 1.0), None);
    }

    #[test]
    fn pass_and_fail_are_mcnemars_test() {
        let mut differences = vec![1.0; 12];
        differences.extend([-1.0, -1.0, 0.0]);
        let (flips, tables) = (sign_flips(&differences, 0), super::super::mcnemar::mcnemar(2, 12));
        assert!((flips.conservative - tables.exact).abs() < 1e-12);
        assert!((flips.mid - tables.mid).abs() < 1e-12);
    }

    #[test]
    fn without_a_difference_p_is_one() {
        let nothing = Permutation { conservative: 1.0, mid: 1.0, exact: true };
        assert_eq!(sign_flips(&[0.0; 40], 100), nothing);
        assert_eq!(sign_flips(&[], 100), nothing);
        assert_eq!(sign_flips(&[0.3], 100), nothing);
    }
}
