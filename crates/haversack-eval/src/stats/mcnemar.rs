use super::binomial;

/// Two-sided p-values of McNemar's test of `only_a` against `only_b` tasks that passed in one version only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct McNemar {
    /// Exact given the number of such tasks: below alpha in at most alpha of comparisons without a difference, and mostly in
    /// far fewer.
    pub(crate) exact: f64,
    /// With half of the probability of what was seen (Lancaster 1961; Fagerland, Lydersen and Laake, "The McNemar test for
    /// binary matched-pairs data: mid-p and asymptotic are better than exact conditional", BMC Med. Res. Methodol. 13:91,
    /// 2013).
    pub(crate) mid: f64,
}

/// McNemar's test: without a difference, each task that passed in one version only is as likely to have passed in the other.
pub(crate) fn mcnemar(only_a: usize, only_b: usize) -> McNemar {
    let (n, more) = (only_a + only_b, only_a.max(only_b));
    let exact = (2.0 * binomial::upper_tail(n, more)).min(1.0);
    if only_a == only_b {
        return McNemar { exact: 1.0, mid: 1.0 };
    }
    McNemar { exact, mid: exact - binomial::point(n, more, 0.5) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_scipy() {
        // scipy 1.17.1: binomtest(2, 14, 0.5).pvalue, and that minus binom.pmf(2, 14, 0.5).
        let test = mcnemar(2, 12);
        assert!((test.exact - 0.012_939_453_125).abs() < 1e-14);
        assert!((test.mid - 0.007_385_253_906_25).abs() < 1e-14);
        assert_eq!(test, mcnemar(12, 2));
    }

    #[test]
    fn nothing_seen_says_nothing() {
        assert_eq!(mcnemar(0, 0), McNemar { exact: 1.0, mid: 1.0 });
        assert_eq!(mcnemar(7, 7), McNemar { exact: 1.0, mid: 1.0 });
        assert!((mcnemar(0, 1).exact - 1.0).abs() < 1e-12);
    }
}
