//! Time is a parameter: nothing in this crate asks a clock by itself.

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment plus `ms` milliseconds; saturates at the ends of time.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The moment of this text: a day of the Gregorian calendar, such as `2026-11-24`, or a moment of
    /// one in UTC, such as `2026-11-24T18:33:00Z`, with or without parts of the second.
    pub fn parse(text: &str) -> Option<Self> {
        let (day, clock) = text.split_once('T').map_or((text, None), |(day, at)| (day, Some(at)));
        let ms = clock.map_or(Some(0), ms_of_clock)?;
        Some(Self(days_before(day)?.checked_mul(DAY_MS)?.checked_add(ms)?))
    }

    /// Milliseconds from `earlier` to this moment; 0 when the clock went backwards.
    #[must_use]
    pub fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).max(0)
    }
}

const DAY_MS: i64 = 86_400_000;

/// A number of exactly so many digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    let fits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// The days between 1970 and this one.
fn days_before(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let year = digits(parts.next()?, 4)?;
    let (month, day) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year < 1970 || !(1..=last).contains(&day) {
        return None;
    }
    // Counted in years that begin in March, so that the leap day is a year's last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    Some(days - 719_468)
}

/// The milliseconds of a time of day, such as `18:33:00.123Z`.
fn ms_of_clock(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z')?;
    let (whole, part) = text.split_once('.').map_or((text, "0"), |(whole, part)| (whole, part));
    let mut parts = whole.splitn(3, ':');
    let hour = digits(parts.next()?, 2)?;
    let (minute, second) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    if hour > 23 || minute > 59 || second > 59 || part.is_empty() || part.len() > 9 {
        return None;
    }
    let part = digits(&format!("{part:0<9}"), 9)? / 1_000_000;
    Some(((hour * 60 + minute) * 60 + second) * 1_000 + part)
}

/// Where the time comes from: the platform's clock, or a fixed one in tests.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_read_and_other_text_is_none() {
        for (text, ms) in [
            ("1970-01-01", 0),
            ("2000-03-01", 951_868_800_000),
            ("2024-02-29", 1_709_164_800_000),
            ("2026-11-24", 1_795_478_400_000),
            ("1970-01-01T00:00:01Z", 1_000),
            ("2027-01-15T08:00:00.123Z", 1_800_000_000_123),
            ("2027-01-15T08:00:00.1Z", 1_800_000_000_100),
            ("2027-01-15T08:00:00.123456789Z", 1_800_000_000_123),
        ] {
            assert_eq!(Timestamp::parse(text), Some(Timestamp(ms)), "{text}");
        }
        for bad in [
            "",
            "2026",
            "2026-13-01",
            "2026-1-32",
            "2026-02-29",
            "2100-02-29",
            "2026-04-31",
            "1969-12-31",
            "x-y-z",
            "99999-01-01",
            "+026-01-01",
            "2026-01-01T",
            "2026-01-01T08:00:00",
            "2026-01-01T24:00:00Z",
            "2026-01-01T08:60:00Z",
            "2026-01-01T08:00:60Z",
            "2026-01-01T08:00:00.Z",
            "2026-01-01T08:00:00.1234567890Z",
            "2026-01-01T08:00:00+02:00",
            "2026-01-01 08:00:00Z",
        ] {
            assert_eq!(Timestamp::parse(bad), None, "{bad}");
        }
    }
}
