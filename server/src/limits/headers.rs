//! What an answer says about the limits it was counted under, as
//! draft-ietf-httpapi-ratelimit-headers-10 writes it.

use super::{Class, Policy, Verdict};

/// The values of `RateLimit-Policy` and `RateLimit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitHeaders {
    class: Class,
    policy: Policy,
    remaining: u32,
    frees_in_s: u32,
}

impl LimitHeaders {
    /// Of a request that was decided about.
    #[must_use]
    pub fn new(class: Class, policy: Policy, verdict: &Verdict) -> Self {
        // Up to the next second: who waits that long isn't early.
        let seconds = verdict.frees_in_ms.max(0).saturating_add(999) / 1_000;
        let frees_in_s = u32::try_from(seconds).unwrap_or(u32::MAX);
        Self { class, policy, remaining: verdict.remaining, frees_in_s }
    }

    /// `RateLimit-Policy`: the quota and its window in seconds.
    #[must_use]
    pub fn policy(&self) -> String {
        format!("\"{}\";q={};w={}", self.class.as_str(), self.policy.requests, self.policy.window_s)
    }

    /// `RateLimit`: how many are left, and the seconds until there is room for one more.
    #[must_use]
    pub fn limit(&self) -> String {
        format!("\"{}\";r={};t={}", self.class.as_str(), self.remaining, self.frees_in_s)
    }

    /// `Retry-After` of a refusal, in seconds; at least 1.
    #[must_use]
    pub fn retry_after_s(&self) -> u32 {
        self.frees_in_s.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_as_the_draft_writes_them() {
        let policy = Policy { requests: 600, window_s: 60 };
        let verdict = Verdict { allowed: true, at: 0, remaining: 599, frees_in_ms: 59_001 };
        let headers = LimitHeaders::new(Class::Read, policy, &verdict);
        assert_eq!(headers.policy(), "\"read\";q=600;w=60");
        assert_eq!(headers.limit(), "\"read\";r=599;t=60");
    }

    #[test]
    fn a_wait_is_never_short_and_never_nothing() {
        let policy = Policy { requests: 20, window_s: 300 };
        let of = |frees_in_ms| {
            let verdict = Verdict { allowed: false, at: 0, remaining: 0, frees_in_ms };
            LimitHeaders::new(Class::SignIn, policy, &verdict)
        };
        assert_eq!(of(1).limit(), "\"sign_in\";r=0;t=1");
        let waits = [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (-5, 1), (i64::MAX, u32::MAX)];
        for (frees_in_ms, seconds) in waits {
            assert_eq!(of(frees_in_ms).retry_after_s(), seconds, "{frees_in_ms}");
        }
    }
}
