//! Which entries an address asks for. What can't be read is as if it weren't there.

use domain::Timestamp;
use domain::audit::{AuditCursor, AuditFilter, Outcome};

use crate::page::Query;

/// Longest action or target that is looked for, in characters.
const LONGEST: usize = 200;
const DAY_MS: i64 = 86_400_000;

/// Which entries an address asks for.
#[must_use]
pub fn filter_of(query: &Query) -> AuditFilter {
    let text = |name: &str| query.get(name).map(|text| text.chars().take(LONGEST).collect());
    AuditFilter {
        person: query.get("person").and_then(|id| id.parse().ok()),
        action: text("action"),
        outcome: query.get("outcome").and_then(Outcome::parse),
        target: text("target"),
        from: query.get("from").and_then(day),
        until: query.get("until").and_then(day),
        after: query.get("after").and_then(AuditCursor::parse),
        limit: 0,
    }
}

/// The beginning of a day of the Gregorian calendar, UTC.
fn day(text: &str) -> Option<Timestamp> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let fits =
        (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !fits {
        return None;
    }
    // Days since 1970, counted in years that begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    Some(Timestamp((days - 719_468) * DAY_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_other_text_is_none() {
        assert_eq!(day("1970-01-01"), Some(Timestamp(0)));
        assert_eq!(day("2000-03-01"), Some(Timestamp(951_868_800_000)));
        assert_eq!(day("2026-11-24"), Some(Timestamp(1_795_478_400_000)));
        for bad in ["", "2026", "2026-13-01", "2026-1-32", "x-y-z", "99999-01-01"] {
            assert_eq!(day(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_read_filters_nothing() {
        let query = Query::parse("person=x&outcome=maybe&from=y&after=z");
        assert_eq!(filter_of(&query), AuditFilter::default());
    }
}
