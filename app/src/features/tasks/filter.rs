//! The filter of a task list, as it stands in the list's address.

use domain::Timestamp;
use domain::task::TaskStage;
use domain::views::{TaskCursor, TaskFilter};

use crate::page::Query;

/// Most characters of a text or label that is looked for.
const MAX_CHARS: usize = 100;

/// Reads a filter; what can't be read doesn't filter.
#[must_use]
pub fn of_query(query: &Query) -> TaskFilter {
    TaskFilter {
        stage: query.get("stage").and_then(TaskStage::parse),
        label: query.get("label").map(bounded),
        text: query.get("q").map(bounded),
        after: query.get("after").and_then(parse_cursor),
    }
}

/// A place in the list, as it stands in an address.
#[must_use]
pub fn cursor_text(cursor: &TaskCursor) -> String {
    format!("{}.{}", cursor.updated_at.0, cursor.id)
}

fn parse_cursor(text: &str) -> Option<TaskCursor> {
    let (ms, id) = text.split_once('.')?;
    // Beyond it no moment lies, and the database carries no number exactly.
    let ms = ms.parse().ok().filter(|ms| (0..1 << 53).contains(ms))?;
    Some(TaskCursor { updated_at: Timestamp(ms), id: id.parse().ok()? })
}

fn bounded(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_read_from_an_address() {
        let filter = of_query(&Query::parse(
            "stage=changes_requested&label=bug&q=round&after=17.tsk_01hv3v6k3e0123456789abcdef",
        ));
        assert_eq!(filter.stage, Some(TaskStage::ChangesRequested));
        assert_eq!(filter.label.as_deref(), Some("bug"));
        assert_eq!(filter.text.as_deref(), Some("round"));
        assert_eq!(
            filter.after.as_ref().map(cursor_text).as_deref(),
            Some("17.tsk_01hv3v6k3e0123456789abcdef")
        );
    }

    #[test]
    fn what_makes_no_sense_filters_nothing() {
        for raw in ["", "stage=nothing", "q=%20&label=", "after=x", "after=1.run_x", "after=1"] {
            assert_eq!(of_query(&Query::parse(raw)), TaskFilter::default(), "{raw}");
        }
        for ms in ["9007199254740992", "-1", "1e999", "NaN", "-0.5", "99999999999999999999", "0x10"]
        {
            let raw = format!("after={ms}.tsk_01hv3v6k3e0123456789abcdef");
            assert_eq!(of_query(&Query::parse(&raw)), TaskFilter::default(), "{raw}");
        }
        let long = of_query(&Query::parse(&format!("q={}", "é".repeat(500))));
        assert_eq!(long.text.map(|text| text.chars().count()), Some(100));
    }
}
