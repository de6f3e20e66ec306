use super::normal;

/// The quantile of Student's distribution that a two-sided interval of this confidence goes to.
///
/// The normal quantile, then the expansion of Cornish and Fisher in 1 / `freedom` (Abramowitz and Stegun 26.7.5), which is
/// within 1 % from 3 degrees of freedom on.
pub(crate) fn two_sided(confidence: f64, freedom: f64) -> f64 {
    let (z, nu) = (normal::quantile(0.5 + 0.5 * confidence), freedom.max(1.0));
    let (z2, z3) = (z * z, z * z * z);
    let z5 = z3 * z2;
    let z7 = z5 * z2;
    z + (z3 + z) / (4.0 * nu)
        + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * nu * nu)
        + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * nu * nu * nu)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_tables() {
        for (confidence, freedom, table) in
            [(0.95, 1e9, 1.95996), (0.95, 5.0, 2.5706), (0.95, 10.0, 2.2281), (0.9, 30.0, 1.6973)]
        {
            let quantile = two_sided(confidence, freedom);
            assert!((quantile - table).abs() < 0.005, "{quantile} is not {table}");
        }
    }
}
