//! An exact sliding window: the moments of what was allowed, and nothing else.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::Policy;

/// When each of the last requests was allowed. Whatever the arrivals, every window of the policy's
/// length, open at its beginning, holds no more than the policy allows.
///
/// What was refused leaves nothing here: a client that doesn't wait gets no further away from its
/// next turn, and costs no write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Steps", into = "Steps")]
pub struct SlidingLog {
    /// In milliseconds, in order.
    moments: VecDeque<i64>,
}

/// A log as it is stored: the first moment, then the way from each to the next.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Steps(Vec<i64>);

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether it may pass.
    pub allowed: bool,
    /// The moment it was counted at, by which it can be taken back.
    pub at: i64,
    /// How many more would pass now.
    pub remaining: u32,
    /// Until there is room for one more than now, in milliseconds.
    pub frees_in_ms: i64,
}

impl SlidingLog {
    /// Decides about a request of this moment, and counts it if it may pass.
    pub fn take(&mut self, now: i64, policy: Policy) -> Verdict {
        self.settle(now, policy);
        let limit = usize::try_from(policy.requests).unwrap_or(usize::MAX);
        let allowed = self.moments.len() < limit;
        if allowed {
            self.moments.push_back(now);
        }
        // Where the policy allowed more before, several must leave before one may pass.
        let first_to_leave = self.moments.get(self.moments.len().saturating_sub(limit));
        let frees_in_ms = first_to_leave
            .map_or(0, |at| at.saturating_add(policy.window_ms()).saturating_sub(now))
            .max(0);
        let remaining = limit.saturating_sub(self.moments.len());
        let remaining = u32::try_from(remaining).unwrap_or(u32::MAX);
        Verdict { allowed, at: now, remaining, frees_in_ms }
    }

    /// Takes back a request that was counted at this moment. One that has left, or that a clock
    /// which went back has moved, changes nothing.
    pub fn give_back(&mut self, at: i64) {
        if let Some(index) = self.moments.iter().rposition(|moment| *moment == at) {
            self.moments.remove(index);
        }
    }

    /// Drops what has left the window. Where the clock went back, the whole log moves with it, as if
    /// no time had passed since the newest: no less than truly passed counts as passed, so the limit
    /// holds, and nobody waits longer than a window.
    pub fn settle(&mut self, now: i64, policy: Policy) {
        let ahead = self.moments.back().map_or(0, |newest| newest.saturating_sub(now));
        if ahead > 0 {
            for moment in &mut self.moments {
                *moment = moment.saturating_sub(ahead);
            }
        }
        let left = now.saturating_sub(policy.window_ms());
        while self.moments.front().is_some_and(|oldest| *oldest <= left) {
            self.moments.pop_front();
        }
    }

    /// How many are counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.moments.len()
    }

    /// Whether nothing is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.moments.is_empty()
    }

    /// Until the last of what is counted leaves the window, in milliseconds.
    #[must_use]
    pub fn empty_in_ms(&self, now: i64, policy: Policy) -> i64 {
        let newest = self.moments.back().copied();
        newest.map_or(0, |at| at.saturating_add(policy.window_ms()).saturating_sub(now).max(0))
    }
}

impl From<Steps> for SlidingLog {
    fn from(Steps(steps): Steps) -> Self {
        let sum = |at: &mut i64, step: i64| {
            *at = at.saturating_add(step.max(0));
            Some(*at)
        };
        Self { moments: steps.into_iter().scan(0, sum).collect() }
    }
}

impl From<SlidingLog> for Steps {
    fn from(log: SlidingLog) -> Self {
        let mut before = 0_i64;
        let step = |at: i64| at.saturating_sub(std::mem::replace(&mut before, at));
        Self(log.moments.into_iter().map(step).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_790_000_000_000;

    fn policy(requests: u32, window_s: u32) -> Policy {
        Policy { requests, window_s }
    }

    /// The most moments that any window of this length holds, open at its beginning.
    fn fullest(moments: &[i64], window_ms: i64) -> usize {
        let in_window =
            |end: &i64| moments.iter().filter(|at| **at > end - window_ms && **at <= *end).count();
        moments.iter().map(in_window).max().unwrap_or(0)
    }

    #[test]
    fn a_burst_across_the_edge_of_a_window_is_counted_whole() {
        let (mut log, policy) = (SlidingLog::default(), policy(10, 60));
        let allowed = |log: &mut SlidingLog, at| log.take(at, policy).allowed;
        // Ten at the end of one minute, ten at the beginning of the next: a counter by the clock's
        // minute would let twenty pass within two seconds.
        assert!((0..10).all(|n| allowed(&mut log, NOW + 59_000 + n)));
        assert!((0..10).all(|n| !allowed(&mut log, NOW + 60_500 + n)));
        assert!(!allowed(&mut log, NOW + 59_000 + 59_999));
        assert!(allowed(&mut log, NOW + 59_000 + 60_000), "the first has left");
        assert!(!allowed(&mut log, NOW + 59_000 + 60_000), "and one only");
    }

    #[test]
    fn a_moments_duplicates_are_counted_each() {
        let (mut log, policy) = (SlidingLog::default(), policy(5, 1));
        let allowed = (0..200).filter(|_| log.take(NOW, policy).allowed).count();
        assert_eq!((allowed, log.len()), (5, 5));
        assert_eq!((0..200).filter(|_| log.take(NOW + 1_000, policy).allowed).count(), 5);
    }

    #[test]
    fn it_says_how_many_are_left_and_when_there_are_more() {
        let (mut log, policy) = (SlidingLog::default(), policy(2, 10));
        let told = |v: Verdict| (v.allowed, v.remaining, v.frees_in_ms);
        assert_eq!(told(log.take(NOW, policy)), (true, 1, 10_000));
        assert_eq!(told(log.take(NOW + 4_000, policy)), (true, 0, 6_000));
        assert_eq!(told(log.take(NOW + 5_000, policy)), (false, 0, 5_000));
        assert_eq!(log.empty_in_ms(NOW + 5_000, policy), 9_000);
        assert_eq!(told(log.take(NOW + 10_000, policy)), (true, 0, 4_000));
    }

    #[test]
    fn a_policy_that_became_stricter_holds_at_once() {
        let mut log = SlidingLog::default();
        for n in 0..10 {
            assert!(log.take(NOW + n, policy(10, 60)).allowed);
        }
        let strict = policy(3, 60);
        let verdict = log.take(NOW + 20, strict);
        assert!(!verdict.allowed);
        // The eighth of the ten has to leave.
        assert_eq!(verdict.frees_in_ms, 60_000 + 7 - 20);
        assert!(!log.take(NOW + 60_006, strict).allowed);
        assert!(log.take(NOW + 60_007, strict).allowed);
    }

    #[test]
    fn a_clock_that_goes_back_a_day_locks_nobody_out_and_lets_nobody_by() {
        let (mut log, policy) = (SlidingLog::default(), policy(3, 60));
        for n in 0..3 {
            assert!(log.take(NOW + n * 1_000, policy).allowed);
        }
        let yesterday = NOW - 86_400_000;
        let verdict = log.take(yesterday, policy);
        assert!(!verdict.allowed);
        assert_eq!(verdict.frees_in_ms, 58_000, "as if no time had passed since the newest");
        assert!(log.take(yesterday + 58_000, policy).allowed);
    }

    #[test]
    fn what_is_given_back_makes_room_once() {
        let (mut log, policy) = (SlidingLog::default(), policy(2, 60));
        let first = log.take(NOW, policy);
        log.take(NOW, policy);
        log.give_back(first.at);
        assert_eq!(log.len(), 1);
        log.give_back(NOW + 1);
        assert_eq!(log.len(), 1, "there was none of that moment");
        assert!(log.take(NOW, policy).allowed);
        assert!(!log.take(NOW, policy).allowed);
    }

    #[test]
    fn what_is_stored_is_small_and_read_back() {
        let (mut log, policy) = (SlidingLog::default(), policy(600, 60));
        for n in 0..600 {
            assert!(log.take(NOW + n * 99, policy).allowed);
        }
        let text = serde_json::to_string(&log).unwrap();
        assert!(text.len() < 2_000, "{}", text.len());
        assert_eq!(serde_json::from_str::<SlidingLog>(&text).unwrap(), log);
        for garbage in ["{}", "[1.5]", "[\"1\"]", "null"] {
            assert!(serde_json::from_str::<SlidingLog>(garbage).is_err(), "{garbage}");
        }
        let hostile: SlidingLog = serde_json::from_str("[9223372036854775807,5,-7]").unwrap();
        assert_eq!(hostile.len(), 3);
    }

    /// How the next request comes: after so many milliseconds, by a clock set back so many before.
    fn arrivals() -> impl Strategy<Value = Vec<(i64, i64)>> {
        let step = prop_oneof![
            6 => Just(0_i64), 6 => 1..50_i64, 3 => 50..1_500_i64, 1 => 1_500..20_000_i64
        ];
        let back = prop_oneof![20 => Just(0_i64), 1 => 1..3_000_i64, 1 => Just(86_400_000_i64)];
        proptest::collection::vec((step, back), 1..400)
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_than_the_limit(
            arrivals in arrivals(), requests in 1..20_u32, window_s in 1..5_u32,
        ) {
            let policy = policy(requests, window_s);
            let (mut log, mut allowed) = (SlidingLog::default(), vec![]);
            let (mut truly, mut offset) = (NOW, 0);
            for (step, back) in arrivals {
                truly += step;
                offset -= back;
                // Stored and read back between any two, as after an eviction.
                let text = serde_json::to_string(&log).unwrap();
                log = serde_json::from_str(&text).unwrap();
                let verdict = log.take(truly + offset, policy);
                prop_assert!(verdict.frees_in_ms <= policy.window_ms());
                prop_assert!(log.len() <= requests as usize);
                if verdict.allowed {
                    allowed.push(truly);
                }
            }
            prop_assert!(fullest(&allowed, policy.window_ms()) <= requests as usize);
        }

        #[test]
        fn with_a_clock_that_runs_right_nobody_is_refused_for_nothing(
            arrivals in arrivals(), requests in 1..20_u32, window_s in 1..5_u32,
        ) {
            let policy = policy(requests, window_s);
            let (mut log, mut allowed, mut now) = (SlidingLog::default(), Vec::<i64>::new(), NOW);
            for (step, _) in arrivals {
                now += step;
                let there = |at: i64| allowed.iter().filter(|one| **one > at - policy.window_ms()).count();
                let before = there(now);
                let verdict = log.take(now, policy);
                prop_assert_eq!(verdict.allowed, before < requests as usize);
                if verdict.allowed {
                    prop_assert_eq!(verdict.remaining as usize, requests as usize - before - 1);
                } else {
                    // Not a millisecond too late, and not one too early.
                    prop_assert!(there(now + verdict.frees_in_ms) < requests as usize);
                    prop_assert!(there(now + verdict.frees_in_ms - 1) >= requests as usize);
                    continue;
                }
                allowed.push(now);
            }
        }
    }
}
