//! A run's log.

use super::amounts::counted;
use crate::live::log::LogStatus;

/// Heading.
pub const TITLE: &str = "Log";
/// The pane's name for screen readers.
pub const OUTPUT: &str = "Output of the run";
/// Button: goes to the first line that looks like trouble.
pub const FIRST_ERROR: &str = "First error";
/// Button: keeps to the newest line.
pub const FOLLOW: &str = "Follow";
/// Link to the whole log as text.
pub const WHOLE_TEXT: &str = "Whole log as text";
/// In front of a line that was written to stderr.
pub const STDERR_MARK: &str = "err";
/// In front of a line of the runner's.
pub const SYSTEM_MARK: &str = "sys";
/// After a line that is cut for showing.
pub const CUT_LINE: &str = " … the rest of this line is in the whole log";
/// How to link to a line by keys.
pub const KEYS: &str = "Press Enter in the log to link to its topmost line, then the arrow keys to \
                        choose another; the address names it.";
/// The name of the lines that were served with the page, for screen readers.
pub const SERVED: &str = "Newest output of the run";
/// A log of which nothing is there yet, as it was served.
pub const SERVED_EMPTY: &str =
    "Nothing was written yet when this page was made. Reload it to see more.";
/// The same once the run has ended.
pub const SERVED_NONE: &str = "The run wrote nothing.";
/// A log that the store didn't give.
pub const SERVED_UNREAD: &str = "The log can't be read just now. Reload the page to try again.";

/// How much of a log was served with its page.
#[must_use]
pub fn served(first: u64, last: u64, is_live: bool) -> String {
    let part = match (first, is_live) {
        (1, false) => format!("The whole log, {}.", counted(last, "line", "lines")),
        (1, true) => format!("The first {} so far.", counted(last, "line", "lines")),
        (first, _) => format!("Lines {first} to {last}, the newest when this page was made."),
    };
    if is_live { format!("{part} Reload the page to see more.") } else { part }
}

/// A command's heading: "Step 2: cargo test".
#[must_use]
pub fn heading(step: u32, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{step}. {name}"),
        None => format!("Step {step}"),
    }
}

/// The toolbar's sentence.
#[must_use]
pub fn summary(status: &LogStatus) -> String {
    let lines = counted(status.lines, "line", "lines");
    match status {
        LogStatus { is_gone: true, .. } => {
            format!("{lines}. The log isn't shown to you any more; reload the page to see why.")
        }
        LogStatus { is_failing: true, .. } => {
            format!("{lines}. The log can't be read just now; trying again.")
        }
        LogStatus { is_complete: true, lines: 0, .. } => "The run wrote nothing.".to_owned(),
        LogStatus { is_complete: true, .. } => format!("{lines}, complete"),
        LogStatus { lines: 0, .. } => "Waiting for the first line".to_owned(),
        _ => format!("{lines} so far"),
    }
}

/// Whether a screen reader should hear of it: at the end, when reading begins to fail or works
/// again, and when the log has doubled since. Never at every line.
#[must_use]
pub fn is_worth_saying(said: &LogStatus, now: &LogStatus) -> bool {
    now.is_complete != said.is_complete
        || now.is_failing != said.is_failing
        || now.is_gone != said.is_gone
        || now.lines >= said.lines.saturating_mul(2).max(8)
}

/// What a screen reader hears.
#[must_use]
pub fn spoken(status: &LogStatus) -> String {
    format!("Log: {}", summary(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read_out_seldom() {
        let mut said = LogStatus::default();
        let mut times = 0;
        for lines in 0..5_000 {
            let now = LogStatus { lines, ..LogStatus::default() };
            if is_worth_saying(&said, &now) {
                said = now;
                times += 1;
            }
        }
        assert!((5..15).contains(&times), "{times}");
        let end = LogStatus { lines: 5_000, is_complete: true, ..LogStatus::default() };
        assert!(is_worth_saying(&said, &end));
        assert!(!is_worth_saying(&end, &end));
        assert_eq!(spoken(&end), "Log: 5,000 lines, complete");
    }
}
