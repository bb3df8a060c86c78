//! Which entries an address asks for. What can't be read is as if it weren't there.

use domain::Timestamp;
use domain::audit::{AuditCursor, AuditFilter, Outcome};

use crate::page::Query;

/// Longest action or target that is looked for, in characters.
const LONGEST: usize = 200;

/// Which entries an address asks for.
#[must_use]
pub fn filter_of(query: &Query) -> AuditFilter {
    let text = |name: &str| query.get(name).map(|text| text.chars().take(LONGEST).collect());
    AuditFilter {
        person: query.get("person").and_then(|id| id.parse().ok()),
        action: text("action"),
        outcome: query.get("outcome").and_then(Outcome::parse),
        target: text("target"),
        from: query.get("from").and_then(Timestamp::parse),
        until: query.get("until").and_then(Timestamp::parse),
        after: query.get("after").and_then(AuditCursor::parse),
        limit: 0,
        skip: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_filters_nothing() {
        let query = Query::parse("person=x&outcome=maybe&from=y&after=z");
        assert_eq!(filter_of(&query), AuditFilter::default());
    }
}
