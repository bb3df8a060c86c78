//! Moments, durations and sizes as people read them. English, and the same on every machine: the
//! exact moment stands in the element's `datetime` and title.

use domain::Timestamp;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// How long ago: "just now", "14 min ago", "3 h ago", "2 d ago"; older than a week, the day.
#[must_use]
pub fn ago(now: Timestamp, then: Timestamp) -> String {
    match now.ms_since(then) {
        ms if ms < MINUTE_MS => "just now".to_owned(),
        ms if ms < 7 * DAY_MS => format!("{} ago", short(ms)),
        _ => day(now, then),
    }
}

/// How long until then: "in 5 min", "in 6 d"; later than in a fortnight, the day. What is over is told
/// by [`ago`].
#[must_use]
pub fn until(now: Timestamp, then: Timestamp) -> String {
    match then.ms_since(now) {
        ms if ms <= 0 => ago(now, then),
        ms if ms < MINUTE_MS => "in under 1 min".to_owned(),
        ms if ms < 14 * DAY_MS => format!("in {}", short(ms)),
        _ => format!("on {}", day(now, then)),
    }
}

/// How long it has been so, without "ago": "14 min".
#[must_use]
pub fn lasting(now: Timestamp, since: Timestamp) -> String {
    match now.ms_since(since) {
        ms if ms < MINUTE_MS => "under 1 min".to_owned(),
        ms => short(ms),
    }
}

fn short(ms: i64) -> String {
    match ms {
        ms if ms < HOUR_MS => format!("{} min", ms / MINUTE_MS),
        ms if ms < DAY_MS => format!("{} h", ms / HOUR_MS),
        ms => format!("{} d", ms / DAY_MS),
    }
}

/// The day: "12 Nov", with the year if it isn't this one.
#[must_use]
pub fn day(now: Timestamp, then: Timestamp) -> String {
    let date = Civil::of(then);
    let month = date.month_name();
    if date.year == Civil::of(now).year {
        format!("{} {month}", date.day)
    } else {
        format!("{} {month} {}", date.day, date.year)
    }
}

/// The moment in UTC, for people: "12 Nov 2026, 14:02:07 UTC".
#[must_use]
pub fn moment(at: Timestamp) -> String {
    let date = Civil::of(at);
    let clock = date.clock();
    format!("{} {} {}, {clock} UTC", date.day, date.month_name(), date.year)
}

/// The moment in UTC, for machines: `2026-11-12T14:02:07Z`.
#[must_use]
pub fn iso(at: Timestamp) -> String {
    let date = Civil::of(at);
    format!("{:04}-{:02}-{:02}T{}Z", date.year, date.month, date.day, date.clock())
}

/// How long something took: "320 ms", "4.2 s", "3 min 20 s", "2 h 5 min".
#[must_use]
pub fn duration_ms(ms: u64) -> String {
    let seconds = ms / 1_000;
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..10_000 => format!("{seconds}.{} s", ms % 1_000 / 100),
        10_000..60_000 => format!("{seconds} s"),
        60_000..3_600_000 => parts(seconds / 60, "min", seconds % 60, "s"),
        _ => parts(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
    }
}

fn parts(major: u64, major_unit: &str, minor: u64, minor_unit: &str) -> String {
    if minor == 0 {
        format!("{major} {major_unit}")
    } else {
        format!("{major} {major_unit} {minor} {minor_unit}")
    }
}

/// A wait in plain words: "40 seconds", "14 minutes". Rounded up: who comes back then is let in.
#[must_use]
pub fn wait(seconds: u32) -> String {
    match seconds {
        0..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// A size: "812 bytes", "4.2 kB", "25 MB". Units of 1,024.
#[must_use]
pub fn bytes(size: u64) -> String {
    const STEP: u64 = 1_024;
    if size < STEP {
        return if size == 1 { "1 byte".to_owned() } else { format!("{size} bytes") };
    }
    let mut unit = STEP;
    let mut name = "kB";
    for next in ["MB", "GB"] {
        if size >= unit * STEP {
            unit *= STEP;
            name = next;
        }
    }
    let tenths = size.saturating_mul(10) / unit;
    if tenths >= 100 || tenths.is_multiple_of(10) {
        format!("{} {name}", tenths / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

/// A number with thin groups: "10,000".
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number and its noun: "1 task", "3 tasks".
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A moment in the proleptic Gregorian calendar, UTC.
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    second_of_day: i64,
}

impl Civil {
    // Days since 1970-03-01-based eras of 400 years: the usual closed form, exact for all years.
    fn of(at: Timestamp) -> Self {
        let days = at.0.div_euclid(DAY_MS) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
            second_of_day: at.0.rem_euclid(DAY_MS) / SECOND_MS,
        }
    }

    fn month_name(&self) -> &'static str {
        usize::try_from(self.month - 1).ok().and_then(|m| MONTHS.get(m)).copied().unwrap_or("")
    }

    fn clock(&self) -> String {
        let second = self.second_of_day;
        format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_utc() {
        for (ms, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_709_210_096_123, "2024-02-29T12:34:56Z"),
            (1_795_478_527_000, "2026-11-24T00:02:07Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(iso(Timestamp(ms)), expected);
        }
        assert_eq!(moment(Timestamp(1_795_478_527_000)), "24 Nov 2026, 00:02:07 UTC");
    }

    #[test]
    fn the_past_is_told_by_its_distance() {
        let now = Timestamp(1_795_478_527_000);
        for (ms, expected) in [
            (-5_000, "just now"),
            (59_000, "just now"),
            (14 * MINUTE_MS, "14 min ago"),
            (3 * HOUR_MS + 1, "3 h ago"),
            (6 * DAY_MS, "6 d ago"),
            (12 * DAY_MS, "12 Nov"),
            (400 * DAY_MS, "20 Oct 2025"),
        ] {
            assert_eq!(ago(now, Timestamp(now.0 - ms)), expected);
        }
    }

    #[test]
    fn the_future_is_told_by_its_distance() {
        let now = Timestamp(1_795_478_527_000);
        for (ms, expected) in [
            (0, "just now"),
            (-2 * HOUR_MS, "2 h ago"),
            (59_000, "in under 1 min"),
            (5 * MINUTE_MS, "in 5 min"),
            (7 * DAY_MS, "in 7 d"),
            (14 * DAY_MS, "on 8 Dec"),
            (90 * DAY_MS, "on 22 Feb 2027"),
        ] {
            assert_eq!(until(now, Timestamp(now.0 + ms)), expected);
        }
    }

    #[test]
    fn amounts_are_short_and_never_lie() {
        assert_eq!(duration_ms(320), "320 ms");
        assert_eq!(duration_ms(4_210), "4.2 s");
        assert_eq!(duration_ms(200_000), "3 min 20 s");
        assert_eq!(duration_ms(900_000), "15 min");
        assert_eq!(duration_ms(7_500_000), "2 h 5 min");
        assert_eq!(wait(840), "14 minutes");
        assert_eq!(wait(841), "15 minutes");
        assert_eq!(wait(40), "40 seconds");
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes(812), "812 bytes");
        assert_eq!(bytes(4_301), "4.2 kB");
        assert_eq!(bytes(25 << 20), "25 MB");
        assert_eq!(bytes(1 << 30), "1 GB");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "task", "tasks"), "1 task");
    }
}
