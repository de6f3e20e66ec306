use std::sync::Arc;
use std::time::Duration;

use haversack_model::Digest;

/// How a thread waits; tests do not.
pub(super) type Sleep = Arc<dyn Fn(Duration) + Send + Sync>;

/// Waits by sleeping.
pub(super) fn sleep() -> Sleep {
    Arc::new(std::thread::sleep)
}

/// How often something that failed is tried again, and after how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backoff {
    /// Attempts after the first.
    pub retries: u32,
    /// Wait before the second attempt; it doubles from one attempt to the next.
    pub first: Duration,
    /// Longest wait.
    pub longest: Duration,
}

impl Backoff {
    /// How long to wait after an attempt (from 0) that failed: half of the doubled wait for certain, and of the other
    /// half a part that depends on `what`, so that threads that failed together do not come back together.
    ///
    /// The part is drawn from a hash, not from a clock: the same question waits as long in every run.
    pub fn wait(&self, what: &str, attempt: u32) -> Duration {
        let doubled = self.first.saturating_mul(2u32.saturating_pow(attempt)).min(self.longest);
        let digest = Digest::of(format!("haversack wait\0{what}\0{attempt}").as_bytes());
        let [a, b, ..] = *digest.as_bytes();
        doubled.mul_f64(0.5 + f64::from(u16::from_be_bytes([a, b])) / f64::from(u16::MAX) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn waits_double_within_bounds_and_never_depend_on_the_clock(what in ".{0,8}", attempt in 0u32..80) {
            let backoff = Backoff { retries: 9, first: Duration::from_millis(100), longest: Duration::from_secs(5) };
            let full = Duration::from_millis(100).saturating_mul(2u32.saturating_pow(attempt)).min(backoff.longest);
            let wait = backoff.wait(&what, attempt);
            prop_assert!(wait >= full / 2 && wait <= full);
            prop_assert_eq!(wait, backoff.wait(&what, attempt));
        }
    }

    #[test]
    fn questions_that_fail_together_come_back_apart() {
        let backoff = Backoff { retries: 1, first: Duration::from_secs(1), longest: Duration::from_secs(9) };
        assert_ne!(backoff.wait("t1", 0), backoff.wait("t2", 0));
    }
}
