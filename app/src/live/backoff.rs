//! How long to wait before trying again: longer each time, never all browsers at once.

/// The longest wait, in milliseconds.
const CEILING_MS: u32 = 30_000;
/// After this many failures in a row a socket isn't to be had here, and the page asks by itself.
const HOPELESS_AFTER: u32 = 3;

/// Failures in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Counts a failure and gives the milliseconds to wait, jittered by `random`.
    pub fn fail(&mut self, random: u32) -> u32 {
        let ceiling = 1_000u32.saturating_mul(1 << self.failures.min(10)).min(CEILING_MS);
        self.failures = self.failures.saturating_add(1);
        let half = ceiling / 2;
        half.saturating_add(random % half.max(1))
    }

    /// Forgets the failures.
    pub fn succeed(&mut self) {
        self.failures = 0;
    }

    /// Whether it is time to do without.
    #[must_use]
    pub fn is_hopeless(self) -> bool {
        self.failures >= HOPELESS_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_stay_bounded_and_differ() {
        for random in [0, 1, 12_345, u32::MAX] {
            let mut backoff = Backoff::default();
            for failures in 0..20 {
                let ceiling = if failures < 5 { 1_000 << failures } else { CEILING_MS };
                let wait = backoff.fail(random);
                assert!((ceiling / 2..ceiling).contains(&wait), "{failures} {wait}");
            }
        }
        assert_ne!(Backoff::default().fail(1), Backoff::default().fail(2));
    }

    #[test]
    fn three_failures_in_a_row_are_hopeless_until_one_success() {
        let mut backoff = Backoff::default();
        backoff.fail(0);
        backoff.fail(0);
        assert!(!backoff.is_hopeless());
        backoff.fail(0);
        assert!(backoff.is_hopeless());
        backoff.succeed();
        assert!(!backoff.is_hopeless());
    }
}
